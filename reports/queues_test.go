package reports

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// managedReport has a traffic manager with two ports in one placement and with one in the other.
func managedReport() *result.Report {
	r := only(quickReport(), "nic", "tor")
	r.Results[0].Queues = []result.Queue{
		{Port: "server.port[0]", Class: "gold", Packets: 1000, Gbps: 2, WaitMeanNs: 100, WaitMaxNs: 500, MaxBytes: 1500},
		{Port: "server.port[0]", Class: "bulk", Packets: 4000, Gbps: 8, Drops: 20, Marked: 300, WaitMeanNs: 9000, WaitMaxNs: 70_000, MaxBytes: 90_000},
		{Port: "server.port[1]", Class: "gold", Packets: 3000, Gbps: 6, WaitMeanNs: 300, WaitMaxNs: 400, MaxBytes: 3000},
		{Port: "server.port[1]", Class: "bulk", Drops: 7},
	}
	for i := range r.Results {
		if x := &r.Results[i]; x.Placement == "tor" && x.Class == result.All && x.Direction == result.All {
			x.Queues = []result.Queue{{Port: "tor.dsn-return[0]", Class: "gold", Packets: 10, Gbps: 1}}
		}
	}
	return r
}

// Ports are summed up by class; wide shows each.
func TestQueues(t *testing.T) {
	sums := byName(managedReport().Results[0].Queues)
	assert.Equal(t, []result.Queue{
		{Port: "server.port[0]", Class: "gold", Packets: 4000, Gbps: 8, WaitMeanNs: 250, WaitMaxNs: 500, MaxBytes: 3000},
		{Port: "server.port[0]", Class: "bulk", Packets: 4000, Gbps: 8, Drops: 27, Marked: 300, WaitMeanNs: 9000, WaitMaxNs: 70_000, MaxBytes: 90_000},
	}, sums)
	assert.NotContains(t, render(t, "table", quickReport(), Options{}), "Queues that are scheduled")
	wide := render(t, "table", managedReport(), Options{Wide: true, Width: 100})
	for _, label := range []string{"server.port[0] gold", "server.port[1] bulk", "tor.dsn-return[0] gold"} {
		assert.Contains(t, wide, label)
	}
}
