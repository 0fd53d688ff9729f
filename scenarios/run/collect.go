package run

import (
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/units"
)

// collect turns the outcomes of one placement's replications into its rows.
func collect(rows []selection, outcomes []*outcome, window units.Duration) []result.Result {
	var list []result.Result
	for i := range rows {
		sel := &rows[i]
		r := result.Result{Placement: outcomes[0].placement, Class: sel.class, Direction: sel.direction,
			Replications: len(outcomes), Status: result.OK}
		samples := make([]map[string]float64, len(outcomes))
		for k, o := range outcomes {
			samples[k] = o.sample(i, sel, window)
		}
		r.Metrics, r.CI95, r.Samples = estimate(samples)
		if len(sel.tallies) == 0 {
			withoutTraffic(r.Metrics, r.CI95)
		}
		r.Stations = stations(sel, outcomes, window)
		if i == 0 {
			r.Queues, r.Power, r.Cost = queues(outcomes, window), components(outcomes, window), costs(outcomes, window)
		}
		r.Bottleneck = busiest(r.Stations).Name
		r.Metrics["bottleneck.utilization"] = busiest(r.Stations).Utilization
		list = append(list, r)
	}
	return list
}
