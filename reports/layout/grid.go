// Package layout lays tables and lists out: for a terminal of some width, and as Markdown. It knows sections, and nothing of what they are about.
package layout

import (
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/internal/plain"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// Document is a report for people, before it is laid out.
type Document struct {
	Blocks []Block
	Footer []string
}

// Add appends a block unless there is nothing in it.
func (d *Document) Add(title string, g *Grid, items ...result.Item) {
	if g != nil || len(items) > 0 {
		d.Blocks = append(d.Blocks, Block{title, g, items})
	}
}

// Block is one part of a document: a table, a list, or both.
type Block struct {
	Title string
	Grid  *Grid
	Items []result.Item
}

// Grid is a table: a column of labels and then one column for each head. A row without cells is the heading of those
// below it.
type Grid struct {
	Heads  []string
	Rows   []Row
	Legend string
	// Whole says that words of cells are not broken where a table with fewer columns has room for them.
	Whole bool
}

// Row is a line of a grid.
type Row struct {
	Label  string
	Indent int
	Cells  []Cell
}

// Cell is one value. Only words may be broken over lines; numbers never are.
type Cell struct {
	Text string
	// Half is the half-width of the 95% confidence interval with its sign, or "".
	Half string
	Best bool
	// Open says that it cannot be told from the best.
	Open  bool
	Words bool
}

// OpenMark stands behind a value that cannot be told from the best.
const OpenMark = "~"

// Absent stands for a value that was not measured.
const Absent = "-"

// Clean replaces what would disturb a terminal or a table: control characters.
func Clean(s string) string {
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

// Any reports whether some cell is as asked.
func (g *Grid) Any(is func(Cell) bool) bool {
	for _, r := range g.Rows {
		if slices.ContainsFunc(r.Cells, is) {
			return true
		}
	}
	return false
}
