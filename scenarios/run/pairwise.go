package run

import (
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// pairwise compares the placements that were simulated, each with each. The P of a metric's pairs are corrected together; metrics are
// not corrected for each other.
func pairwise(results []result.Result) []result.Comparison {
	list := []result.Comparison{}
	for _, metric := range stats.Compared() {
		var rows []*result.Result
		for i := range results {
			r := &results[i]
			if r.Class == result.All && r.Direction == result.All && len(r.Samples[metric]) >= 2 {
				rows = append(rows, r)
			}
		}
		var p []float64
		var pairs []stats.Difference
		first := len(list)
		for i, a := range rows {
			for _, b := range rows[i+1:] {
				d := stats.Compare(a.Samples[metric], b.Samples[metric])
				if !d.Known() {
					continue // interrupted: one has more replications than the other
				}
				pairs, p = append(pairs, d), append(p, d.P)
				list = append(list, result.Comparison{Metric: metric, A: a.Placement, B: b.Placement, Pairs: d.N, Difference: d.Mean, CI95: d.HalfWidth})
			}
		}
		for k, corrected := range stats.Holm(p) {
			c := &list[first+k]
			c.P, c.Verdict = corrected, pairs[k].At(corrected).String()
		}
	}
	return list
}
