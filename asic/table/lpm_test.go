package table

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"testing"

	"github.com/gaissmai/bart"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/internal/shareddata"
)

// lookupIP is Lookup for a netip.Addr; a miss is -1.
func lookupIP(t *LPM, vrf uint16, a netip.Addr) int {
	if v, ok := t.Lookup(vrf, AddrOf(a), a.Is6()); ok {
		return int(v)
	}
	return -1
}

func buildLPM(t require.TestingT, vrf uint16, prefixes ...string) *LPM {
	table := NewLPM()
	for i, p := range prefixes {
		require.NoError(t, table.Insert(vrf, netip.MustParsePrefix(p), uint32(i)))
	}
	table.Build()
	return table
}

func TestLongestPrefixWins(t *testing.T) {
	table := buildLPM(t, 7, "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3/32", "255.255.255.255/32",
		"2001:db8::/32", "2001:db8:1::/48", "2001:db8:1::/64", "2001:db8:1::80/121", "2001:db8:1::8f/128", "ffff::/16")
	for addr, want := range map[string]int{
		"10.2.0.0": 0, "10.1.0.0": 1, "10.1.1.255": 1, "10.1.2.2": 2, "10.1.2.3": 3, "10.1.2.4": 2, "10.1.3.0": 1,
		"10.255.255.255": 0, "11.0.0.0": -1, "9.255.255.255": -1, "0.0.0.0": -1, "255.255.255.254": -1, "255.255.255.255": 4,
		"2001:db8::": 5, "2001:db8:1:1::": 6, "2001:db8:1::": 7, "2001:db8:1::7f": 7, "2001:db8:1::80": 8,
		"2001:db8:1::8f": 9, "2001:db8:1::90": 8, "2001:db8:1::100": 7, "2001:db8:1:0:ffff:ffff:ffff:ffff": 7,
		"2001:db8:2::": 5, "2001:db9::": -1, "::": -1, "::10.1.2.3": -1, "::ffff:10.1.2.3": -1,
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff": 10,
	} {
		assert.Equal(t, want, lookupIP(table, 7, netip.MustParseAddr(addr)), addr)
	}
	assert.Equal(t, -1, lookupIP(table, 6, netip.MustParseAddr("10.1.2.3")), "another VRF")
	assert.Equal(t, -1, lookupIP(table, 8, netip.MustParseAddr("10.1.2.3")), "a VRF beyond the last")
}

func TestDefaultRoutes(t *testing.T) {
	table := buildLPM(t, 0, "0.0.0.0/0", "::/0", "128.0.0.0/1", "8000::/1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128")
	for addr, want := range map[string]int{"0.0.0.0": 0, "127.255.255.255": 0, "128.0.0.0": 2, "255.255.255.255": 2,
		"::": 1, "8000::": 3, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe": 3, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff": 4} {
		assert.Equal(t, want, lookupIP(table, 0, netip.MustParseAddr(addr)), addr)
	}
}

func TestRoutesChangeWithTheNextBuild(t *testing.T) {
	table := buildLPM(t, 0, "10.0.0.0/8", "10.1.0.0/16")
	in := netip.MustParseAddr("10.1.0.1")
	p := netip.MustParsePrefix("10.1.0.0/16")
	require.NoError(t, table.Delete(0, p))
	assert.Equal(t, 1, lookupIP(table, 0, in), "not yet")
	table.Build()
	assert.Equal(t, 0, lookupIP(table, 0, in))
	require.NoError(t, table.Insert(0, p, 5))
	require.NoError(t, table.Delete(0, p))
	require.NoError(t, table.Insert(0, netip.MustParsePrefix("10.1.9.9/16"), 6))
	table.Build()
	assert.Equal(t, 6, lookupIP(table, 0, in), "the last change of a prefix counts")
	v4, v6 := table.Len()
	assert.Equal(t, [2]int{2, 0}, [2]int{v4, v6})
	v4, _ = table.VRFLen(9)
	assert.Zero(t, v4)
	require.NoError(t, table.Delete(0, netip.MustParsePrefix("0.0.0.0/0")), "deleting nothing is no error")
	table.Build()
	v4, _ = table.VRFLen(0)
	assert.Equal(t, 2, v4)
}

// An IPv4-mapped prefix is a route of IPv6: packets of IPv4 do not take it.
func TestMappedRoutesAreIPv6(t *testing.T) {
	table := NewLPM()
	require.NoError(t, table.Insert(0, netip.MustParsePrefix("::ffff:10.0.0.0/104"), 7))
	table.Build()
	v4, v6 := table.Len()
	assert.Equal(t, [2]int{0, 1}, [2]int{v4, v6})
	value, hit := table.Lookup(0, AddrOf(netip.MustParseAddr("::ffff:10.1.2.3")), true)
	assert.True(t, hit)
	assert.EqualValues(t, 7, value)
	_, hit = table.Lookup(0, AddrOf(netip.MustParseAddr("::ffff:11.1.2.3")), true)
	assert.False(t, hit)
	_, hit = table.Lookup(0, AddrOf(netip.MustParseAddr("10.1.2.3")), false)
	assert.False(t, hit)
}

func TestBadRoutesAreRefused(t *testing.T) {
	table := NewLPM()
	assert.ErrorContains(t, table.Insert(0, netip.Prefix{}, 0), "not a prefix")
	assert.ErrorContains(t, table.Delete(0, netip.Prefix{}), "not a prefix")
	assert.ErrorContains(t, table.Insert(0, netip.MustParsePrefix("10.0.0.0/8"), MaxRouteValue+1), "the largest is")
	assert.NoError(t, table.Insert(0, netip.MustParsePrefix("10.0.0.0/8"), MaxRouteValue))
	table.Build()
	assert.Equal(t, MaxRouteValue, lookupIP(table, 0, netip.MustParseAddr("10.0.0.0")))
}

// drawPrefix draws from few bits near both ends of the address and at the middle, so that prefixes nest and touch.
func drawPrefix(t *rapid.T) netip.Prefix {
	a := drawAddr(t)
	return netip.PrefixFrom(a, rapid.IntRange(0, a.BitLen()).Draw(t, "length"))
}

func drawAddr(t *rapid.T) netip.Addr {
	v6 := rapid.Bool().Draw(t, "v6")
	nibble := rapid.SampledFrom([]uint64{0, 1, 8, 15})
	if !v6 {
		return Addr{Lo: nibble.Draw(t, "top")<<28 | nibble.Draw(t, "low")}.IP(false)
	}
	a := Addr{Hi: nibble.Draw(t, "top")<<60 | nibble.Draw(t, "mid"), Lo: nibble.Draw(t, "mid low")<<60 | nibble.Draw(t, "low")}
	if rapid.Bool().Draw(t, "fill") {
		a.Hi |= 0x0fff_ffff_ffff_fff0
	}
	return a.IP(true)
}

// naiveLPM returns the index of the longest prefix, of the later one among equals, or -1.
func naiveLPM(prefixes map[netip.Prefix]uint32, a netip.Addr) int {
	best, value := -1, -1
	for p, v := range prefixes {
		if p.Contains(a) && p.Bits() > best {
			best, value = p.Bits(), int(v)
		}
	}
	return value
}

func TestLPMActsLikeALinearScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := NewLPM()
		models := [2]map[netip.Prefix]uint32{{}, {}}
		for range rapid.IntRange(1, 4).Draw(t, "builds") {
			for range rapid.IntRange(0, 30).Draw(t, "changes") {
				vrf := rapid.IntRange(0, 1).Draw(t, "vrf")
				p := drawPrefix(t)
				if rapid.IntRange(0, 3).Draw(t, "delete") == 0 {
					require.NoError(t, table.Delete(uint16(vrf), p))
					delete(models[vrf], p.Masked())
					continue
				}
				value := rapid.Uint32Range(0, 5).Draw(t, "value") // few, so that neighbours join
				require.NoError(t, table.Insert(uint16(vrf), p, value))
				models[vrf][p.Masked()] = value
			}
			table.Build()
			for vrf, model := range models {
				for _, a := range edges(model) {
					require.Equal(t, naiveLPM(model, a), lookupIP(table, uint16(vrf), a), "VRF %d, %v", vrf, a)
				}
			}
		}
	})
}

// edges returns the addresses where the answer may change: the ends of all prefixes, and their neighbours.
func edges(prefixes map[netip.Prefix]uint32) []netip.Addr {
	all := []netip.Addr{netip.MustParseAddr("0.0.0.0"), netip.MustParseAddr("::")}
	for p := range prefixes {
		v6 := p.Addr().Is6()
		last := AddrOf(p.Addr()).last(p.Bits(), v6).IP(v6)
		all = append(all, p.Addr(), last, p.Addr().Prev(), last.Next())
	}
	all = slices.DeleteFunc(all, func(a netip.Addr) bool { return !a.IsValid() })
	slices.SortFunc(all, netip.Addr.Compare)
	return slices.Compact(all)
}

// bgpPrefixes returns the prefixes of a list in the shared data.
func bgpPrefixes(t testing.TB) []netip.Prefix {
	file, err := os.Open(shareddata.Path(t, "data", "lpm", "bgp_prefixes_a.txt.gz"))
	require.NoError(t, err)
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	require.NoError(t, err)
	var prefixes []netip.Prefix
	for lines := bufio.NewScanner(unzipped); lines.Scan(); {
		prefixes = append(prefixes, netip.MustParsePrefix(lines.Text()))
	}
	return prefixes
}

func bgpTable(t testing.TB, prefixes []netip.Prefix) *LPM {
	table := NewLPM()
	for i, p := range prefixes {
		require.NoError(t, table.Insert(0, p, uint32(i)))
	}
	table.Build()
	return table
}

func TestBGPTableAgreesWithTheKnownAnswers(t *testing.T) {
	prefixes := bgpPrefixes(t)
	table := bgpTable(t, prefixes)
	v4, v6 := table.Len()
	assert.Equal(t, [2]int{450950, 80073}, [2]int{v4, v6})
	file, err := os.Open(shareddata.Path(t, "data", "lpm", "bgp_lookups_a.csv"))
	require.NoError(t, err)
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 20001)
	for _, row := range rows[1:] {
		got := "-"
		if i := lookupIP(table, 0, netip.MustParseAddr(row[0])); i >= 0 {
			got = prefixes[i].String()
		}
		require.Equal(t, row[1], got, row[0])
	}
}

// TestBGPTableAgreesWithBart compares with an independent implementation, at random addresses near the prefixes.
func TestBGPTableAgreesWithBart(t *testing.T) {
	prefixes := bgpPrefixes(t)
	r := rand.New(rand.NewPCG(1, 1))
	r.Shuffle(len(prefixes), func(i, j int) { prefixes[i], prefixes[j] = prefixes[j], prefixes[i] })
	prefixes = prefixes[:100_000]
	table, oracle := bgpTable(t, prefixes), new(bart.Table[uint32])
	for i, p := range prefixes {
		oracle.Insert(p, uint32(i))
	}
	for range 200_000 {
		a := nearby(r, prefixes[r.IntN(len(prefixes))])
		want, ok := oracle.Lookup(a)
		got, hit := table.Lookup(0, AddrOf(a), a.Is6())
		require.Equal(t, ok, hit, a)
		if ok {
			require.Equal(t, want, got, a)
		}
	}
}

// nearby returns an address in p or, one time in four, shortly before or after it.
func nearby(r *rand.Rand, p netip.Prefix) netip.Addr {
	v6 := p.Addr().Is6()
	first := AddrOf(p.Addr())
	last := first.last(p.Bits(), v6)
	switch r.IntN(8) {
	case 0:
		if a := p.Addr().Prev(); a.IsValid() {
			return a
		}
	case 1:
		if a := last.IP(v6).Next(); a.IsValid() {
			return a
		}
	}
	span := Addr{last.Hi - first.Hi, last.Lo - first.Lo} // all ones in the host bits
	return Addr{first.Hi | r.Uint64()&span.Hi, first.Lo | r.Uint64()&span.Lo}.IP(v6)
}

func TestPiecesJoinAndReplace(t *testing.T) {
	var p pieces[uint64]
	for _, c := range [][2]uint32{{0, 9}, {10, 1}, {20, 1}, {30, 2}, {30, 3}, {40, 4}, {40, 3}, {50, 5}} {
		p.cut(uint64(c[0]), c[1])
	}
	assert.Equal(t, pieces[uint64]{keys: []uint64{0, 10, 30, 50}, values: []uint32{9, 1, 3, 5}}, p)
}

func TestTreeFindsEveryInterval(t *testing.T) {
	for _, n := range []int{1, 2, 7, 8, 9, 15, 16, 17, 271, 272, 273, 288, 289, 5000} {
		keys32, keys64, values := make([]uint32, n), make([]uint64, n), make([]uint32, n)
		for i := range n {
			keys32[i], keys64[i], values[i] = uint32(3*i), uint64(3*i)<<40, uint32(i)
		}
		keys32[n-1], keys64[n-1] = ^uint32(0), ^uint64(0) // the last interval is one address, like the filler
		keys32[0], keys64[0] = 0, 0
		a, b := newTree32(keys32, values), newTree64(keys64, values)
		for i := range n {
			require.EqualValues(t, i, a.find(keys32[i]), "%d intervals", n)
			require.EqualValues(t, i, b.find(keys64[i]), "%d intervals", n)
			if i+1 < n {
				require.EqualValues(t, i, a.find(keys32[i+1]-1), "%d intervals", n)
				require.EqualValues(t, i, b.find(keys64[i+1]-1), "%d intervals", n)
			}
		}
	}
	var none tree32
	assert.EqualValues(t, noRoute, none.find(5))
}
