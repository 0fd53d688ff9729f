package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// busiest is how many rows of stations each placement has, but for one that drops.
const busiest = 3

// column is one figure of each of the things that a table lists.
type column[T any] struct {
	head, unit string
	// decimals is the most that are shown.
	decimals int
	value    func(*T) float64
}

// tabulate starts a table of things by column, and returns how to write one thing. Columns of one quantity share a unit,
// so that they can be compared too.
func tabulate[T any](list []T, columns []column[T]) (*grid, func(*T) []cell) {
	values := make([][]float64, len(columns))
	same := map[string][]float64{}
	for i, c := range columns {
		for k := range list {
			values[i] = append(values[i], c.value(&list[k]))
		}
		same[c.unit] = append(same[c.unit], values[i]...)
	}
	g := &grid{}
	scales := make([]scale, len(columns))
	for i, c := range columns {
		scales[i] = newScale(choosePrefix(c.unit, same[c.unit]), values[i], c.decimals)
		head := c.head
		if unit := scales[i].unit; unit != c.unit || len(prefixes(c.unit)) > 1 {
			head += ", " + unit
		}
		g.heads = append(g.heads, head)
	}
	return g, func(thing *T) []cell {
		cells := make([]cell, len(columns))
		for i, c := range columns {
			cells[i].text = scales[i].text(c.value(thing))
		}
		return cells
	}
}

// stations returns the busiest stations of each placement, the busiest first; every station on its own when wide.
func (t *results) stations(wide bool) *grid {
	all := t.of(result.All, result.All)
	shown := make([][]stations, len(all))
	for i, r := range all {
		if r == nil {
			continue
		}
		list := slices.Clone(r.Stations)
		slices.SortStableFunc(list, func(a, b result.Station) int { return cmp.Compare(b.Utilization, a.Utilization) })
		if !wide {
			shown[i] = worthShowing(gather(list))
			continue
		}
		for _, s := range list {
			shown[i] = append(shown[i], stations{s, 1})
		}
	}
	every := slices.Concat(shown...)
	if len(every) == 0 {
		return nil
	}
	g, cells := tabulate(every, []column[stations]{
		{"busy", "ratio", 1, func(s *stations) float64 { return s.Utilization }},
		{"service", "ns", 3, func(s *stations) float64 { return s.ServiceMeanNs }},
		{"wait", "ns", 3, func(s *stations) float64 { return s.WaitMeanNs }},
		{"max wait", "ns", 3, func(s *stations) float64 { return s.WaitMaxNs }},
		{"drops", "packets", 1, func(s *stations) float64 { return s.Drops }},
	})
	for i, list := range shown {
		if len(list) == 0 {
			continue
		}
		g.rows = append(g.rows, row{label: t.placements[i]})
		for k := range list {
			g.rows = append(g.rows, row{label: stationLabel(&list[k]), indent: 2, cells: cells(&list[k])})
		}
	}
	g.legend = stationLegend(every)
	return g
}

// worthShowing takes the busiest, and of the others the one that drops most: a short burst overflows a queue that is
// idle in the mean.
func worthShowing(list []stations) []stations {
	n := min(busiest, len(list))
	shown := slices.Clone(list[:n])
	most := -1
	for i := n; i < len(list); i++ {
		if list[i].Drops > 0 && (most < 0 || list[i].Drops > list[most].Drops) {
			most = i
		}
	}
	if most >= 0 {
		shown = append(shown, list[most])
	}
	return shown
}

// stationLabel names a station, and its servers when it has more than one.
func stationLabel(s *stations) string {
	if s.Servers > 1 {
		return fmt.Sprintf("%s x%d", s.Name, s.Servers)
	}
	return s.Name
}

// stationLegend explains what the labels of some of the stations mean, or is "".
func stationLegend(list []stations) string {
	var parts []string
	if slices.ContainsFunc(list, func(s stations) bool { return s.count > 1 }) {
		parts = append(parts, "[0..3]: stations that are busy alike, within 5%; busy and max wait are the highest, service and wait the means, drops the sum.")
	}
	if slices.ContainsFunc(list, func(s stations) bool { return s.Servers > 1 }) {
		parts = append(parts, "x2: the station has two servers.")
	}
	return strings.Join(parts, " ")
}

// sources returns what each source really offered, or nil without sources.
func sources(r *result.Report) *grid {
	if len(r.Sources) == 0 {
		return nil
	}
	g, cells := tabulate(r.Sources, []column[result.Source]{
		{"offered", "Gbps", 3, func(s *result.Source) float64 { return s.OfferedGbps }},
		{"of each link", "%", 2, func(s *result.Source) float64 { return 100 * s.LinkLoad }},
		{"asked for", "%", 2, func(s *result.Source) float64 { return 100 * s.Wanted }},
		{"packets", "packets", 0, func(s *result.Source) float64 { return float64(s.Packets) }},
		{"waited for wire", "packets", 0, func(s *result.Source) float64 { return float64(s.Spaced) }},
	})
	for i := range r.Sources {
		g.rows = append(g.rows, row{label: partName(r.Sources[i].Class, r.Sources[i].Direction), cells: cells(&r.Sources[i])})
	}
	g.legend = "Of each link: with 20 B of preamble and gap for each frame, which Gbps leave out. Waited for wire: due while the sender's line was busy, and sent when it was free."
	return g
}
