package table

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// firstMatch is the naive reference: the rules one by one.
func firstMatch(rules []Rule, u *Tuple) int {
	for i := range rules {
		if rules[i].Matches(u) {
			return i
		}
	}
	return -1
}

// match is Match with -1 for a miss.
func match(t *Ternary, u *Tuple) int {
	if id, hit := t.Match(u); hit {
		return int(id)
	}
	return -1
}

func buildTernary(t require.TestingT, rules []Rule) *Ternary {
	table := NewTernary()
	for i, r := range rules {
		id, err := table.Add(r)
		require.NoError(t, err)
		require.EqualValues(t, i, id)
	}
	table.Build()
	return table
}

// allRule matches every IPv4 packet of VRF 0.
func allRule() Rule { return Rule{SrcPort: AnyPort(), DstPort: AnyPort()} }

func TestRuleMatchesEachField(t *testing.T) {
	rule := Rule{Src: PrefixOf(netip.MustParsePrefix("10.0.0.0/8")), Dst: PrefixOf(netip.MustParsePrefix("192.168.1.0/24")),
		SrcPort: PortRange{1000, 2000}, DstPort: PortRange{80, 80}, Proto: 6, ProtoMask: 0xff, Flags: 0x02, FlagsMask: 0x12, VRF: 3}
	good := tupleV4("10.9.9.9", "192.168.1.255", 1000, 80)
	good.VRF, good.Flags = 3, 0x5002
	table := buildTernary(t, []Rule{rule})
	require.Equal(t, 0, match(table, &good))
	for name, spoil := range map[string]func(*Tuple){
		"source":           func(u *Tuple) { u.Src.Lo += 1 << 24 },
		"destination":      func(u *Tuple) { u.Dst.Lo++ },
		"source port":      func(u *Tuple) { u.SrcPort = 2001 },
		"source port low":  func(u *Tuple) { u.SrcPort = 999 },
		"destination port": func(u *Tuple) { u.DstPort = 81 },
		"protocol":         func(u *Tuple) { u.Proto = 17 },
		"flags set":        func(u *Tuple) { u.Flags |= 0x10 },
		"flags clear":      func(u *Tuple) { u.Flags &^= 0x02 },
		"VRF":              func(u *Tuple) { u.VRF = 4 },
		"lower VRF":        func(u *Tuple) { u.VRF = 2 },
		"family":           func(u *Tuple) { u.V6 = true },
	} {
		u := good
		spoil(&u)
		assert.False(t, rule.Matches(&u), name)
		assert.Equal(t, -1, match(table, &u), name)
	}
}

func TestFirstRuleWinsAcrossVRFs(t *testing.T) {
	inVRF := func(n uint16) Rule { r := allRule(); r.VRF = n; return r }
	everywhere := Rule{AnyVRF: true, SrcPort: AnyPort(), DstPort: PortRange{80, 80}}
	table := buildTernary(t, []Rule{inVRF(1), everywhere, inVRF(2)})
	web, other := Tuple{DstPort: 80}, Tuple{DstPort: 81}
	for vrf, want := range map[uint16][2]int{0: {1, -1}, 1: {0, 0}, 2: {1, 2}, 9: {1, -1}} {
		web.VRF, other.VRF = vrf, vrf
		assert.Equal(t, want, [2]int{match(table, &web), match(table, &other)}, "VRF %d", vrf)
	}
}

func TestRulesChangeWithTheNextBuild(t *testing.T) {
	table := buildTernary(t, []Rule{allRule()})
	u := Tuple{}
	table.Clear(0)
	table.Clear(77)
	id, err := table.Add(allRule())
	require.NoError(t, err)
	assert.Equal(t, 0, match(table, &u), "not yet")
	table.Build()
	assert.Equal(t, int(id), match(table, &u))
	assert.Equal(t, 1, table.Len())
	web := allRule()
	web.DstPort = PortRange{80, 80}
	_, err = table.Add(web)
	require.NoError(t, err)
	table.Build()
	assert.Equal(t, int(id), match(table, &Tuple{DstPort: 80}), "a rule that is added later does not replace those before")
	assert.Equal(t, 2, table.Len())
	table.Clear(0)
	table.Build()
	assert.Equal(t, -1, match(table, &u))
	assert.Equal(t, 0, table.Len())
}

func TestBadRulesAreRefused(t *testing.T) {
	for want, spoil := range map[string]func(*Rule){
		"length above 32":       func(r *Rule) { r.Src.Len = 33 },
		"source ports 2 to 1":   func(r *Rule) { r.SrcPort = PortRange{2, 1} },
		"destination ports":     func(r *Rule) { r.DstPort = PortRange{2, 1} },
		"more than 32 bits":     func(r *Rule) { r.Dst.Addr.Hi = 1 },
		"any VRF and for VRF 4": func(r *Rule) { r.AnyVRF, r.VRF = true, 4 },
	} {
		r := allRule()
		spoil(&r)
		_, err := NewTernary().Add(r)
		assert.ErrorContains(t, err, want)
		assert.ErrorContains(t, err, "rule 0: ")
	}
	v6 := Rule{V6: true, Src: Prefix{Len: 129}}
	assert.ErrorContains(t, v6.Validate(), "length above 128")
}

// drawRule draws from few values, among them the ends of each field, so that rules overlap, nest and touch.
func drawRule(t *rapid.T) Rule {
	r := Rule{V6: rapid.Bool().Draw(t, "v6"), VRF: rapid.Uint16Range(0, 1).Draw(t, "vrf")}
	if rapid.IntRange(0, 9).Draw(t, "any VRF") == 0 {
		r.AnyVRF, r.VRF = true, 0
	}
	r.Src, r.Dst = drawRulePrefix(t, r.V6), drawRulePrefix(t, r.V6)
	r.SrcPort, r.DstPort = drawPorts(t), drawPorts(t)
	masks := rapid.SampledFrom([]uint8{0, 0xff, 0xff, 0x0f, 0x10})
	r.Proto, r.ProtoMask = rapid.SampledFrom([]uint8{6, 17, 0, 255}).Draw(t, "proto"), masks.Draw(t, "proto mask")
	r.Flags, r.FlagsMask = rapid.SampledFrom([]uint16{0, 2, 0xffff}).Draw(t, "flags"), rapid.SampledFrom([]uint16{0, 0, 0, 2, 0x8001}).Draw(t, "flags mask")
	return r
}

func drawRulePrefix(t *rapid.T, v6 bool) Prefix {
	a, width := drawRuleAddr(t, v6), addrBits(v6)
	return Prefix{Addr: a, Len: uint8(rapid.SampledFrom([]int{0, 0, 1, 4, 8, width / 2, width/2 + 1, width - 2, width}).Draw(t, "length"))}
}

func drawRuleAddr(t *rapid.T, v6 bool) Addr {
	nibble := rapid.SampledFrom([]uint64{0, 1, 2, 3, 8, 15})
	top, low := nibble.Draw(t, "top"), nibble.Draw(t, "low")
	if !v6 {
		return Addr{Lo: top<<28 | low}
	}
	return Addr{Hi: top<<60 | nibble.Draw(t, "mid"), Lo: nibble.Draw(t, "mid low")<<60 | low}
}

func drawPorts(t *rapid.T) PortRange {
	port := rapid.SampledFrom([]uint16{0, 1, 79, 80, 81, 1023, 1024, 65534, 65535})
	a, b := port.Draw(t, "port"), port.Draw(t, "port")
	switch rapid.IntRange(0, 2).Draw(t, "kind of range") {
	case 0:
		return AnyPort()
	case 1:
		return PortRange{a, a}
	}
	return PortRange{min(a, b), max(a, b)}
}

func drawPacket(t *rapid.T) Tuple {
	port := rapid.SampledFrom([]uint16{0, 1, 2, 79, 80, 81, 500, 1023, 1024, 5000, 65534, 65535})
	u := Tuple{V6: rapid.Bool().Draw(t, "v6"), VRF: rapid.Uint16Range(0, 2).Draw(t, "vrf"),
		SrcPort: port.Draw(t, "sport"), DstPort: port.Draw(t, "dport"),
		Proto: rapid.SampledFrom([]uint8{6, 17, 0, 255, 22}).Draw(t, "proto"), Flags: rapid.SampledFrom([]uint16{0, 2, 0x8001, 0xffff}).Draw(t, "flags")}
	u.Src, u.Dst = drawRuleAddr(t, u.V6), drawRuleAddr(t, u.V6)
	return u
}

func TestTernaryActsLikeALinearScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		least := rapid.SampledFrom([]int{0, 40, 150}).Draw(t, "least rules") // above 8 there is a tree to get wrong
		rules := rapid.SliceOfN(rapid.Custom(drawRule), least, 200).Draw(t, "rules")
		table := buildTernary(t, rules)
		for _, u := range rapid.SliceOfN(rapid.Custom(drawPacket), 150, 200).Draw(t, "packets") {
			if got, want := match(table, &u), firstMatch(rules, &u); got != want {
				t.Fatalf("rule %d, want %d: %+v", got, want, u)
			}
		}
		require.Equal(t, len(rules), table.Len())
	})
}

func TestDifferLooksAtThePrefixOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Addr{rapid.Uint64().Draw(t, "hi"), rapid.Uint64().Draw(t, "lo")}
		length := rapid.IntRange(0, 128).Draw(t, "length")
		for bit := range 128 {
			b := a
			if bit < 64 {
				b.Hi ^= 1 << (63 - bit)
			} else {
				b.Lo ^= 1 << (127 - bit)
			}
			if (differ(a, b, uint8(length)) == 0) != (bit >= length) {
				t.Fatalf("bit %d, length %d", bit, length)
			}
		}
	})
}

// TestHardRuleSets builds sets that are hard to split; they must stay correct, and the tree bounded.
func TestHardRuleSets(t *testing.T) {
	const n = 2000
	sets := map[string]func(i int) Rule{
		"all equal but for flags": func(i int) Rule { r := allRule(); r.Flags, r.FlagsMask = uint16(i), 0xffff; return r },
		"nested port ranges": func(i int) Rule {
			r := allRule()
			r.DstPort = PortRange{uint16(30000 - i), uint16(30000 + i)}
			return r
		},
		"nested, widest first": func(i int) Rule { r := allRule(); r.DstPort = PortRange{uint16(i), uint16(65535 - i)}; return r },
		"crossing wildcards": func(i int) Rule {
			r := allRule()
			if i%2 == 0 {
				r.Src = Prefix{Addr{Lo: uint64(i) << 16}, 32}
			} else {
				r.Dst = Prefix{Addr{Lo: uint64(i) << 16}, 32}
			}
			return r
		},
		"staggered ranges": func(i int) Rule {
			r := allRule()
			r.SrcPort, r.DstPort = PortRange{uint16(i), uint16(i + 30000)}, PortRange{uint16(2 * i), uint16(2*i + 20000)}
			return r
		},
		"random ranges": func(i int) Rule {
			r := allRule()
			a, b := spread(uint64(i)), spread(uint64(i)+1<<20)
			r.SrcPort = PortRange{min(uint16(a), uint16(b)), max(uint16(a), uint16(b))}
			r.DstPort = PortRange{uint16(a >> 16), uint16(a>>16) | uint16(b>>52)}
			r.Src, r.Dst = Prefix{Addr{Lo: a >> 43 << 11}, uint8(b >> 20 % 20)}, Prefix{Addr{Lo: b >> 43 << 11}, uint8(b >> 30 % 20)}
			return r
		},
		"all equal": func(int) Rule { return allRule() },
	}
	for name, rule := range sets {
		t.Run(name, func(t *testing.T) {
			rules := make([]Rule, n)
			for i := range rules {
				rules[i] = rule(i)
			}
			table := buildTernary(t, rules)
			size := table.TreeSize()
			t.Logf("%+v", size)
			assert.Less(t, size.Listed, 30*n)
			for i := range uint64(500) {
				r := spread(i)
				u := Tuple{Src: Addr{Lo: r & 0x7ff << 16}, Dst: Addr{Lo: r >> 11 & 0x7ff << 16}, SrcPort: uint16(r >> 22), DstPort: uint16(r >> 38), Flags: uint16(r>>54) * 3}
				require.Equal(t, firstMatch(rules, &u), match(table, &u))
			}
		})
	}
}

func TestRangesExpandToPrefixes(t *testing.T) {
	for want, ranges := range map[int][]PortRange{
		1:  {AnyPort(), {0, 0}, {65535, 65535}, {80, 80}, {1024, 2047}, {32768, 65535}},
		2:  {{0, 2}, {65533, 65535}},
		6:  {{1024, 65535}},
		16: {{0, 65534}, {1, 65535}},
		30: {{1, 65534}}, // the worst case, 2w-2
	} {
		for _, r := range ranges {
			assert.Equal(t, want, r.Prefixes(), "%v", r)
		}
	}
	assert.Equal(t, 900, (&Rule{SrcPort: PortRange{1, 65534}, DstPort: PortRange{1, 65534}}).TCAMEntries())
}

// TestRangePrefixesAgreeWithATrie counts the prefixes of a range another way: as the nodes of the binary trie that lie
// within the range while their parents do not.
func TestRangePrefixesAgreeWithATrie(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := PortRange{Hi: rapid.Uint16().Draw(t, "hi")}
		r.Lo = rapid.Uint16Range(0, r.Hi).Draw(t, "lo")
		var count func(lo, hi uint32) int
		count = func(lo, hi uint32) int {
			switch {
			case hi < uint32(r.Lo) || lo > uint32(r.Hi):
				return 0
			case lo >= uint32(r.Lo) && hi <= uint32(r.Hi):
				return 1
			}
			mid := (lo + hi) / 2
			return count(lo, mid) + count(mid+1, hi)
		}
		require.Equal(t, count(0, 65535), r.Prefixes())
	})
}

func TestTCAMEntriesAddUp(t *testing.T) {
	r := allRule()
	r.SrcPort = PortRange{1024, 65535}
	v6 := r
	v6.V6, v6.DstPort = true, PortRange{1, 65534}
	table := buildTernary(t, []Rule{allRule(), r, v6})
	assert.Equal(t, 7, table.TCAMEntries(false))
	assert.Equal(t, 180, table.TCAMEntries(true))
}
