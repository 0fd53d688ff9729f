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
type trafficManager struct{ job *trial.Job }

func NewTrafficManager(j *trial.Job) trial.Part {
	s := j.Scenario
	vf := &s.Rack.Server.NIC.VF
	if s.DSN.TrafficManager == nil && len(vf.Weights) == 0 && !vf.MaxRate.Given() {
		return nil
	}
	return &trafficManager{j}
}

// classUsages is what the queues of traffic managers did, and those of virtual functions that a scenario says something about.
type classUsages []sim.ClassUsage

func (t *trafficManager) Measure() trial.Measurement { return classUsages(t.job.Engine.Classes()) }

// Metrics adds what the traffic manager did to the packets of a row.
func (q classUsages) Metrics(m map[string]float64, r *trial.RowData) {
	if q == nil {
		return
	}
	if n := r.Tally.Meter.Delivered.Packets; n > 0 {
		m["ecn.marked_ratio"] = float64(r.Tally.Marked) / float64(n)
	}
	shares := map[int]float64{}
	for _, i := range r.Tallies {
		class, _ := trial.ClassAndDirection(i)
		shares[class] += r.Outcome.Tallies[i].Arrived.Gbps(r.Window)
	}
	var list []float64
	for class := range len(r.Outcome.Tallies) / int(input.DirectionCount) {
		if share, ok := shares[class]; ok {
			list = append(list, share)
		}
	}
	if jain, ok := stats.JainIndex(list); ok && len(list) > 1 {
		m["fairness.jain"] = jain
	}
}

// Queues reports the queues of the traffic managers that some packet came to, in the mean over the replications.
func Queues(outcomes []*trial.Outcome, window units.Duration) []result.Queue {
	var list []result.Queue
	n := float64(len(outcomes))
	of := make([]classUsages, len(outcomes))
	for k, o := range outcomes {
		of[k] = trial.MeasuredBy[classUsages](o)
	}
	for i := range of[0] {
		first := &of[0][i]
		q := result.Queue{Port: first.Scheduler, Class: first.Class}
		var wait float64
		for k := range of {
			u := &of[k][i]
			q.Packets += float64(u.Visits) / n
			q.Gbps += float64(u.Bytes) * 8 / window.Ns() / n
			q.Drops += float64(u.Drops) / n
			q.Marked += float64(u.Marked) / n
			q.MaxBytes = max(q.MaxBytes, u.MaxBytes)
			q.WaitMaxNs = max(q.WaitMaxNs, u.MaxWait.Ns())
			wait += u.Wait.Ns() / n
		}
		if q.Packets > 0 {
			q.WaitMeanNs = wait / q.Packets
		}
		if q.Class != "" && (q.Packets > 0 || q.Drops > 0) {
			list = append(list, q)
		}
	}
	return list
}
