package workloads

import (
	"slices"

	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/state"
	"github.com/dsnsim/dsnsim/scenarios/trial"
)

// Workloads are a scenario's workloads in a placement. Where they have several sizes, each size is simulated by itself.
type Workloads struct {
	setup   *trial.Setup
	refused [][]string // by workload: why it cannot run, or nothing
	runs    []bool     // by workload
	err     error
}

// New plans the workloads of a scenario.
func New(s *trial.Setup) trial.Feature {
	if len(s.Scenario.Workloads) == 0 {
		return nil
	}
	w := &Workloads{setup: s}
	for i := range s.Scenario.Workloads {
		why, err := s.Placement.Unsupported(&s.Scenario.Workloads[i], s.Scenario, s.Profile)
		if err != nil {
			w.err = err
			break
		}
		w.refused, w.runs = append(w.refused, why), append(w.runs, len(why) == 0)
	}
	return w
}

// Refuse says why there is nothing to simulate.
func (w *Workloads) Refuse() []string {
	switch {
	case w.err != nil:
		return []string{w.err.Error()}
	case len(w.setup.Inputs) == 0 && !slices.Contains(w.runs, true):
		return slices.Compact(slices.Concat(w.refused...))
	}
	return nil
}

// Variants counts the sizes beyond the first.
func (w *Workloads) Variants() int {
	if !slices.Contains(w.runs, true) {
		return 0
	}
	return w.setup.Scenario.Points() - 1
}

// Part makes the workloads of a simulation, of one size.
func (w *Workloads) Part(run *trial.Simulation) trial.Part {
	if !slices.Contains(w.runs, true) {
		return nil
	}
	return &workSet{run: run, runs: w.runs, size: run.Variant.For(w)}
}

// Report adds the rows of the workloads, each size by itself.
func (w *Workloads) Report(report *result.Report, r *trial.Runs) {
	if w.err != nil || r.Main() != nil && len(trial.Finished(r.Main())) == 0 {
		return
	}
	for i := range w.setup.Scenario.Workloads {
		spec := &w.setup.Scenario.Workloads[i]
		for size := range spec.Lengths() {
			row := result.Result{Placement: w.setup.Placement.Name, Class: spec.Class(size), Direction: result.All, Status: result.Unsupported,
				Reasons: w.refused[i], Metrics: map[string]float64{"workload.supported": 0}, CI95: map[string]float64{}, Stations: []result.Station{}}
			if w.runs[i] {
				finished := trial.Finished(r.ByVariant[size])
				if len(finished) == 0 {
					continue // interrupted
				}
				MeasureWork(&row, i, finished, r.Window)
			}
			report.Results = append(report.Results, row)
		}
	}
}

// Evidence is the messages and commands of workloads with a load: these come whether or not those before them are complete.
func (w *Workloads) Evidence(size int, outcomes []*trial.Outcome) (list []state.Part) {
	window := w.setup.Scenario.Run.Duration - w.setup.Scenario.Run.Warmup
	for i := range w.setup.Scenario.Workloads {
		spec := &w.setup.Scenario.Workloads[i]
		first, ok := WorkloadOf(outcomes[0], i)
		if !ok || !spec.Load.Set {
			continue
		}
		p := state.Part{Class: spec.Class(min(size, len(spec.Lengths())-1)), Messages: true, OnWay: first.OnWay}
		n := float64(len(outcomes))
		for _, o := range outcomes {
			one, _ := WorkloadOf(o, i)
			p.Packets += float64(one.Offered.Packets) / n
			p.Offered.Mpps += one.Offered.Mpps(window) / n
			p.Offered.Gbps += one.Offered.Gbps(window) / n
			p.Carried.Mpps += one.Done.Mpps(window) / n
			p.Carried.Gbps += one.Done.Gbps(window) / n
			if least := one.Least.Ns(); least > 0 && (p.LeastNs == 0 || least < p.LeastNs) {
				p.LeastNs = least
			}
			trial.AddBacklog(&p, &one.Sent, &one.Ended, n)
		}
		list = append(list, p)
	}
	return list
}
