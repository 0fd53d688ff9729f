package run

import (
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// trafficManager is the queues by class that a placement has.
type trafficManager struct{ job *job }

func newTrafficManager(j *job) part {
	s := j.scenario
	vf := &s.Rack.Server.NIC.VF
	if s.DSN.TrafficManager == nil && len(vf.Weights) == 0 && !vf.MaxRate.Given() {
		return nil
	}
	return &trafficManager{j}
}

// classUsages is what the queues of traffic managers did, and those of virtual functions that a scenario says something about.
type classUsages []sim.ClassUsage

func (t *trafficManager) measure() measurement { return classUsages(t.job.engine.Classes()) }

// metrics adds what the traffic manager did to the packets of a row.
func (q classUsages) metrics(m map[string]float64, r *rowData) {
	if q == nil {
		return
	}
	if n := r.tally.Meter.Delivered.Packets; n > 0 {
		m["ecn.marked_ratio"] = float64(r.tally.marked) / float64(n)
	}
	shares := map[int]float64{}
	for _, i := range r.tallies {
		class, _ := classAndDirection(i)
		shares[class] += r.outcome.tallies[i].arrived.Gbps(r.window)
	}
	var list []float64
	for class := range len(r.outcome.tallies) / int(directionCount) {
		if share, ok := shares[class]; ok {
			list = append(list, share)
		}
	}
	if jain, ok := stats.JainIndex(list); ok && len(list) > 1 {
		m["fairness.jain"] = jain
	}
}

// queues reports the queues of the traffic managers that some packet came to, in the mean over the replications.
func queues(outcomes []*outcome, window units.Duration) []result.Queue {
	var list []result.Queue
	n := float64(len(outcomes))
	of := make([]classUsages, len(outcomes))
	for k, o := range outcomes {
		of[k] = measuredBy[classUsages](o)
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
