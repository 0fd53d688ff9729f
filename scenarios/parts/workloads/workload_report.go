package workloads

import (
	"github.com/dsnsim/dsnsim/asic/rdma"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/units"
)

// workOutcome is what a workload did, and which resources it uses.
type workOutcome struct {
	*counters // nil where it does not run
	OnWay     []bool
}

// WorkloadOf returns what one did, or false where it does not run.
func WorkloadOf(o *trial.Outcome, i int) (w workOutcome, runs bool) {
	for _, m := range o.Measured {
		if list, ok := m.(workOutcomes); ok {
			return list[i], list[i].counters != nil
		}
	}
	return w, false
}

// workOutcomes are a replication's outcomes, by workload.
type workOutcomes []workOutcome

// Metrics adds nothing to rows of traffic: workloads have rows of their own.
func (workOutcomes) Metrics(map[string]float64, *trial.RowData) {}

// Measure collects what the workloads of a simulation did.
func (s *workSet) Measure() trial.Measurement {
	list := make(workOutcomes, len(s.counters))
	paths := make([][]int, len(list))
	for _, l := range s.legs {
		if l != nil {
			for i := range list {
				if l.work.spec == &s.run.Scenario.Workloads[i] {
					paths[i] = append(paths[i], int(l.path))
				}
			}
		}
	}
	seen := map[*rdma.Block]bool{}
	var looked, missed uint64
	for _, bay := range s.bays {
		for _, b := range bay.Blocks() {
			if !seen[b] {
				seen[b], looked, missed = true, looked+b.Looked, missed+b.Missed
			}
		}
	}
	for i := range list {
		if t := s.counters[i]; t != nil {
			t.looked, t.missed = looked, missed
			list[i] = workOutcome{t, s.run.Engine.OnPaths(paths[i])}
		}
	}
	return list
}

// Metrics computes those of one workload in one replication.
func (w *workOutcome) Metrics(window units.Duration) map[string]float64 {
	m := map[string]float64{
		"workload.supported": 1,
		"workload.iops":      float64(w.Done.Packets) / window.Seconds(),
		"workload.gbps":      w.Done.Gbps(window),
		"workload.retries":   float64(w.retries),
	}
	if w.looked > 0 {
		m["workload.qp_miss_ratio"] = float64(w.missed) / float64(w.looked)
	}
	if w.latency.Count() > 0 {
		trial.Latencies(m, "workload.latency.", w.latency)
	}
	return m
}

// MeasureWork fills a row from what its replications measured.
func MeasureWork(r *result.Result, i int, finished []*trial.Outcome, window units.Duration) {
	r.Status, r.Replications = result.OK, len(finished)
	samples := make([]map[string]float64, len(finished))
	for k, o := range finished {
		samples[k] = trial.MeasuredBy[workOutcomes](o)[i].Metrics(window)
	}
	r.Metrics, r.CI95, r.Samples = trial.Estimate(samples)
	r.Stations = trial.StationsOf(trial.MeasuredBy[workOutcomes](finished[0])[i].OnWay, finished, window)
	r.Bottleneck = trial.Busiest(r.Stations).Name
	r.Metrics["bottleneck.utilization"] = trial.Busiest(r.Stations).Utilization
}
