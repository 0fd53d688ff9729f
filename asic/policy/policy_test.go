package policy

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/datagram"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/traffic"
)

const quickstartCapture = "../../scenarios/captures/mix.pcap"

// naive judges a packet by reading the rules from the first to the last and all prefixes: addresses as netip has them,
// nothing of the tables.
func naive(f *Firewall, r *Routes, t *traffic.Tuple, flags uint16) (refused uint32) {
	if !t.IP {
		return 0
	}
	if f != nil && naiveDenies(f, t, flags) {
		refused = Denied
	}
	routed := r == nil || r.Default
	for i := 0; r != nil && i < len(r.Prefixes); i++ {
		routed = routed || r.Prefixes[i].Contains(t.DstAddr())
	}
	if !routed {
		refused |= NoRoute
	}
	return refused
}

func naiveDenies(f *Firewall, t *traffic.Tuple, flags uint16) bool {
	for _, r := range f.Rules {
		ports := r.SrcPort.Lo <= t.SrcPort && t.SrcPort <= r.SrcPort.Hi && r.DstPort.Lo <= t.DstPort && t.DstPort <= r.DstPort.Hi
		if r.V6 == t.V6 && r.Src.IP(r.V6).Contains(t.SrcAddr()) && r.Dst.IP(r.V6).Contains(t.DstAddr()) &&
			t.Proto&r.ProtoMask == r.Proto&r.ProtoMask && ports && flags&r.FlagsMask == r.Flags&r.FlagsMask {
			return r.Deny
		}
	}
	return f.DefaultDeny
}

// drawTuple draws from few addresses and ports, so that rules overlap and match.
func drawTuple(t *rapid.T) traffic.Tuple {
	u := traffic.Tuple{IP: rapid.IntRange(0, 9).Draw(t, "ip") > 0}
	if !u.IP {
		return u
	}
	u.V6 = rapid.Bool().Draw(t, "v6")
	u.Src, u.Dst = drawAddr(t), drawAddr(t)
	if !u.V6 {
		clear(u.Src[4:])
		clear(u.Dst[4:])
	}
	u.Proto = rapid.SampledFrom([]uint8{header.ProtoTCP, header.ProtoUDP, header.ProtoICMP}).Draw(t, "proto")
	u.SrcPort, u.DstPort = uint16(rapid.IntRange(0, 5).Draw(t, "sport")), uint16(rapid.IntRange(0, 5).Draw(t, "dport"))
	return u
}

func drawAddr(t *rapid.T) (a [16]byte) {
	for i := range a {
		a[i] = rapid.SampledFrom([]byte{0, 1, 128}).Draw(t, "byte")
	}
	return a
}

// drawRule draws a rule around a packet, so that it often matches.
func drawRule(t *rapid.T) Rule {
	u := drawTuple(t)
	width := u.SrcAddr().BitLen()
	ports := func() table.PortRange {
		lo := rapid.IntRange(0, 5).Draw(t, "lo")
		return table.PortRange{Lo: uint16(lo), Hi: uint16(rapid.IntRange(lo, 6).Draw(t, "hi"))}
	}
	r := table.Rule{V6: u.V6, SrcPort: ports(), DstPort: ports(), Proto: u.Proto,
		ProtoMask: rapid.SampledFrom([]uint8{0, 0xff}).Draw(t, "mask"),
		Flags:     2, FlagsMask: rapid.SampledFrom([]uint16{0, 0, 2}).Draw(t, "flags mask")}
	length := rapid.SampledFrom([]int{0, 1, 7, 8, 9, 16, width - 1, width})
	r.Src = table.PrefixOf(netip.PrefixFrom(u.SrcAddr(), length.Draw(t, "src")))
	r.Dst = table.PrefixOf(netip.PrefixFrom(u.DstAddr(), length.Draw(t, "dst")))
	return Rule{Rule: r, Deny: rapid.Bool().Draw(t, "deny")}
}

func drawRoutes(t *rapid.T) *Routes {
	r := &Routes{Default: rapid.IntRange(0, 4).Draw(t, "default route") == 0}
	for range rapid.IntRange(0, 8).Draw(t, "routes") {
		u := drawTuple(t)
		p, err := u.DstAddr().Prefix(rapid.IntRange(0, u.DstAddr().BitLen()).Draw(t, "length"))
		if err == nil {
			r.Prefixes = append(r.Prefixes, p)
		}
	}
	return r
}

// The tables and a reading of the lists from top to bottom agree on every packet.
func TestPolicyAgreesWithNaiveScan(t *testing.T) {
	refused, passed := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		f := &Firewall{DefaultDeny: rapid.Bool().Draw(t, "default"), Rules: rapid.SliceOfN(rapid.Custom(drawRule), 0, 12).Draw(t, "rules")}
		r := drawRoutes(t)
		p, err := New(f, r)
		require.NoError(t, err)
		for range 20 {
			u := drawTuple(t)
			flags := rapid.SampledFrom([]uint16{0, 2}).Draw(t, "flags")
			want := naive(f, r, &u, flags)
			require.Equal(t, want, p.Refuse(&u, flags), "%+v", u)
			if want == 0 {
				passed++
			} else {
				refused++
			}
		}
	})
	assert.Positive(t, refused)
	assert.Positive(t, passed)
}

// The same for the packets of the shipped capture and random rules drawn from its own flows.
func TestPolicyAgreesWithNaiveScanOnTheCapture(t *testing.T) {
	tuples := captureTuples(t)
	rapid.Check(t, func(t *rapid.T) {
		f := &Firewall{DefaultDeny: rapid.Bool().Draw(t, "default")}
		r := &Routes{}
		for range rapid.IntRange(1, 20).Draw(t, "rules") {
			u := rapid.SampledFrom(tuples).Draw(t, "flow")
			if !u.IP {
				continue
			}
			width := u.SrcAddr().BitLen()
			src, _ := u.SrcAddr().Prefix(rapid.IntRange(0, width).Draw(t, "src"))
			dst, _ := u.DstAddr().Prefix(rapid.IntRange(0, width).Draw(t, "dst"))
			f.Rules = append(f.Rules, Rule{Deny: rapid.Bool().Draw(t, "deny"), Rule: table.Rule{V6: u.V6, Src: table.PrefixOf(src),
				Dst: table.PrefixOf(dst), SrcPort: table.AnyPort(), DstPort: table.PortRange{Lo: 0, Hi: u.DstPort}}})
			r.Prefixes = append(r.Prefixes, dst)
		}
		p, err := New(f, r)
		require.NoError(t, err)
		for i := range tuples {
			require.Equal(t, naive(f, r, &tuples[i], 0), p.Refuse(&tuples[i], 0), "flow %d", i)
		}
	})
}

func captureTuples(t *testing.T) []traffic.Tuple {
	c, err := capture.Read(quickstartCapture)
	require.NoError(t, err)
	trace, err := traffic.NewTrace(c, datagram.Join(c.Records, tableOfFragments))
	require.NoError(t, err)
	return trace.Tuples()
}

func tuple(src, dst string, proto uint8, sport, dport uint16) traffic.Tuple {
	u := traffic.Tuple{IP: true}
	s, d := netip.MustParseAddr(src), netip.MustParseAddr(dst)
	copy(u.Src[:], s.AsSlice())
	copy(u.Dst[:], d.AsSlice())
	u.V6, u.Proto, u.SrcPort, u.DstPort = s.Is6(), proto, sport, dport
	return u
}

func rule(deny bool, dport table.PortRange) Rule {
	return Rule{Deny: deny, Rule: table.Rule{Proto: header.ProtoTCP, ProtoMask: 0xff, SrcPort: table.AnyPort(), DstPort: dport}}
}

// The first rule that matches decides: the same rules in the other order decide otherwise.
func TestOrderOfRulesMatters(t *testing.T) {
	rules := []Rule{rule(false, table.PortRange{Lo: 80, Hi: 80}), rule(true, table.PortRange{Lo: 0, Hi: 1023})}
	web := tuple("10.0.0.1", "10.0.0.2", header.ProtoTCP, 5000, 80)
	first, err := New(&Firewall{Rules: rules}, nil)
	require.NoError(t, err)
	assert.Zero(t, first.Refuse(&web, 0))
	slices.Reverse(rules)
	second, err := New(&Firewall{Rules: rules}, nil)
	require.NoError(t, err)
	assert.Equal(t, Denied, second.Refuse(&web, 0))
}

// Rules may tell packets of a flow apart by their flags; New says so.
func TestFlags(t *testing.T) {
	syn := rule(true, table.AnyPort())
	syn.Flags, syn.FlagsMask = 0x0002, 0x0012
	p, err := New(&Firewall{Rules: []Rule{syn}}, nil)
	require.NoError(t, err)
	require.True(t, p.LooksAtFlags())
	u := tuple("10.0.0.1", "10.0.0.2", header.ProtoTCP, 5000, 80)
	assert.Equal(t, Denied, p.Refuse(&u, 0x5002))
	assert.Zero(t, p.Refuse(&u, 0x5012))
}

// Generated tables are those of the seed, valid, of both families, and meet hardly a packet.
func TestGenerated(t *testing.T) {
	const n = 2000
	rules, routes := GenerateRules(n, 1), GenerateRoutes(n, 1)
	require.Equal(t, rules, GenerateRules(n, 1))
	require.Equal(t, routes, GenerateRoutes(n, 1))
	assert.NotEqual(t, rules, GenerateRules(n, 2))
	assert.NotEqual(t, routes, GenerateRoutes(n, 2))
	v6 := 0
	for i := range rules {
		require.NoError(t, rules[i].Validate())
		require.Equal(t, routes[i], routes[i].Masked())
		if rules[i].V6 {
			v6++
		}
	}
	assert.InDelta(t, n*v6Percent/100, v6, 5*18)
	p, err := New(&Firewall{Rules: rules}, &Routes{Prefixes: routes, Default: true})
	require.NoError(t, err)
	denied := 0
	tuples := captureTuples(t)
	for i := range tuples {
		if p.Refuse(&tuples[i], 0) != 0 {
			denied++
		}
	}
	assert.Less(t, denied, len(tuples)/100)
}

// A fifth of what is generated is IPv6. Prefixes are from a site's network to a host, each length as often as another: /16 to /32, and
// /32 to /128.
func TestLengthsOfGeneratedPrefixes(t *testing.T) {
	const n = 50_000
	count := map[bool]map[int]int{false: {}, true: {}}
	v6 := 0
	for _, p := range GenerateRoutes(n, 1) {
		is6 := p.Addr().Is6()
		count[is6][p.Bits()]++
		if is6 {
			v6++
		}
	}
	assert.InDelta(t, n/5, v6, 5*90, "five deviations of sqrt(n / 5 * 4 / 5)")
	for is6, lengths := range map[bool][2]int{false: {16, 32}, true: {32, 128}} {
		assert.Len(t, count[is6], lengths[1]-lengths[0]+1)
		for _, bits := range lengths {
			assert.Positive(t, count[is6][bits], "/%d", bits)
		}
	}
}

// Both directions are steered alike, and flows spread evenly.
func TestSteer(t *testing.T) {
	const bins, flows = 4, 8000
	var count [bins]int
	for i := range flows {
		u := tuple("10.0.0.1", "10.0.0.2", header.ProtoTCP, uint16(i), 80)
		back := u
		back.Key = u.Reverse()
		require.Equal(t, Steer(&u), Steer(&back))
		count[uint64(Steer(&u))*bins>>32]++
	}
	for _, n := range count {
		assert.InDelta(t, flows/bins, n, 5*39)
	}
	assert.Zero(t, Steer(&traffic.Tuple{}))
}
