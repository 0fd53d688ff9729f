package run

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios"
)

func BenchmarkPolicy(b *testing.B) {
	for _, c := range []struct{ name, firewall, route string }{
		{"none", "firewall", "route"},
		{"stateless", "{firewall: {rules: 1000}}", "{route: {routes: 1000}}"},
		{"stateful", "{firewall: {rules: 1000, stateful: true}}", "{route: {routes: 1000}}"},
	} {
		b.Run("services="+c.name, func(b *testing.B) {
			duration := fmt.Sprintf("run.duration=%dns", max(3000, b.N*1000/12600*1000+3000))
			s, err := scenarios.LoadFile("../quickstart.yaml", []string{duration, "run.warmup=1us", "services.2=" + c.firewall, "services.3=" + c.route})
			require.NoError(b, err)
			s.Placements = []string{"nic"}
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
