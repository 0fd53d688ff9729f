package reports

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/reports/layout"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// placed is a section of one placement.
type placed struct {
	placement int
	*result.Section
}

// sections returns the tables of the placements' parts. One that shows a single column has the placements side by side, and else they stand
// below each other.
func (t *results) sections(wide bool) []layout.Block {
	var names []string
	byName := map[string][]placed{}
	for i, r := range t.of(result.All, result.All) {
		if r == nil {
			continue
		}
		for k := range r.Sections {
			s := &r.Sections[k]
			if byName[s.Name] == nil {
				names = append(names, s.Name)
			}
			byName[s.Name] = append(byName[s.Name], placed{i, s})
		}
	}
	var blocks []layout.Block
	for _, name := range names {
		list := byName[name]
		g := &layout.Grid{Heads: t.placements}
		if shown := layout.ShownColumns(list[0].Columns); len(shown) == 1 {
			g.Rows = sideBySide(list, shown[0], len(t.placements))
		} else {
			g = t.stacked(list, wide)
		}
		if g.Legend = list[0].Legend; len(g.Rows) > 0 {
			blocks = append(blocks, layout.Block{Title: list[0].Title, Grid: g, Items: t.together(list)})
		}
	}
	return blocks
}

// together lists what is said of the placements, what is bad first. What is said of several is said once, and what is said of all stands without
// their names.
func (t *results) together(list []placed) []result.Item {
	type said struct {
		result.Item
		by []string
	}
	var all []said
	for _, p := range list {
		for _, it := range p.Items {
			i := slices.IndexFunc(all, func(s said) bool { return s.Item == it })
			if i < 0 {
				i, all = len(all), append(all, said{Item: it})
			}
			all[i].by = append(all[i].by, t.placements[p.placement])
		}
	}
	slices.SortStableFunc(all, func(a, b said) int {
		switch {
		case a.Bad == b.Bad:
			return 0
		case a.Bad:
			return -1
		}
		return 1
	})
	var items []result.Item
	for _, s := range all {
		term := s.Term
		if len(s.by) < len(list) {
			term = strings.TrimSpace(strings.Join(s.by, ", ") + " " + term)
		}
		items = append(items, result.Item{Term: term, Text: s.Text, Bad: s.Bad})
	}
	return items
}

// sideBySide has a column for each placement, and a row for what any of them has.
func sideBySide(list []placed, column, placements int) []layout.Row {
	type entry struct {
		label  string
		rank   int
		values []any // by placement; nil for a heading
	}
	var entries []entry
	put := func(label string, rank, placement int, heading bool, v any) {
		i := slices.IndexFunc(entries, func(e entry) bool { return e.label == label && e.rank == rank })
		if i < 0 {
			i, entries = len(entries), append(entries, entry{label: label, rank: rank})
		}
		if heading {
			return
		}
		if entries[i].values == nil {
			entries[i].values = make([]any, placements)
		}
		entries[i].values[placement] = v
	}
	ranks := 0
	for _, p := range list {
		for _, r := range p.Rows {
			if r.Values == nil {
				put(r.Label, r.Rank, p.placement, true, nil)
			} else {
				put(r.Label, r.Rank, p.placement, false, r.Values[column])
			}
			ranks = max(ranks, r.Rank)
		}
	}
	for _, p := range list {
		for i, f := range p.Facts {
			if f.Label != "" {
				put(f.Label, ranks+1+i, p.placement, false, f.Value)
			}
		}
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return cmp.Compare(a.rank, b.rank) })
	var all [][]any
	for _, e := range entries {
		all = append(all, e.values)
	}
	s := layout.ScaleOf(&list[0].Columns[column], slices.Concat(all...), nil)
	var rows []layout.Row
	indent := 0
	for _, e := range entries {
		if e.values == nil {
			rows, indent = append(rows, layout.Row{Label: e.label}), 2
			continue
		}
		r := layout.Row{Label: e.label, Indent: indent}
		for _, v := range e.values {
			r.Cells = append(r.Cells, layout.CellOf(v, s, &list[0].Columns[column]))
		}
		rows = append(rows, r)
	}
	return rows
}

// stacked has a heading for each placement, and below it its rows.
func (t *results) stacked(list []placed, wide bool) *layout.Grid {
	var rows []result.Row
	for _, p := range list {
		of := p.Rows
		if !wide {
			of = p.Brief()
		}
		if len(of) > 0 {
			rows = append(append(rows, result.Row{Label: t.placements[p.placement]}), of...)
		}
	}
	return layout.StackedTable(list[0].Columns, rows)
}
