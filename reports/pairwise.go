package reports

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// pairwiseTitle says how the pairs are compared.
const pairwiseTitle = "Pairwise: < is a difference at 95% (paired by replication, all pairs of a line together), ~ none shown; of all directions together"

// pairwise lists by metric in which order the placements are, as far as their replications tell.
func pairwise(r *result.Report) []result.Item {
	var list []result.Item
	for _, group := range byMetric(r.Comparisons) {
		list = append(list, result.Item{Term: group[0].Metric, Text: ordered(r, group)})
	}
	return list
}

// byMetric cuts the list, which has each metric in one piece.
func byMetric(list []result.Comparison) [][]result.Comparison {
	var groups [][]result.Comparison
	for i, c := range list {
		if i == 0 || list[i-1].Metric != c.Metric {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], c)
	}
	return groups
}

// ordered writes the placements of a metric by their means, the smallest first: "<" between neighbours that differ, "~" between those
// that do not; then those that differ though the line between them does not say so.
func ordered(r *result.Report, group []result.Comparison) string {
	differ := map[[2]string]bool{}
	var names []string
	shown := false
	for _, c := range group {
		for _, name := range []string{c.A, c.B} {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		if c.Verdict == "less" || c.Verdict == "greater" {
			differ[[2]string{c.A, c.B}], differ[[2]string{c.B, c.A}], shown = true, true, true
		}
	}
	if !shown {
		return "no difference"
	}
	mean := func(placement string) float64 {
		i := slices.IndexFunc(r.Results, func(x result.Result) bool {
			return x.Placement == placement && x.Class == result.All && x.Direction == result.All
		})
		if i < 0 {
			return 0
		}
		return r.Results[i].Metrics[group[0].Metric]
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(mean(a), mean(b)) })
	text, from := names[0], 0 // where the last "<" was
	var beyond []string
	for i := 1; i < len(names); i++ {
		if differ[[2]string{names[i-1], names[i]}] {
			text, from = text+" < "+names[i], i
			continue
		}
		text += " ~ " + names[i]
		for k := from; k < i-1; k++ {
			if differ[[2]string{names[k], names[i]}] {
				beyond = append(beyond, names[k]+" < "+names[i])
			}
		}
	}
	return strings.Join(append([]string{text}, beyond...), "; ")
}
