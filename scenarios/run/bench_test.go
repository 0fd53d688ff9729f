package run

import (
	"context"
	"fmt"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/load"
)

// cpuSeconds is the CPU time of this process, all threads.
func cpuSeconds() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return seconds(u.Utime) + seconds(u.Stime)
}

// throughput runs the quickstart with overrides through one placement for b.N packets, about; pkt/cpu-s is the packets that
// entered over the CPU time of everything: traffic, stations, statistics, the collector.
func throughput(b *testing.B, placement string, sets ...string) {
	// The quickstart offers about 12.6 packets/us over its two servers and both directions.
	duration := fmt.Sprintf("run.duration=%dns", max(3000, b.N*1000/12600*1000+3000))
	s, err := load.File("../quickstart.yaml", append([]string{duration, "run.warmup=1us", "run.replications=1"}, sets...))
	require.NoError(b, err)
	s.Placements = []string{placement}
	b.ReportAllocs()
	before := cpuSeconds()
	b.ResetTimer()
	r, _, err := Scenario(context.Background(), s, Options{Jobs: 1, TraceSeq: -1})
	require.NoError(b, err)
	b.StopTimer()
	packets := 0.0
	for _, source := range r.Sources {
		packets += float64(source.Packets)
	}
	b.ReportMetric(packets/(cpuSeconds()-before), "pkt/cpu-s")
}

// BenchmarkCompare runs the quickstart's chain and capture through each placement.
func BenchmarkCompare(b *testing.B) {
	for _, name := range scenarios.AllPlacements() {
		b.Run("placement="+name, func(b *testing.B) { throughput(b, name) })
	}
}

// BenchmarkChain runs long chains with state in each service through the NIC: connections, translated addresses, meters and
// samples beside the tunnels and routes.
func BenchmarkChain(b *testing.B) {
	const nat = "{nat: {inside: 10.0.0.0/8, pool: 198.18.128.0/28, ports: 1024-65535}}"
	for _, c := range []struct{ name, services string }{
		{"firewall", "[ipsec, vxlan, {firewall: {rules: 1000, stateful: true}}, {route: {routes: 1000}}]"},
		{"nat", "[ipsec, vxlan, " + nat + ", {firewall: {rules: 1000, stateful: true}}, {route: {routes: 1000}}]"},
		{"policer", "[ipsec, vxlan, {policer: {cir: 1Gbps, cbs: 64kB, red: pass}}, firewall, route]"},
		{"mirror", "[ipsec, vxlan, {mirror: {one_in: 10, snap: 128B}}, firewall, route]"},
		{"all", "[ipsec, vxlan, {policer: {cir: 1Gbps, cbs: 64kB, red: pass}}, {mirror: {one_in: 10, snap: 128B}}, " + nat + ", " +
			"{firewall: {rules: 1000, stateful: true}}, {route: {routes: 1000}}]"},
	} {
		b.Run("services="+c.name, func(b *testing.B) { throughput(b, "nic", "services="+c.services) })
	}
}
