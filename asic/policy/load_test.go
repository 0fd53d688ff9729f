package policy

import (
	"fmt"
	"os"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/sim/traffic"
)

// loads are how many rules, and as many routes, are loaded: with DSNSIM_HEAVY=1 those of 40 servers of 100 tenants.
func loads() []int {
	if os.Getenv("DSNSIM_HEAVY") == "1" {
		return []int{100_000, 1_000_000, 4_000_000}
	}
	return []int{100_000}
}

// BenchmarkLoad generates and builds so many rules and as many routes; B/entry is the memory of the built tables.
func BenchmarkLoad(b *testing.B) {
	for _, n := range loads() {
		b.Run(fmt.Sprintf("rules and routes=%d", n), func(b *testing.B) {
			live := uint64(0)
			for b.Loop() {
				before := heap()
				p, err := New(&Firewall{Rules: GenerateRules(n, 1)}, &Routes{Prefixes: GenerateRoutes(n, 1)})
				require.NoError(b, err)
				live = heap() - before
				runtime.KeepAlive(p)
			}
			b.ReportMetric(float64(live)/float64(2*n), "B/entry")
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/load")
		})
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// Every generated rule and route is really matched, from the first to the last.
func TestAllGeneratedRulesAndRoutesMatch(t *testing.T) {
	n := 200_000
	if testing.Short() {
		n = 10_000
	}
	rules, routes := GenerateRules(n, 1), GenerateRoutes(n, 1)
	p, err := New(&Firewall{Rules: rules}, &Routes{Prefixes: routes})
	require.NoError(t, err)
	for i := 0; i < n; i += 37 {
		r := &rules[i]
		src, dst := r.Src.IP(r.V6), r.Dst.IP(r.V6)
		u := tuple(src.Addr().String(), dst.Addr().String(), r.Proto, 1, r.DstPort.Hi)
		require.Equal(t, Denied, p.Refuse(&u, 0)&Denied, "rule %d: %+v", i, r)
		u = traffic.Tuple{IP: true}
		copy(u.Dst[:], routes[i].Addr().AsSlice())
		u.V6 = routes[i].Addr().Is6()
		require.Zero(t, p.Refuse(&u, 0)&NoRoute, "route %d: %v", i, routes[i])
	}
	u := tuple("203.0.113.1", "1.2.3.4", 200, 0, 0)
	require.Zero(t, p.Refuse(&u, 0)&Denied, "no rule is for protocol 200")
}

// Where all headers can be read the tables for others are not there, and nothing else differs.
func TestTablesForHeadersThatCannotBeRead(t *testing.T) {
	rules := GenerateRules(5000, 3)
	with, err := New(&Firewall{Rules: rules, Partly: true}, nil)
	require.NoError(t, err)
	without, err := New(&Firewall{Rules: rules}, nil)
	require.NoError(t, err)
	require.Nil(t, without.noPorts)
	require.Nil(t, without.noProtocol)
	for i := range rules {
		r := &rules[i]
		u := tuple(r.Src.IP(r.V6).Addr().String(), r.Dst.IP(r.V6).Addr().String(), r.Proto, 1, r.DstPort.Lo+1)
		require.Equal(t, with.Refuse(&u, 0), without.Refuse(&u, 0))
	}
}
