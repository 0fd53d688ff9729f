package run

import (
	"context"
	"fmt"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios"
)

// cpuSeconds is the CPU time of this process, all threads.
func cpuSeconds() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return seconds(u.Utime) + seconds(u.Stime)
}

// BenchmarkCompare runs the quickstart's chain and capture through one placement for b.N packets, about; pkt/cpu-s is
// the packets that entered over the CPU time of everything: traffic, stations, statistics, the collector.
func BenchmarkCompare(b *testing.B) {
	for _, name := range scenarios.AllPlacements() {
		b.Run("placement="+name, func(b *testing.B) {
			// The quickstart offers about 12.6 packets/us over its two servers and both directions.
			duration := fmt.Sprintf("run.duration=%dns", max(3000, b.N*1000/12600*1000+3000))
			s, err := scenarios.LoadFile("../quickstart.yaml", []string{duration, "run.warmup=1us", "run.replications=1"})
			require.NoError(b, err)
			s.Placements = []string{name}
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
		})
	}
}
