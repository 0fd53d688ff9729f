package reports

import (
	"slices"

	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// power returns what each component takes in each placement, or nil where no power is known. What takes nothing anywhere is
// left out.
func (t *results) power() *grid {
	all := t.of(result.All, result.All)
	var values []float64
	for _, r := range all {
		for _, p := range powerOf(r) {
			values = append(values, p.Watts)
		}
	}
	if len(values) == 0 {
		return nil
	}
	s := newScale(prefix{"W", 1}, values, 2)
	g := &grid{heads: t.placements, legend: "Of all DSNs, all servers, and what the placement needs in the rack. The sum is the total power."}
	for _, c := range power.Components() {
		cells := make([]cell, len(all))
		takes := false
		for i, r := range all {
			cells[i].text = absent
			of := powerOf(r)
			if k := slices.IndexFunc(of, func(p result.Power) bool { return p.Component == c.String() }); k >= 0 {
				cells[i].text, takes = s.text(of[k].Watts), true
			}
		}
		if takes {
			g.rows = append(g.rows, row{label: c.String(), cells: cells})
		}
	}
	return g
}

func powerOf(r *result.Result) []result.Power {
	if r == nil {
		return nil
	}
	return r.Power
}
