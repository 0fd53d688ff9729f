package reports

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// PowerNames returns the formats of WritePower, in a fixed order.
func PowerNames() []string { return []string{"table", "csv", "json", "markdown"} }

// WritePower writes power against load in one of the formats of PowerNames, with a single call of w.Write.
func WritePower(w io.Writer, format string, x *result.PowerCurves, opt Options) error {
	f := form{what: "power", names: PowerNames(), document: func() *document { return powerDocument(x) },
		csv: func(out *bytes.Buffer) error { return powerCSV(out, x) }, json: completeCurves(x)}
	return f.write(w, format, opt)
}

// completeCurves returns the curves with empty lists instead of none, which JSON would write as null.
func completeCurves(x *result.PowerCurves) *result.PowerCurves {
	c := *x
	c.Notes, c.Placements = orEmpty(x.Notes), slices.Clone(orEmpty(x.Placements))
	for i := range c.Placements {
		c.Placements[i].Points = orEmpty(c.Placements[i].Points)
	}
	return &c
}

// powerDocument arranges the curves for people, placement by placement.
func powerDocument(x *result.PowerCurves) *document {
	tool := strings.TrimSpace("dsnsim " + x.Tool.Version + " " + x.Tool.Revision)
	d := &document{footer: []string{fmt.Sprintf("%s, scenario %s, sha256 %.12s, seed %d", tool, x.Scenario.Name, x.Scenario.SHA256, x.Scenario.Seed)}}
	if !x.Complete {
		d.blocks = append(d.blocks, block{title: "INCOMPLETE: the run was interrupted; what is here was finished, the rest is missing"})
	}
	var refused []item
	for i := range x.Placements {
		c := &x.Placements[i]
		if c.Status != result.OK {
			refused = append(refused, item{term: c.Placement, text: c.Status + ": " + strings.Join(c.Reasons, "; "), bad: true})
			continue
		}
		if len(c.Points) == 0 {
			continue
		}
		d.add(fmt.Sprintf("%s on %s, %s: power against load", x.Scenario.Name, x.Profile, c.Placement), curve(c))
		d.add(c.Placement+": a DSN by component, W", dsnByComponent(c))
		d.add(fitTitle(c), nil, fitItems(c)...)
	}
	d.add("Not simulated", nil, refused...)
	var list []item
	for _, n := range x.Notes {
		list = append(list, item{text: n})
	}
	d.add("Notes", nil, list...)
	return d
}

// curve has a row for each load, and a line where the budget is crossed.
func curve(c *result.PowerCurve) *grid {
	g, write := tabulate(c.Points, []column[result.PowerPoint]{
		{"Gbps", "", 2, func(p *result.PowerPoint) float64 { return p.ThroughputGbps }},
		{"Mpps", "", 2, func(p *result.PowerPoint) float64 { return p.ThroughputMpps }},
		{"DSN W", "", 2, func(p *result.PowerPoint) float64 { return p.DSNWatts }},
		{"host W", "", 2, func(p *result.PowerPoint) float64 { return p.HostWatts }},
		{"all W", "", 2, func(p *result.PowerPoint) float64 { return p.TotalWatts }},
		{"nJ/pkt", "", 0, func(p *result.PowerPoint) float64 { return known(p.NJPerPacket) }},
		{"pJ/bit", "", 0, func(p *result.PowerPoint) float64 { return known(p.PJPerBit) }},
		{"clock %", "", 1, func(p *result.PowerPoint) float64 { return 100 * known(p.ClockRatio) }},
		{"chip C", "", 1, func(p *result.PowerPoint) float64 { return known(p.JunctionC) }},
	})
	const optional = 5 // columns before those that may have no value
	g.rows = lines(c, func(p *result.PowerPoint) []cell {
		cells := write(p)
		for i, v := range []*float64{p.NJPerPacket, p.PJPerBit, p.ClockRatio, p.JunctionC} {
			if v == nil {
				cells[optional+i].text = absent
			}
		}
		return cells
	})
	g.legend = slotLegend(c)
	return g
}

func known(v *float64) float64 {
	if v == nil {
		return 0
	}
	return *v
}

// lines makes a row of each load, with the slot line in front of the first that is over the budget.
func lines(c *result.PowerCurve, write func(*result.PowerPoint) []cell) []row {
	var list []row
	drawn := false
	for i := range c.Points {
		p := &c.Points[i]
		if p.OverBudget && !drawn {
			list, drawn = append(list, row{label: slotLine(c.Budget)}), true
		}
		list = append(list, row{label: percent(p.Load), cells: write(p)})
	}
	return list
}

func percent(ratio float64) string { return strconv.FormatFloat(100*ratio, 'f', -1, 64) + "%" }

// slotLine marks in a table where the budget is crossed.
func slotLine(b *result.Budget) string { return "-- " + amount(b.Watts) + " W --" }

// budgetName names a budget with its power, once.
func budgetName(b *result.Budget) string {
	if power := amount(b.Watts) + " W"; strings.ReplaceAll(power, " ", "") == b.Name {
		return power
	}
	return fmt.Sprintf("%s (%s W)", b.Name, amount(b.Watts))
}

// amount writes a figure with up to two decimals.
func amount(v float64) string {
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(v, 'f', 2, 64), "0"), ".")
}

// slotLegend explains the slot line, or that there is none.
func slotLegend(c *result.PowerCurve) string {
	b := c.Budget
	if b == nil {
		return "Load: of each server's link. No DSN has a place of its own, and no budget."
	}
	over := slices.ContainsFunc(c.Points, func(p result.PowerPoint) bool { return p.OverBudget })
	what := "a DSN takes more than the budget of " + budgetName(b)
	switch {
	case !over:
		return "Load: of each server's link. At every load a DSN stays within the budget of " + budgetName(b) + "."
	case c.Throttled:
		return "Load: of each server's link. " + slotLine(b) + " from here on " + what + " and is slowed to that."
	}
	return "Load: of each server's link. " + slotLine(b) + " from here on " + what + "."
}

// dsnByComponent has a row for each load, of the DSN that takes most; nil where there is none.
func dsnByComponent(c *result.PowerCurve) *grid {
	g := &grid{}
	var columns []power.Component
	for _, part := range power.Components() {
		if slices.ContainsFunc(c.Points, func(p result.PowerPoint) bool { return ofDSN(&p, part) > 0 }) {
			columns = append(columns, part)
			g.heads = append(g.heads, part.String())
		}
	}
	if len(columns) == 0 {
		return nil
	}
	scales := make([]scale, len(columns))
	for i, part := range columns {
		var values []float64
		for k := range c.Points {
			values = append(values, ofDSN(&c.Points[k], part))
		}
		scales[i] = newScale(prefix{"W", 1}, values, 2)
	}
	g.rows = lines(c, func(p *result.PowerPoint) []cell {
		cells := make([]cell, len(columns))
		for i, part := range columns {
			cells[i].text = scales[i].text(ofDSN(p, part))
		}
		return cells
	})
	return g
}

// ofDSN is what a component of the DSN that takes most takes, in watts.
func ofDSN(p *result.PowerPoint, part power.Component) float64 {
	if p.Components == nil {
		return 0
	}
	return p.Components.Of(part.String(), "dsn_watts")
}
