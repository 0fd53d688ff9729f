package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// placed is a section of one placement.
type placed struct {
	placement int
	*result.Section
}

// sections returns the tables of the placements' parts. One that shows a single column has the placements side by side, and else they stand
// below each other.
func (t *results) sections(wide bool) []block {
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
	var blocks []block
	for _, name := range names {
		list := byName[name]
		g := &grid{heads: t.placements}
		if shown := shownColumns(list[0].Columns); len(shown) == 1 {
			g.rows = sideBySide(list, shown[0], len(t.placements))
		} else {
			g = t.stacked(list, wide)
		}
		if g.legend = list[0].Legend; len(g.rows) > 0 {
			blocks = append(blocks, block{list[0].Title, g, t.together(list)})
		}
	}
	return blocks
}

// together lists what is said of the placements, what is bad first. What is said of several is said once, and what is said of all stands without
// their names.
func (t *results) together(list []placed) []item {
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
	var items []item
	for _, s := range all {
		term := s.Term
		if len(s.by) < len(list) {
			term = strings.TrimSpace(strings.Join(s.by, ", ") + " " + term)
		}
		items = append(items, item{term, s.Text, s.Bad})
	}
	return items
}

func itemsOf(list []result.Item) []item {
	var items []item
	for _, it := range list {
		items = append(items, item{it.Term, it.Text, it.Bad})
	}
	return items
}

// shownColumns lists the places of the columns that people see.
func shownColumns(columns []result.Column) []int {
	var list []int
	for i := range columns {
		if columns[i].Head != "" {
			list = append(list, i)
		}
	}
	return list
}

// sideBySide has a column for each placement, and a row for what any of them has.
func sideBySide(list []placed, column, placements int) []row {
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
	s := scaleOf(&list[0].Columns[column], slices.Concat(all...), nil)
	var rows []row
	indent := 0
	for _, e := range entries {
		if e.values == nil {
			rows, indent = append(rows, row{label: e.label}), 2
			continue
		}
		r := row{label: e.label, indent: indent}
		for _, v := range e.values {
			r.cells = append(r.cells, cellOf(v, s, &list[0].Columns[column]))
		}
		rows = append(rows, r)
	}
	return rows
}

// stacked has a heading for each placement, and below it its rows.
func (t *results) stacked(list []placed, wide bool) *grid {
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
	return stackedTable(list[0].Columns, rows)
}

// stackedTable indents the rows below their headings.
func stackedTable(columns []result.Column, rows []result.Row) *grid {
	g := tableOf(columns, rows)
	for i := range g.rows {
		if g.rows[i].cells != nil {
			g.rows[i].indent = 2
		}
	}
	return g
}

// blockOf lays a section out that stands alone.
func blockOf(s *result.Section) block {
	b := block{title: s.Title, items: itemsOf(s.Items)}
	if len(s.Rows) == 0 {
		return b
	}
	columns, rows := s.Columns, s.Rows
	legend := s.Legend
	if s.Draw != nil && len(s.Rows) >= enoughToDraw {
		columns, rows = drawn(s)
		legend += " Drawn from the lowest of a curve to its highest."
	}
	b.grid = tableOf(columns, rows)
	b.grid.legend, b.grid.whole = legend, true
	return b
}

// enoughToDraw is how many rows make a curve. assumed
const enoughToDraw = 8

// drawn adds a column that draws the first column to be drawn as bars, from the lowest value of a curve to its highest. A curve begins at each
// label that is not that of the row above, where some row has none.
func drawn(s *result.Section) ([]result.Column, []result.Row) {
	y := slices.IndexFunc(s.Columns, func(c result.Column) bool { return c.Head == s.Draw.Y[0] })
	rows := slices.Clone(s.Rows)
	for from := 0; from < len(rows); {
		to := from + 1
		for to < len(rows) && rows[to].Label == "" {
			to++
		}
		values := make([]float64, 0, to-from)
		for _, r := range rows[from:to] {
			values = append(values, r.Values[y].(float64))
		}
		least, most := slices.Min(values), slices.Max(values)
		for k := range values {
			rows[from+k].Values = append(slices.Clone(rows[from+k].Values), bar(values[k], least, most))
		}
		from = to
	}
	return append(slices.Clone(s.Columns), result.Column{Head: s.Columns[y].Head + " drawn"}), rows
}

// bar draws a value between two others.
func bar(v, least, most float64) result.Verbatim {
	const width = 16
	n := 1
	if most > least {
		n += int((width-1)*(v-least)/(most-least) + 0.5)
	}
	return result.Verbatim(strings.Repeat("#", n) + strings.Repeat(".", width-n))
}

// tableOf lays rows out in the columns that are shown. Columns of one unit share a prefix, so that they can be compared too.
func tableOf(columns []result.Column, rows []result.Row) *grid {
	shown := shownColumns(columns)
	same := map[string][]float64{}
	values := make([][]any, len(columns))
	for _, i := range shown {
		for _, r := range rows {
			if r.Values != nil {
				values[i] = append(values[i], r.Values[i])
			}
		}
		same[columns[i].Unit] = append(same[columns[i].Unit], floats(values[i])...)
	}
	g := &grid{}
	scales := make([]scale, len(columns))
	for _, i := range shown {
		c := &columns[i]
		scales[i] = scaleOf(c, values[i], same[c.Unit])
		head := c.Head
		if unit := scales[i].unit; !c.Fixed && (unit != c.Unit || len(prefixes(c.Unit)) > 1) {
			head += ", " + unit
		}
		g.heads = append(g.heads, head)
	}
	for _, r := range rows {
		line := row{label: r.Label}
		if r.Values != nil {
			for _, i := range shown {
				line.cells = append(line.cells, cellOf(r.Values[i], scales[i], &columns[i]))
			}
		}
		g.rows = append(g.rows, line)
	}
	return g
}

// scaleOf chooses how the values of a column are shown: same are those of all columns with its unit.
func scaleOf(c *result.Column, values []any, same []float64) scale {
	p := prefix{c.Unit, 1}
	if !c.Fixed {
		p = choosePrefix(c.Unit, same)
	}
	if c.Digits != result.Telling {
		return scale{p, c.Decimals}
	}
	return newScale(p, floats(values), c.Decimals)
}

// floats are the numbers among values.
func floats(values []any) []float64 {
	var list []float64
	for _, v := range values {
		switch n := v.(type) {
		case float64:
			list = append(list, n)
		case int64:
			list = append(list, float64(n))
		}
	}
	return list
}

// cellOf writes a value of a column.
func cellOf(v any, s scale, c *result.Column) cell {
	switch n := v.(type) {
	case nil:
		return cell{text: absent}
	case result.Verbatim:
		return cell{text: string(n)}
	case float64:
		switch c.Digits {
		case result.Exact:
			return cell{text: s.plain(n)}
		case result.Short:
			return cell{text: trimmed(s, n)}
		}
		return cell{text: s.text(n)}
	case int64:
		return cell{text: s.text(float64(n))}
	}
	return cell{text: fmt.Sprint(v), words: true}
}

// trimmed writes a value with no more decimals than it has.
func trimmed(s scale, v float64) string {
	text := s.plain(v)
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	return text
}
