package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/reports/layout"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// compare returns the placements side by side, or nil when nothing was measured.
func (t *results) compare(wide bool) *layout.Grid {
	all := t.of(result.All, result.All)
	lines := linesOf(stats.Comparison())
	if wide {
		lines = slices.Concat(lines, others(all))
	}
	g := &layout.Grid{Heads: t.heads()}
	for _, l := range lines {
		values := l.values(all)
		if _, large := layout.Extremes(values); len(values) == 0 || large == 0 && !wide && l.Rare {
			continue
		}
		s := l.scale(all)
		if ways := t.ways(); mixes(l.Metric) && len(ways) > 1 {
			g.Rows = append(g.Rows, t.byWay(l, ways)...)
			continue
		}
		of := all
		if l.Zero {
			of = l.some(all)
		}
		r := layout.Row{Label: t.titled(l, s), Cells: l.cells(s, of)}
		if l.Metric == "bottleneck.utilization" {
			g.Rows = append(g.Rows, layout.Row{Label: "busiest station", Cells: bottlenecks(all)})
			r.Indent = 2
		}
		g.Rows = append(g.Rows, r)
	}
	if len(g.Rows) == 0 {
		return nil
	}
	g.Legend = t.legend(g)
	return g
}

// some leaves out the placements that have none of the metric: the least of a row is not theirs.
func (l line) some(all []*result.Result) []*result.Result {
	list := slices.Clone(all)
	for i, r := range list {
		if r != nil && r.Metrics[l.Metric] == 0 {
			list[i] = nil
		}
	}
	return list
}

// mixes reports whether a metric of all directions together is that of no packet: a quantile of two paths of unequal length, and the distance
// of one from the shortest time on the other.
func mixes(metric string) bool {
	switch metric {
	case "latency.p50", "latency.p90", "latency.p99", "latency.p999", "jitter.pdv_p99", "jitter.pdv_p999",
		"chain.latency.p50", "chain.latency.p90", "chain.latency.p99", "chain.latency.p999":
		return true
	}
	return false
}

// ways lists the directions of the traffic of all classes, where there is more than one.
func (t *results) ways() []string {
	var list []string
	for i := range t.list {
		if r := &t.list[i]; r.Class == result.All && r.Direction != result.All && !slices.Contains(list, r.Direction) {
			list = append(list, r.Direction)
		}
	}
	return list
}

// byWay lists a metric by direction.
func (t *results) byWay(l line, ways []string) []layout.Row {
	var all []*result.Result
	for _, way := range ways {
		all = append(all, t.of(result.All, way)...)
	}
	s := l.scale(all)
	rows := []layout.Row{{Label: l.title(s)}}
	for _, way := range ways {
		rows = append(rows, layout.Row{Label: way, Indent: 2, Cells: l.cells(s, t.of(result.All, way))})
	}
	return rows
}

// heads are the placements, those marked that cannot be deployed.
func (t *results) heads() []string {
	heads := slices.Clone(t.placements)
	for _, r := range t.list {
		if i := slices.Index(heads, r.Placement); r.Forced && i >= 0 {
			heads[i] += " (forced)"
		}
	}
	return heads
}

// titled is the title of a line, in the report's own words for units of the catalogue.
func (t *results) titled(l line, s layout.Scale) string {
	for i := range t.list {
		for k := range t.list[i].Sections {
			if own, ok := t.list[i].Sections[k].Units[s.Unit]; ok {
				s.Unit = own
				return l.title(s)
			}
		}
	}
	return l.title(s)
}

// others lists the metrics that some placement has and that neither comparison nor the table of drops shows.
func others(all []*result.Result) []line {
	var list []line
	for _, m := range stats.All() {
		if m.Unit == stats.Word {
			continue
		}
		shown := slices.ContainsFunc(stats.Comparison().Lines, func(l stats.Line) bool { return l.Metric == m.Name })
		l := line{stats.Line{Label: m.Name, Metric: m.Name, Decimals: 3}}
		if !shown && len(l.values(all)) > 0 && !strings.HasPrefix(m.Name, dropPrefix) {
			list = append(list, l)
		}
	}
	return list
}

func bottlenecks(all []*result.Result) []layout.Cell {
	cells := make([]layout.Cell, len(all))
	for i, r := range all {
		cells[i] = layout.Cell{Text: layout.Absent, Words: true}
		if r != nil && r.Bottleneck != "" {
			cells[i].Text = r.Bottleneck
		}
	}
	return cells
}

// legend explains the marks that a table has, and what its figures are worth.
func (t *results) legend(g *layout.Grid) string {
	var parts []string
	if g.Any(func(c layout.Cell) bool { return c.Best }) {
		parts = append(parts, "* best of the row, or within 1% of it.")
	}
	if g.Any(func(c layout.Cell) bool { return c.Open }) {
		parts = append(parts, layout.OpenMark+" cannot be told from the best at 95%.")
	}
	if slices.ContainsFunc(t.list, func(r result.Result) bool { return !isSteady(&r) }) {
		parts = append(parts, "Only what is steady is marked.")
	}
	if g.Any(func(c layout.Cell) bool { return c.Text != layout.Absent }) {
		parts = append(parts, "Gbps count frames; a load in % counts 20 B of preamble and gap with each.")
	}
	if len(t.ways()) > 1 {
		parts = append(parts, "Means are over all directions.")
	}
	if t.above() {
		parts = append(parts, "Throughput is what arrives in the window, of which some was sent before it: so it may be above what is offered.")
	}
	replications := t.list[0].Replications
	for _, r := range t.list {
		replications = min(replications, r.Replications)
	}
	switch {
	case g.Any(func(c layout.Cell) bool { return c.Half != "" }):
		parts = append(parts, fmt.Sprintf("± half-width of the 95%% confidence interval over %d replications, where the digits show it.", replications))
	case replications > 1:
		parts = append(parts, fmt.Sprintf("Means of %d replications; their 95%% confidence is narrower than the digits.", replications))
	default:
		parts = append(parts, "One replication, so no confidence intervals: small differences may be chance (run.replications).")
	}
	return strings.Join(parts, " ")
}

// above reports whether some throughput is visibly above what is offered.
func (t *results) above() bool {
	return slices.ContainsFunc(t.of(result.All, result.All), func(r *result.Result) bool {
		return has(r, "throughput.gbps") && r.Metrics["throughput.gbps"] > 1.0005*r.Metrics["offered.gbps"]
	})
}

// classes returns the table by class and direction, or nil when there is only one of each.
func (t *results) classes() *layout.Grid {
	type part struct{ class, direction string }
	var parts []part
	for i, r := range t.list {
		if apart(&t.list[i]) {
			continue
		}
		p := part{r.Class, r.Direction}
		if p != (part{result.All, result.All}) && !slices.Contains(parts, p) {
			parts = append(parts, p)
		}
	}
	if len(parts) == 0 {
		return nil
	}
	g := &layout.Grid{Heads: t.placements}
	every := parts
	for _, l := range linesOf(stats.ByDirection()) {
		var all []*result.Result
		parts := every
		if mixes(l.Metric) { // the first table has them by direction
			parts = slices.DeleteFunc(slices.Clone(every), func(p part) bool { return p.class == result.All })
		}
		if len(parts) == 0 {
			continue
		}
		for _, p := range parts {
			all = append(all, t.of(p.class, p.direction)...)
		}
		s := l.scale(all)
		g.Rows = append(g.Rows, layout.Row{Label: l.title(s)})
		for _, p := range parts {
			g.Rows = append(g.Rows, layout.Row{Label: partName(p.class, p.direction), Indent: 2, Cells: l.cells(s, t.of(p.class, p.direction))})
		}
	}
	return g
}

// partName names a part of the traffic: "web inbound", "all inbound", or "web" for both directions.
func partName(class, direction string) string {
	if direction == result.All {
		return class
	}
	return class + " " + direction
}

const dropPrefix = "drops."

// drops returns the table of the drops by reason, or nil when there are none. A reason that a placement does not have is
// shown as none.
func (t *results) drops() *layout.Grid {
	all := t.of(result.All, result.All)
	g := &layout.Grid{Heads: t.placements}
	for _, m := range stats.All() {
		l := line{stats.Line{Label: strings.TrimPrefix(m.Name, dropPrefix), Metric: m.Name, Decimals: 1}}
		s := l.scale(all)
		dropped := slices.ContainsFunc(all, func(r *result.Result) bool { return r != nil && r.Metrics[m.Name] > 0 })
		if !strings.HasPrefix(m.Name, dropPrefix) || !dropped {
			continue
		}
		cells := make([]layout.Cell, len(all))
		for i, r := range all {
			cells[i].Text = layout.Absent
			if r != nil {
				cells[i] = layout.Cell{Text: s.Text(r.Metrics[m.Name]), Half: s.Half(r.CI95[m.Name])}
			}
		}
		g.Rows = append(g.Rows, layout.Row{Label: l.Label, Cells: cells})
	}
	if len(g.Rows) == 0 {
		return nil
	}
	return g
}
