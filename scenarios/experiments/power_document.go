package experiments

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/internal/figure"
	"github.com/dsnsim/dsnsim/scenarios/arithmetic"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// Document arranges the curves, placement by placement.
func (x *PowerCurves) Document() *result.Document {
	d := result.NewDocument("power", x.Tool, x.Scenario, x.Complete)
	d.JSON, d.CSV = x, powerCSV(x)
	refused := result.Section{Name: "refused", Title: "Not simulated"}
	for i := range x.Placements {
		c := &x.Placements[i]
		if c.Status != result.OK {
			refused.Items = append(refused.Items, result.Refused(c.Placement, c.Status, c.Reasons))
			continue
		}
		if len(c.Points) == 0 {
			continue
		}
		s := curveSection(c)
		s.Title = fmt.Sprintf("%s on %s, %s: power against load", x.Scenario.Name, x.Profile, c.Placement)
		d.Add(s)
		d.Add(dsnByComponent(c))
		if c.Fit != nil {
			d.Add(result.Section{Name: "fit", Title: fitTitle(c), Items: fitItems(c)})
		}
	}
	d.Add(refused)
	d.AddNotes(x.Notes)
	return d
}

// curveSection has a row for each load, and a line where the budget is crossed.
func curveSection(c *PowerCurve) result.Section {
	s := result.Section{Name: "power", Legend: slotLegend(c), Draw: &result.Draw{X: "Gbps", Y: []string{"DSN W", "host W"}}, Columns: []result.Column{
		{Head: "Gbps", Unit: "Gbps", Fixed: true, Decimals: 2, Better: stats.Higher}, {Head: "Mpps", Unit: "Mpps", Fixed: true, Decimals: 2, Better: stats.Higher},
		{Head: "DSN W", Unit: "W", Fixed: true, Decimals: 2, Better: stats.Lower}, {Head: "host W", Unit: "W", Fixed: true, Decimals: 2, Better: stats.Lower},
		{Head: "all W", Unit: "W", Fixed: true, Decimals: 2, Better: stats.Lower}, {Head: "nJ/pkt", Unit: "nJ", Fixed: true, Better: stats.Lower},
		{Head: "pJ/bit", Unit: "pJ", Fixed: true, Better: stats.Lower}, {Head: "clock %", Unit: "%", Fixed: true, Decimals: 1, Better: stats.Higher},
		{Head: "chip C", Unit: "C", Fixed: true, Decimals: 1, Better: stats.Lower}}}
	s.Rows = slotRows(c, func(p *PowerPoint) []any {
		var clock any
		if p.ClockRatio != nil {
			clock = 100 * *p.ClockRatio
		}
		return []any{p.ThroughputGbps, p.ThroughputMpps, p.DSNWatts, p.HostWatts, p.TotalWatts, optional(p.NJPerPacket), optional(p.PJPerBit), clock, optional(p.JunctionC)}
	})
	return s
}

// optional is a value that there may not be.
func optional(v *float64) any {
	if v == nil {
		return nil
	}
	return *v
}

// slotRows makes a row of each load, with the slot line in front of the first that is over the budget.
func slotRows(c *PowerCurve, values func(*PowerPoint) []any) []result.Row {
	var list []result.Row
	drawn := false
	for i := range c.Points {
		p := &c.Points[i]
		if p.OverBudget && !drawn {
			list, drawn = append(list, result.Row{Label: slotLine(c.Budget)}), true
		}
		list = append(list, result.Row{Label: figure.Percent(p.Load), Values: values(p)})
	}
	return list
}

// slotLine marks in a table where the budget is crossed.
func slotLine(b *arithmetic.Budget) string { return "-- " + figure.Amount(b.Watts) + " W --" }

// budgetName names a budget with its power, once.
func budgetName(b *arithmetic.Budget) string {
	if power := figure.Amount(b.Watts) + " W"; strings.ReplaceAll(power, " ", "") == b.Name {
		return power
	}
	return fmt.Sprintf("%s (%s W)", b.Name, figure.Amount(b.Watts))
}

// slotLegend explains the slot line, or that there is none.
func slotLegend(c *PowerCurve) string {
	b := c.Budget
	if b == nil {
		return "Load: of each server's link. No DSN has a place of its own, and no budget."
	}
	over := slices.ContainsFunc(c.Points, func(p PowerPoint) bool { return p.OverBudget })
	what := "a DSN takes more than the budget of " + budgetName(b)
	switch {
	case !over:
		return "Load: of each server's link. At every load a DSN stays within the budget of " + budgetName(b) + "."
	case c.Throttled:
		return "Load: of each server's link. " + slotLine(b) + " from here on " + what + " and is slowed to that."
	}
	return "Load: of each server's link. " + slotLine(b) + " from here on " + what + "."
}

// dsnByComponent has a row for each load, of the DSN that takes most, and a column for each component that takes anything.
func dsnByComponent(c *PowerCurve) result.Section {
	s := result.Section{Name: "components", Title: c.Placement + ": a DSN by component, W"}
	var parts []power.Component
	for _, part := range power.Components() {
		if slices.ContainsFunc(c.Points, func(p PowerPoint) bool { return ofDSN(&p, part) > 0 }) {
			parts = append(parts, part)
			s.Columns = append(s.Columns, result.Column{Head: part.String(), Unit: "W", Fixed: true, Decimals: 2, Better: stats.Lower, Of: "power.dsn"})
		}
	}
	if len(parts) == 0 {
		return result.Section{}
	}
	s.Rows = slotRows(c, func(p *PowerPoint) []any {
		var values []any
		for _, part := range parts {
			values = append(values, ofDSN(p, part))
		}
		return values
	})
	return s
}

// ofDSN is what a component of the DSN that takes most takes, in watts.
func ofDSN(p *PowerPoint, part power.Component) float64 {
	if p.Components == nil {
		return 0
	}
	return p.Components.Of(part.String(), "dsn_watts")
}

// powerCSV has a row for each placement and load, and one for each placement that cannot run. The columns are always the same.
func powerCSV(x *PowerCurves) *result.Section {
	keys := []string{"scenario", "placement", "status", "load_ratio", "offered_gbps", "throughput_gbps", "throughput_mpps", "loss_ratio",
		"power_dsn_w", "power_dsn_free_w", "power_host_w", "power_total_w", "power_budget_w", "over_budget", "energy_nj_per_packet_nj",
		"energy_pj_per_bit_pj", "power_clock_ratio", "thermal_junction_c"}
	var parts []power.Component
	for _, c := range power.Components() {
		if c.Side() == power.DSN {
			parts = append(parts, c)
			keys = append(keys, "power_dsn_"+strings.ReplaceAll(c.String(), " ", "_")+"_w")
		}
	}
	s := result.NewTable(keys...)
	for i := range x.Placements {
		c := &x.Placements[i]
		start := []any{x.Scenario.Name, c.Placement, c.Status}
		if c.Status != result.OK {
			s.AddRow(start...)
		}
		for k := range c.Points {
			p := &c.Points[k]
			var budget, over any
			if c.Budget != nil {
				budget, over = c.Budget.Watts, p.OverBudget
			}
			values := append(start[:3:3], p.Load, p.OfferedGbps, p.ThroughputGbps, p.ThroughputMpps, p.LossRatio, p.DSNWatts, p.FreeWatts, p.HostWatts, p.TotalWatts,
				budget, over, optional(p.NJPerPacket), optional(p.PJPerBit), optional(p.ClockRatio), optional(p.JunctionC))
			for _, part := range parts {
				values = append(values, ofDSN(p, part))
			}
			s.AddRow(values...)
		}
	}
	return s
}
