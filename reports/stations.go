package reports

import (
	"cmp"
	"slices"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// busiest is how many stations of each placement are shown.
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

// stations returns the busiest stations of each placement, the busiest first; every station when wide.
func (t *results) stations(wide bool) *grid {
	all := t.of(result.All, result.All)
	shown := make([][]result.Station, len(all))
	for i, r := range all {
		if r == nil {
			continue
		}
		shown[i] = slices.Clone(r.Stations)
		slices.SortStableFunc(shown[i], func(a, b result.Station) int { return cmp.Compare(b.Utilization, a.Utilization) })
		if !wide {
			shown[i] = shown[i][:min(busiest, len(shown[i]))]
		}
	}
	every := slices.Concat(shown...)
	if len(every) == 0 {
		return nil
	}
	g, cells := tabulate(every, []column[result.Station]{
		{"servers", "servers", 0, func(s *result.Station) float64 { return float64(s.Servers) }},
		{"busy", "ratio", 1, func(s *result.Station) float64 { return s.Utilization }},
		{"service", "ns", 3, func(s *result.Station) float64 { return s.ServiceMeanNs }},
		{"wait", "ns", 3, func(s *result.Station) float64 { return s.WaitMeanNs }},
		{"max wait", "ns", 3, func(s *result.Station) float64 { return s.WaitMaxNs }},
		{"drops", "packets", 1, func(s *result.Station) float64 { return s.Drops }},
	})
	for i, list := range shown {
		if len(list) == 0 {
			continue
		}
		g.rows = append(g.rows, row{label: t.placements[i]})
		for k := range list {
			g.rows = append(g.rows, row{label: list[k].Name, indent: 2, cells: cells(&list[k])})
		}
	}
	return g
}

// sources returns what each source really offered, or nil without sources.
func sources(r *result.Report) *grid {
	if len(r.Sources) == 0 {
		return nil
	}
	g, cells := tabulate(r.Sources, []column[result.Source]{
		{"offered", "Gbps", 3, func(s *result.Source) float64 { return s.OfferedGbps }},
		{"packets", "packets", 0, func(s *result.Source) float64 { return float64(s.Packets) }},
		{"spaced to line rate", "packets", 0, func(s *result.Source) float64 { return float64(s.Spaced) }},
	})
	for i := range r.Sources {
		g.rows = append(g.rows, row{label: partName(r.Sources[i].Class, r.Sources[i].Direction), cells: cells(&r.Sources[i])})
	}
	return g
}
