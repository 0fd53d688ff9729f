package queues

import (
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// trafficManager is the queues by class that a placement has.
type trafficManager struct{ run *trial.Simulation }

func NewTrafficManager(run *trial.Simulation) trial.Part {
	s := run.Scenario
	vf := &s.Rack.Server.NIC.VF
	if s.DSN.TrafficManager == nil && len(vf.Weights) == 0 && !vf.MaxRate.Given() {
		return nil
	}
	return &trafficManager{run}
}

// classUsages is what the queues of traffic managers did, and the queues of virtual functions that a scenario configures.
type classUsages []sim.ClassUsage

func (t *trafficManager) Measure() trial.Measurement { return classUsages(t.run.Engine.Classes()) }

// Metrics adds what the traffic manager did to the packets of a row.
func (q classUsages) Metrics(m map[string]float64, r *trial.RowData) {
	if q == nil {
		return
	}
	if n := r.Counters.Meter.Delivered.Packets; n > 0 {
		m["ecn.marked_ratio"] = float64(r.Counters.Marked) / float64(n)
	}
	shares := map[int]float64{}
	for _, i := range r.Indices {
		class, _ := trial.ClassAndDirection(i)
		shares[class] += r.Outcome.Counters[i].Arrived.Gbps(r.Window)
	}
	var list []float64
	for class := range len(r.Outcome.Counters) / int(input.DirectionCount) {
		if share, ok := shares[class]; ok {
			list = append(list, share)
		}
	}
	if jain, ok := stats.JainIndex(list); ok && len(list) > 1 {
		m["fairness.jain"] = jain
	}
}

// columns are what the report has for each queue.
var columns = []result.Column{
	{Key: "port"},
	{Key: "class"},
	{Key: "packets", Join: result.Total},
	{Key: "gbps", Head: "sent", Unit: "Gbps", Decimals: 3, Better: stats.Higher, Join: result.Total}, // frames as the port sends them, with their FCS
	{Key: "drops", Head: "drops", Unit: "packets", Decimals: 1, Better: stats.Lower, Join: result.Total},
	{Key: "marked", Head: "marked", Unit: "packets", Decimals: 1, Join: result.Total},
	{Key: "max_bytes", Head: "longest queue", Unit: "B", Decimals: 1, Better: stats.Lower, Join: result.Most}, // that waited when a packet came
	{Key: "wait_mean_ns", Head: "wait", Unit: "ns", Decimals: 3, Better: stats.Lower, Join: result.PerOther, Per: "packets"},
	{Key: "wait_max_ns", Head: "max wait", Unit: "ns", Decimals: 3, Better: stats.Lower, Join: result.Most},
}

// Sections lists the queues of the traffic managers that some packet came to. In brief, the queues of a class at several ports are one.
func (q classUsages) Sections(_ *trial.Outcome, window units.Duration) []result.Section {
	s := result.Section{Name: "queues", Title: "Queues that are scheduled", Columns: columns, BriefBy: "class"}
	for i := range q {
		if u := &q[i]; u.Class != "" {
			s.Rows = append(s.Rows, result.Row{Label: u.Scheduler + " " + u.Class, Values: []any{u.Scheduler, u.Class, float64(u.Visits),
				float64(u.Bytes) * 8 / window.Ns(), float64(u.Drops), float64(u.Marked), u.MaxBytes, u.Wait.Ns(), u.MaxWait.Ns()}})
		}
	}
	return []result.Section{s}
}
