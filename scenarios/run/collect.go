package run

import (
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Collect turns the outcomes of one placement's replications into its rows.
func Collect(rows []trial.Selection, outcomes []*trial.Outcome, window units.Duration) []result.Result {
	var list []result.Result
	for i := range rows {
		sel := &rows[i]
		r := result.Result{Placement: outcomes[0].Placement, Class: sel.Class, Direction: sel.Direction,
			Replications: len(outcomes), Status: result.OK}
		samples := make([]map[string]float64, len(outcomes))
		for k, o := range outcomes {
			samples[k] = o.Sample(i, sel, window)
		}
		r.Metrics, r.CI95, r.Samples = trial.Estimate(samples)
		if len(sel.Indices) == 0 {
			trial.WithoutTraffic(r.Metrics, r.CI95)
		}
		r.Stations = trial.Stations(sel, outcomes, window)
		if i == 0 {
			sections := make([][]result.Section, len(outcomes))
			for k, o := range outcomes {
				sections[k] = o.Sections(window)
			}
			r.Sections = result.JoinSections(sections)
		}
		r.Bottleneck = trial.Busiest(r.Stations).Name
		r.Metrics["bottleneck.utilization"] = trial.Busiest(r.Stations).Utilization
		list = append(list, r)
	}
	return list
}
