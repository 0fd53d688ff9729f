package reports

import (
	"slices"

	"github.com/dsnsim/dsnsim/reports/layout"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// apart reports whether a result stands in a table of its own only.
func apart(r *result.Result) bool {
	return slices.ContainsFunc(stats.Views(), func(v stats.View) bool { return v.Apart && has(r, v.Has) })
}

// view returns the table of some metrics by class, or nil where no row has them. What is 0 everywhere has no line.
func (t *results) view(v stats.View) *layout.Grid {
	var classes []string
	for i := range t.list {
		if r := &t.list[i]; r.Direction == result.All && has(r, v.Has) && !slices.Contains(classes, r.Class) {
			classes = append(classes, r.Class)
		}
	}
	if len(classes) == 0 {
		return nil
	}
	g := &layout.Grid{Heads: t.placements}
	for _, l := range linesOf(v) {
		var all []*result.Result
		for _, c := range classes {
			all = append(all, t.of(c, result.All)...)
		}
		if _, large := layout.Extremes(l.values(all)); large == 0 {
			continue
		}
		s := l.scale(all)
		g.Rows = append(g.Rows, layout.Row{Label: l.title(s)})
		for _, c := range classes {
			g.Rows = append(g.Rows, layout.Row{Label: c, Indent: 2, Cells: l.cells(s, t.of(c, result.All))})
		}
	}
	return g
}
