package layout

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// ShownColumns lists the places of the columns that people see.
func ShownColumns(columns []result.Column) []int {
	var list []int
	for i := range columns {
		if columns[i].Head != "" {
			list = append(list, i)
		}
	}
	return list
}

// StackedTable indents the rows below their headings.
func StackedTable(columns []result.Column, rows []result.Row) *Grid {
	g := tableOf(columns, rows)
	for i := range g.Rows {
		if g.Rows[i].Cells != nil {
			g.Rows[i].Indent = 2
		}
	}
	return g
}

// BlockOf lays a section out that stands alone.
func BlockOf(s *result.Section) Block {
	b := Block{Title: s.Title, Items: s.Items}
	if len(s.Rows) == 0 {
		return b
	}
	columns, rows := s.Columns, s.Rows
	legend := s.Legend
	if y := drawable(s); y >= 0 {
		columns, rows = drawn(s, y)
		legend = strings.TrimSpace(legend + " Drawn from the lowest of a curve to its highest.")
	}
	b.Grid = tableOf(columns, rows)
	b.Grid.Legend, b.Grid.Whole = legend, true
	return b
}

// enoughToDraw is how many rows make a curve. assumed
const enoughToDraw = 8

// continues reports whether a row belongs to the curve of the row above: it has no label of its own.
func continues(r result.Row) bool { return r.Label == "" }

// drawable returns the column that is drawn as bars, -1 where the rows are no curves.
func drawable(s *result.Section) int {
	if s.Draw == nil || len(s.Draw.Y) == 0 || len(s.Rows) < enoughToDraw || !slices.ContainsFunc(s.Rows, continues) {
		return -1
	}
	return slices.IndexFunc(s.Columns, func(c result.Column) bool { return c.Head == s.Draw.Y[0] })
}

// drawn adds a column of bars, from the lowest value of a curve to its highest. A curve begins at each label, and goes on with the rows that
// have none.
func drawn(s *result.Section, y int) ([]result.Column, []result.Row) {
	rows := slices.Clone(s.Rows)
	for from := 0; from < len(rows); {
		to := from + 1
		for to < len(rows) && continues(rows[to]) {
			to++
		}
		var values []float64
		for _, r := range rows[from:to] {
			if r.Values != nil {
				values = append(values, floats(r.Values[y:y+1])...)
			}
		}
		for k := from; k < to; k++ {
			if rows[k].Values == nil {
				continue // a heading
			}
			var b any
			if v, ok := result.Number(rows[k].Values[y]); ok {
				b = bar(v, slices.Min(values), slices.Max(values))
			}
			rows[k].Values = append(slices.Clone(rows[k].Values), b)
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
func tableOf(columns []result.Column, rows []result.Row) *Grid {
	shown := ShownColumns(columns)
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
	g := &Grid{}
	scales := make([]Scale, len(columns))
	for _, i := range shown {
		c := &columns[i]
		scales[i] = ScaleOf(c, values[i], same[c.Unit])
		head := c.Head
		if unit := scales[i].Unit; !c.Fixed && (unit != c.Unit || len(prefixes(c.Unit)) > 1) {
			head += ", " + unit
		}
		g.Heads = append(g.Heads, head)
	}
	for _, r := range rows {
		line := Row{Label: r.Label}
		if r.Values != nil {
			for _, i := range shown {
				line.Cells = append(line.Cells, CellOf(r.Values[i], scales[i], &columns[i]))
			}
		}
		g.Rows = append(g.Rows, line)
	}
	return g
}

// ScaleOf chooses how the values of a column are shown: same are those of all columns with its unit.
func ScaleOf(c *result.Column, values []any, same []float64) Scale {
	p := Prefix{c.Unit, 1}
	if !c.Fixed {
		p = choosePrefix(c.Unit, same)
	}
	if c.Digits != result.Telling {
		return Scale{p, c.Decimals}
	}
	return NewScale(p, floats(values), c.Decimals)
}

// floats are the numbers among values.
func floats(values []any) []float64 {
	var list []float64
	for _, v := range values {
		if n, ok := result.Number(v); ok {
			list = append(list, n)
		}
	}
	return list
}

// CellOf writes a value of a column.
func CellOf(v any, s Scale, c *result.Column) Cell {
	switch n := v.(type) {
	case nil:
		return Cell{Text: Absent}
	case result.Verbatim:
		return Cell{Text: string(n)}
	case float64:
		switch c.Digits {
		case result.Exact:
			return Cell{Text: s.plain(n)}
		case result.Short:
			return Cell{Text: trimmed(s, n)}
		}
		return Cell{Text: s.Text(n)}
	case int64:
		return Cell{Text: s.Text(float64(n))}
	}
	return Cell{Text: fmt.Sprint(v), Words: true}
}

// trimmed writes a value with no more decimals than it has.
func trimmed(s Scale, v float64) string {
	text := s.plain(v)
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	return text
}
