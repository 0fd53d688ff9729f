package table

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/gaissmai/bart"
	"github.com/stretchr/testify/require"
)

// vrfPrefix is a route to load.
type vrfPrefix struct {
	prefix netip.Prefix
	vrf    uint16
}

// tenantRoutes returns the routes of many tenants, each with subnets and hosts within 10/8 or fd00::/8.
func tenantRoutes(vrfs, each int, v6 bool) []vrfPrefix {
	r := rand.New(rand.NewPCG(9, 9))
	out := make([]vrfPrefix, 0, vrfs*each)
	for vrf := range vrfs {
		for range each {
			a, length := Addr{Lo: 10<<24 | r.Uint64()&0xff_ffff}, 16+r.IntN(17)
			if vrfs == 1 {
				a.Lo = r.Uint64() & 0xffff_ffff
			}
			if v6 {
				a, length = Addr{Hi: 0xfd<<56 | r.Uint64()&0xff_ffff, Lo: r.Uint64()}, 40+r.IntN(25)
				if r.IntN(10) == 0 {
					length = 128
				}
			}
			out = append(out, vrfPrefix{netip.PrefixFrom(a.IP(v6), length), uint16(vrf)})
		}
	}
	return out
}

// internetRoutes returns the routes of the shared BGP table of one family, in one VRF.
func internetRoutes(tb testing.TB, v6 bool) []vrfPrefix {
	var out []vrfPrefix
	for _, p := range bgpPrefixes(tb) {
		if p.Addr().Is6() == v6 {
			out = append(out, vrfPrefix{p, 0})
		}
	}
	return out
}

// routeSets are the loads to measure.
func routeSets(tb testing.TB) map[string]func() []vrfPrefix {
	sets := map[string]func() []vrfPrefix{
		"internet/v4":        func() []vrfPrefix { return internetRoutes(tb, false) },
		"internet/v6":        func() []vrfPrefix { return internetRoutes(tb, true) },
		"100 VRFs x 1000/v4": func() []vrfPrefix { return tenantRoutes(100, 1000, false) },
	}
	if heavy() {
		sets["4000 VRFs x 1000/v4"] = func() []vrfPrefix { return tenantRoutes(4000, 1000, false) }
		sets["4000 VRFs x 1000/v6"] = func() []vrfPrefix { return tenantRoutes(4000, 1000, true) }
		sets["1 VRF x 4M/v4"] = func() []vrfPrefix { return tenantRoutes(1, 4_000_000, false) }
		sets["1 VRF x 4M/v6"] = func() []vrfPrefix { return tenantRoutes(1, 4_000_000, true) }
	}
	return sets
}

func BenchmarkLPM(b *testing.B) {
	sets := routeSets(b)
	for _, name := range slices.Sorted(maps.Keys(sets)) {
		routes := sets[name]()
		b.Run(name+"/this", func(b *testing.B) {
			table := NewLPM()
			benchRoutes(b, routes, func() {
				for i, r := range routes {
					require.NoError(b, table.Insert(r.vrf, r.prefix, uint32(i)))
				}
				table.Build()
			}, func(vrf uint16, a Addr, v6 bool) { table.Lookup(vrf, a, v6) })
			runtime.KeepAlive(table)
		})
		b.Run(name+"/bart", func(b *testing.B) {
			var tables [1 << 16]bart.Table[uint32]
			benchRoutes(b, routes, func() {
				for i, r := range routes {
					tables[r.vrf].Insert(r.prefix, uint32(i))
				}
			}, func(vrf uint16, a Addr, v6 bool) { tables[vrf].Lookup(a.IP(v6)) })
			runtime.KeepAlive(&tables)
		})
		if name == "internet/v4" {
			b.Run(name+"/dir-24-8", func(b *testing.B) {
				var table dir248
				var sink uint32
				benchRoutes(b, routes, func() { table.build(routes) }, func(_ uint16, a Addr, _ bool) { sink += table.lookup(uint32(a.Lo)) })
				runtime.KeepAlive(&table)
				runtime.KeepAlive(sink)
			})
		}
	}
}

// benchRoutes measures loading once, the memory that is left, and lookups of addresses within the routes.
func benchRoutes(b *testing.B, routes []vrfPrefix, load func(), lookup func(uint16, Addr, bool)) {
	before, start := liveBytes(), time.Now()
	load()
	loaded := time.Since(start)
	bytes := liveBytes() - before
	type query struct {
		a   Addr
		vrf uint16
	}
	v6 := routes[0].prefix.Addr().Is6()
	r := rand.New(rand.NewPCG(3, 3))
	queries := make([]query, 1<<20)
	for i := range queries {
		route := routes[r.IntN(len(routes))]
		queries[i] = query{AddrOf(nearby(r, route.prefix)), route.vrf}
	}
	i := 0
	for b.Loop() {
		q := &queries[i&(1<<20-1)]
		lookup(q.vrf, q.a, v6)
		i++
	}
	b.ReportMetric(loaded.Seconds(), "load-s")
	b.ReportMetric(float64(bytes)/float64(len(routes)), "B/route")
}

// dir248 is the well-known table of 2^24 entries with pages of 256 below it: the alternative for large IPv4 VRFs.
type dir248 struct {
	top   []uint32
	pages []uint32
}

func (t *dir248) build(routes []vrfPrefix) {
	// The tree under test gives the answers; only the layout matters here.
	table := NewLPM()
	for i, r := range routes {
		_ = table.Insert(0, r.prefix, uint32(i))
	}
	table.Build()
	deep := make(map[uint32]bool)
	for _, r := range routes {
		if a := r.prefix.Addr().As4(); r.prefix.Bits() > 24 {
			deep[binary.BigEndian.Uint32(a[:])>>8] = true
		}
	}
	t.top = make([]uint32, 1<<24)
	for i := range t.top {
		if !deep[uint32(i)] {
			t.top[i], _ = table.Lookup(0, Addr{Lo: uint64(i) << 8}, false)
			continue
		}
		t.top[i] = subMark | uint32(len(t.pages)>>8)
		for j := range 256 {
			v, _ := table.Lookup(0, Addr{Lo: uint64(i)<<8 | uint64(j)}, false)
			t.pages = append(t.pages, v)
		}
	}
}

func (t *dir248) lookup(a uint32) uint32 {
	v := t.top[a>>8]
	if v&subMark != 0 {
		v = t.pages[v&^subMark<<8|a&0xff]
	}
	return v
}

// TestFourMillionRoutesLoadInTime holds the requirement: 4,000 VRFs of 1,000 routes within 10 s and, as a VRF must not
// cost megabytes, within 100 bytes a route.
func TestFourMillionRoutesLoadInTime(t *testing.T) {
	vrfs := 40
	if heavy() {
		vrfs = 4000
	}
	for _, v6 := range []bool{false, true} {
		t.Run(fmt.Sprintf("v6=%v", v6), func(t *testing.T) {
			routes := tenantRoutes(vrfs, 1000, v6)
			before, start := liveBytes(), time.Now()
			table := NewLPM()
			for i, r := range routes {
				require.NoError(t, table.Insert(r.vrf, r.prefix, uint32(i)))
			}
			table.Build()
			require.Less(t, time.Since(start), 10*time.Second)
			bytes := float64(liveBytes()-before) / float64(len(routes))
			t.Logf("%d routes in %v, %.1f B a route", len(routes), time.Since(start), bytes)
			require.Less(t, bytes, 100.)
			runtime.KeepAlive(table)
			runtime.KeepAlive(routes)
		})
	}
}
