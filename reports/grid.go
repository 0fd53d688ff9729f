package reports

import (
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/internal/plain"
)

// document is a report for people, before it is laid out.
type document struct {
	blocks []block
	footer []string
}

// block is one part of a document: a table, a list, or both.
type block struct {
	title string
	grid  *grid
	items []item
}

// item is one entry of a list: text, and what it is about in front of it when term is not empty.
type item struct {
	term, text string
	bad        bool
}

// grid is a table: a column of labels and then one column for each head. A row without cells is the heading of those
// below it.
type grid struct {
	heads  []string
	rows   []row
	legend string
	// whole says that words of cells are not broken where a table with fewer columns has room for them.
	whole bool
}

type row struct {
	label  string
	indent int
	cells  []cell
}

// cell is one value. Only words may be broken over lines; numbers never are.
type cell struct {
	text string
	// half is the half-width of the 95% confidence interval with its sign, or "".
	half string
	best bool
	// open says that it cannot be told from the best.
	open  bool
	words bool
}

// openMark stands behind a value that cannot be told from the best.
const openMark = "~"

// absent stands for a value that was not measured.
const absent = "-"

// clean replaces what would disturb a terminal or a table: control characters.
func clean(s string) string {
	return plain.Line(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case r < ' ' || r >= 0x7f && r < 0xa0:
			return '?'
		}
		return r
	}, s))
}

// any reports whether some cell is as asked.
func (g *grid) any(is func(cell) bool) bool {
	for _, r := range g.rows {
		if slices.ContainsFunc(r.cells, is) {
			return true
		}
	}
	return false
}
