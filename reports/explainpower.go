package reports

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// supplies has a row for each placement that works: what the place of a DSN supplies and what it takes.
func supplies(x *result.Explanation) *grid {
	var works []result.Estimate
	for _, e := range x.Placements {
		if e.Power != nil {
			works = append(works, e)
		}
	}
	if len(works) == 0 {
		return nil
	}
	g, write := tabulate(works, []column[result.Estimate]{
		{"budget", "", 2, func(e *result.Estimate) float64 { return budgetWatts(e.Power) }},
		{"at rest", "", 2, func(e *result.Estimate) float64 { return e.Power.RestWatts }},
		{"at the offer", "", 2, func(e *result.Estimate) float64 { return e.Power.DSNWatts }},
		{"all, at the offer", "", 2, func(e *result.Estimate) float64 { return e.Power.TotalWatts }},
	})
	g.heads = append(g.heads, "fits up to")
	for i := range works {
		e := &works[i]
		cells := write(e)
		if e.Power.Budget == nil {
			for k := range 3 {
				cells[k].text = absent // software has no DSN of its own
			}
		}
		g.rows = append(g.rows, row{label: e.Placement, cells: append(cells, cell{text: fits(e), words: true})})
	}
	g.legend = "A DSN is the card, or the chip with its ports, that takes most. All: every DSN, every server's part and the rack's."
	return g
}

func budgetWatts(s *result.Supply) float64 {
	if s.Budget == nil {
		return 0
	}
	return s.Budget.Watts
}

// fits says for which load the budget lasts.
func fits(e *result.Estimate) string {
	switch s := e.Power; {
	case s.Budget == nil:
		return absent
	case s.RestWatts > s.Budget.Watts:
		return "no load"
	case s.Scale == nil || e.Scale > 0 && *s.Scale >= e.Scale:
		return "all that it carries"
	default:
		return strconv.FormatFloat(*s.Scale, 'f', 2, 64) + " times the offer"
	}
}

// budgets says where the budgets are from.
func budgets(x *result.Explanation) []item {
	var list []item
	for _, e := range x.Placements {
		if e.Power == nil || e.Power.Budget == nil {
			continue
		}
		b := e.Power.Budget
		list = append(list, item{term: e.Placement, text: fmt.Sprintf("%s: %s", b.Name, b.Source)})
	}
	return list
}

// packetEnergy has a row for each component: what it takes for a packet, in the mean over what is offered.
func packetEnergy(x *result.Explanation) *grid {
	g := &grid{legend: "Beyond what is drawn at rest."}
	var works []*result.Supply
	var values []float64
	for i := range x.Placements {
		e := &x.Placements[i]
		if e.Power == nil {
			continue
		}
		g.heads = append(g.heads, e.Placement)
		works = append(works, e.Power)
		for _, p := range e.Power.Parts {
			values = append(values, p.NJPerPacket)
		}
	}
	s := newScale(prefix{"nJ", 1}, values, 2)
	for _, c := range power.Components() {
		cells := make([]cell, len(works))
		takes := false
		for i, w := range works {
			cells[i].text = absent
			k := slices.IndexFunc(w.Parts, func(p result.SupplyPart) bool { return p.Component == c.String() && p.NJPerPacket > 0 })
			if k >= 0 {
				cells[i].text, takes = s.text(w.Parts[k].NJPerPacket), true
			}
		}
		if takes {
			g.rows = append(g.rows, row{label: c.String(), cells: cells})
		}
	}
	if len(g.rows) == 0 {
		return nil
	}
	return g
}
