package layout

import (
	"bytes"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

const (
	// DefaultWidth is that of a terminal of which nothing is known.
	DefaultWidth = 80
	// LeastWidth is what a label, a number and the space around them need.
	LeastWidth = 40
)

// Table writes a document for a terminal.
func Table(out *bytes.Buffer, d *Document, most int, color bool) error {
	t := tableWriter{out: out, width: most, color: color}
	if t.width == 0 {
		t.width = DefaultWidth
	}
	t.width = max(t.width, LeastWidth)
	for _, b := range d.Blocks {
		if err := t.block(b); err != nil {
			return err
		}
	}
	for _, line := range d.Footer {
		t.paragraph("", "", line)
	}
	return nil
}

type tableWriter struct {
	out   *bytes.Buffer
	width int
	color bool
}

func (t *tableWriter) block(b Block) error {
	t.paragraph("", "", b.Title)
	if b.Grid != nil {
		for i, l := range b.Grid.fit(t.width) {
			if i > 0 {
				t.out.WriteByte('\n')
			}
			if err := t.grid(b.Grid, l); err != nil {
				return err
			}
		}
		t.paragraph("", "", b.Grid.Legend)
	}
	t.items(b.Items)
	t.out.WriteByte('\n')
	return nil
}

// items writes a list: the terms in a column of their own, or on a line of their own where one of them is long.
func (t *tableWriter) items(items []result.Item) {
	term := 0
	for _, it := range items {
		term = max(term, Width(Clean(it.Term)))
	}
	for _, it := range items {
		words := Clean(it.Term)
		first, rest := "  ", "    "
		switch {
		case term > t.width/3:
			t.paragraph(first, rest, words)
			first = rest
		case term > 0:
			first += words + strings.Repeat(" ", term-Width(words)+2)
			rest = strings.Repeat(" ", term+4)
		}
		if it.Bad {
			first = t.bold(first)
		}
		t.paragraph(first, rest, it.Text)
	}
}

// paragraph writes a text with one prefix before its first line and another before the rest; nothing for no text.
func (t *tableWriter) paragraph(first, rest, text string) {
	if text == "" {
		return
	}
	lines := wrap(text, t.width-max(Width(first), Width(rest)))
	for i, line := range lines {
		prefix := rest
		if i == 0 {
			prefix = first
		}
		t.out.WriteString(strings.TrimRight(prefix+line, " ") + "\n")
	}
}

func (t *tableWriter) bold(s string) string {
	if !t.color {
		return s
	}
	return "\x1b[1m" + s + "\x1b[0m"
}

// grid draws one table. Everything is broken into lines before, so that the library only aligns and draws.
func (t *tableWriter) grid(g *Grid, l layout) error {
	var drawn bytes.Buffer
	w := newTableWriter(&drawn, len(l.widths))
	head := []string{""}
	shapes := make([]numbers, len(l.widths))
	for i, most := range l.widths {
		shapes[i] = g.numbers(l.from + i)
		head = append(head, shapes[i].words(g.Heads[l.from+i], l.inline, most))
	}
	w.Header(head)
	for _, r := range g.Rows {
		fields := []string{label(r, l.label)}
		for i, most := range l.widths {
			fields = append(fields, t.field(r, l, shapes[i], i, most))
		}
		if err := w.Append(fields); err != nil {
			return err
		}
	}
	if err := w.Render(); err != nil {
		return err
	}
	for line := range strings.Lines(drawn.String()) {
		t.out.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return nil
}

func newTableWriter(out *bytes.Buffer, columns int) *tablewriter.Table {
	align := tw.Alignment{tw.AlignLeft}
	var pad []tw.Padding
	for range columns {
		align = append(align, tw.AlignRight)
		// The gap stands after a cell: the library cuts what is padded at the left and aligned to the right.
		pad = append(pad, tw.Padding{Right: strings.Repeat(" ", gap), Overwrite: true})
	}
	pad = append(pad, tw.PaddingNone)
	return tablewriter.NewTable(out,
		tablewriter.WithHeaderAutoFormat(tw.Off), // heads stay as they are written
		tablewriter.WithTrimSpace(tw.Off),        // indents and the places of absent marks stay
		tablewriter.WithEastAsian(tw.Off),        // widths must not depend on the locale
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithAlignment(align),
		tablewriter.WithHeaderPaddingPerColumn(pad),
		tablewriter.WithRowPaddingPerColumn(pad),
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Symbols: tw.NewSymbols(tw.StyleASCII),
			Borders: tw.BorderNone,
			Settings: tw.Settings{
				Separators: tw.Separators{BetweenColumns: tw.Off, BetweenRows: tw.Off},
				Lines:      tw.Lines{ShowHeaderLine: tw.On},
			},
		})))
}

// label indents a row's label, and what does not fit of it some more.
func label(r Row, most int) string {
	indent := strings.Repeat(" ", r.Indent)
	if Width(Clean(r.Label)) <= most-r.Indent {
		return indent + Clean(r.Label)
	}
	return indent + strings.Join(wrap(r.Label, most-r.Indent-2), "\n"+indent+"  ")
}

func (t *tableWriter) field(r Row, l layout, n numbers, i, most int) string {
	if r.Cells == nil {
		return ""
	}
	c := r.Cells[l.from+i]
	if c.Words {
		return n.words(c.Text, l.inline, most)
	}
	lines := n.lines(c, l.inline)
	if c.Best {
		lines[0] = t.bold(lines[0])
	}
	return strings.Join(lines, "\n")
}
