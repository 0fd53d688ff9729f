package policy

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"net/netip"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/internal/shareddata"
)

// routed asks a policy for the route of an address.
func routed(p *Policy, a netip.Addr) bool {
	return !p.Unrouted(&table.Tuple{Dst: table.AddrOf(a), V6: a.Is6()})
}

func routesOf(t require.TestingT, prefixes ...netip.Prefix) *Policy {
	p, err := New(nil, &Routes{Prefixes: prefixes})
	require.NoError(t, err)
	return p
}

// drawPrefix draws from few bits near both ends of the address and at the middle, so that prefixes nest, touch and come twice;
// some are IPv4-mapped, and some have bits below their length.
func drawPrefix(t *rapid.T) netip.Prefix {
	nibble := rapid.SampledFrom([]byte{0, 1, 0xf0, 0xff})
	var b [16]byte
	for _, i := range []int{0, 7, 8, 15} {
		b[i] = nibble.Draw(t, "byte")
	}
	a := netip.AddrFrom16(b)
	switch rapid.IntRange(0, 3).Draw(t, "family") {
	case 0, 1:
		a = netip.AddrFrom4([4]byte{b[0], b[7], b[8], b[15]})
	case 2:
		a = netip.AddrFrom16([16]byte{10: 0xff, 11: 0xff, 12: b[0], 13: b[7], 14: b[8], 15: b[15]})
	}
	return netip.PrefixFrom(a, rapid.IntRange(0, a.BitLen()).Draw(t, "length"))
}

// edges returns the addresses where the answer may change: the ends of all prefixes, and their neighbours.
func edges(prefixes []netip.Prefix) []netip.Addr {
	all := []netip.Addr{netip.MustParseAddr("0.0.0.0"), netip.MustParseAddr("::"), netip.MustParseAddr("::ffff:0.0.0.0")}
	for _, p := range prefixes {
		first := p.Masked().Addr()
		last := first.AsSlice()
		for i := p.Bits(); i < 8*len(last); i++ {
			last[i/8] |= 0x80 >> (i % 8)
		}
		end, _ := netip.AddrFromSlice(last)
		all = append(all, first, first.Prev(), end, end.Next())
	}
	return slices.DeleteFunc(all, func(a netip.Addr) bool { return !a.IsValid() })
}

// A route is found where a scan of all prefixes finds one.
func TestRoutesActLikeALinearScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		prefixes := rapid.SliceOfN(rapid.Custom(drawPrefix), 0, 30).Draw(t, "prefixes")
		p := routesOf(t, prefixes...)
		for _, a := range edges(prefixes) {
			want := slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
			require.Equal(t, want, routed(p, a), "%v in %v", a, prefixes)
		}
	})
}

func TestRoutes(t *testing.T) {
	all4, all6 := netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")
	v4, v6, mapped := netip.MustParseAddr("10.1.2.3"), netip.MustParseAddr("fd00::1"), netip.MustParseAddr("::ffff:10.1.2.3")
	for _, c := range []struct {
		routes []netip.Prefix
		want   [3]bool // v4, v6, mapped
	}{
		{nil, [3]bool{}},
		{[]netip.Prefix{all4}, [3]bool{true, false, false}},
		{[]netip.Prefix{all6}, [3]bool{false, true, true}},
		{[]netip.Prefix{netip.MustParsePrefix("10.1.2.3/32"), netip.MustParsePrefix("fd00::1/128")}, [3]bool{true, true, false}},
		{[]netip.Prefix{netip.MustParsePrefix("10.1.2.2/32"), netip.MustParsePrefix("fd00::/128")}, [3]bool{}},
		{[]netip.Prefix{netip.MustParsePrefix("::ffff:10.0.0.0/104")}, [3]bool{false, false, true}},
		{[]netip.Prefix{netip.MustParsePrefix("10.9.9.9/8"), netip.MustParsePrefix("10.0.0.0/8")}, [3]bool{true, false, false}},
	} {
		p := routesOf(t, c.routes...)
		assert.Equal(t, c.want, [3]bool{routed(p, v4), routed(p, v6), routed(p, mapped)}, "%v", c.routes)
	}
	_, err := New(nil, &Routes{Prefixes: []netip.Prefix{all4, {}}})
	assert.EqualError(t, err, "route invalid Prefix: not a prefix; write one as 10.0.0.0/8 or 2001:db8::/32")
}

// The routes of the Internet: 531,023 prefixes, and 20,000 addresses with the known answer.
func TestBGPTableAgreesWithTheKnownAnswers(t *testing.T) {
	file, err := os.Open(shareddata.Path(t, "data", "lpm", "bgp_prefixes_a.txt.gz"))
	require.NoError(t, err)
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	require.NoError(t, err)
	var prefixes []netip.Prefix
	for lines := bufio.NewScanner(unzipped); lines.Scan(); {
		prefixes = append(prefixes, netip.MustParsePrefix(lines.Text()))
	}
	p := routesOf(t, prefixes...)
	assert.Equal(t, [2]int{450950, 80073}, [2]int{p.routes.Size4(), p.routes.Size6()})
	answers, err := os.Open(shareddata.Path(t, "data", "lpm", "bgp_lookups_a.csv"))
	require.NoError(t, err)
	defer answers.Close()
	rows, err := csv.NewReader(answers).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 20001)
	for _, row := range rows[1:] {
		require.Equal(t, row[1] != "-", routed(p, netip.MustParseAddr(row[0])), row[0])
	}
}
