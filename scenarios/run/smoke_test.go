package run

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios"
)

func TestSmoke(t *testing.T) {
	s, err := scenarios.LoadFile("../quickstart.yaml", nil)
	require.NoError(t, err)
	start := time.Now()
	r, _, err := Scenario(context.Background(), s, Options{Jobs: 2, TraceSeq: -1})
	require.NoError(t, err)
	fmt.Println(time.Since(start))
	for _, x := range r.Results {
		m := x.Metrics
		fmt.Printf("%-18s %-4s %-8s off %.2f thr %.2f/%.3f loss %.4f mean %.0f p50 %.0f p99 %.0f p999 %.0f chain %.0f ipdv %.0f pdv %.0f pcie %.2f bot %s %.2f drops %v %v\n", x.Placement, x.Class, x.Direction, m["offered.gbps"], m["throughput.gbps"], m["throughput.mpps"], m["loss.ratio"], m["latency.mean"], m["latency.p50"], m["latency.p99"], m["latency.p999"], m["chain.latency.mean"], m["jitter.ipdv"], m["jitter.pdv_p99"], m["pcie.utilization"], x.Bottleneck, m["bottleneck.utilization"], m["drops.host_queue"], m["drops.tor_queue"])
	}
	b, _ := json.Marshal(r.Sources)
	fmt.Println(string(b), r.Notes)
	fmt.Println(r.Expectations)
}
