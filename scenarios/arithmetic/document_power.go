package arithmetic

import (
	"fmt"
	"slices"

	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/internal/figure"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// supplies has a row for each placement that works: what the place of a DSN supplies and what it takes.
func supplies(x *Explanation) result.Section {
	watts := result.Column{Unit: "W", Fixed: true, Decimals: 2, Better: stats.Lower}
	s := result.Section{Name: "power", Title: "Power of a DSN in its place, W", Items: budgets(x),
		Legend: "A DSN is the card, or the chip with its ports, that takes most. All: every DSN, every server's part and the rack's."}
	for _, head := range []string{"budget", "at rest", "at the offer", "all, at the offer"} {
		watts.Head = head
		s.Columns = append(s.Columns, watts)
	}
	s.Columns = append(s.Columns, result.Column{Head: "fits up to"})
	for i := range x.Placements {
		e := &x.Placements[i]
		switch p := e.Power; {
		case p == nil:
		case p.Budget == nil: // software has no DSN of its own
			s.Rows = append(s.Rows, result.Row{Label: e.Placement, Values: []any{nil, nil, nil, p.TotalWatts, nil}})
		default:
			s.Rows = append(s.Rows, result.Row{Label: e.Placement, Values: []any{p.Budget.Watts, p.RestWatts, p.DSNWatts, p.TotalWatts, fits(e)}})
		}
	}
	return s
}

// fits says for which load the budget lasts.
func fits(e *Estimate) string {
	switch s := e.Power; {
	case s.RestWatts > s.Budget.Watts:
		return "no load"
	case s.Scale == nil || e.Scale > 0 && *s.Scale >= e.Scale:
		return "all that it carries"
	default:
		return figure.Fixed(*s.Scale, 2) + " times the offer"
	}
}

// budgets says where the budgets are from.
func budgets(x *Explanation) []result.Item {
	var list []result.Item
	for _, e := range x.Placements {
		if e.Power == nil || e.Power.Budget == nil {
			continue
		}
		b := e.Power.Budget
		list = append(list, result.Item{Term: e.Placement, Text: fmt.Sprintf("%s: %s", b.Name, b.Source)})
	}
	return list
}

// packetEnergy has a row for each component: what it takes for a packet, in the mean over what is offered.
func packetEnergy(x *Explanation) result.Section {
	s := result.Section{Name: "energy", Title: "What a packet takes, nJ", Legend: "Beyond what is drawn at rest."}
	var works []*Supply
	for i := range x.Placements {
		if e := &x.Placements[i]; e.Power != nil {
			works = append(works, e.Power)
			s.Columns = append(s.Columns, result.Column{Head: e.Placement, Unit: "nJ", Fixed: true, Decimals: 2, Digits: result.Exact, Better: stats.Lower})
		}
	}
	for _, c := range power.Components() {
		values := make([]any, len(works))
		takes := false
		for i, w := range works {
			k := slices.IndexFunc(w.Parts, func(p SupplyPart) bool { return p.Component == c.String() && p.NJPerPacket > 0 })
			if k >= 0 {
				values[i], takes = w.Parts[k].NJPerPacket, true
			}
		}
		if takes {
			s.Rows = append(s.Rows, result.Row{Label: c.String(), Values: values})
		}
	}
	return s
}
