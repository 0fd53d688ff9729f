package reports

import (
	"bytes"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

const (
	defaultWidth = 80
	// leastWidth is what a label, a number and the space around them need.
	leastWidth = 40
)

// writeTable writes the report for a person at a terminal: no line is longer than the width.
func writeTable(out *bytes.Buffer, r *result.Report, opt Options) error {
	return writeDocument(out, newDocument(r, opt.Wide), opt)
}

// writeDocument writes a document for a terminal.
func writeDocument(out *bytes.Buffer, d *document, opt Options) error {
	t := tableWriter{out: out, width: opt.Width, color: opt.Color}
	if t.width == 0 {
		t.width = defaultWidth
	}
	t.width = max(t.width, leastWidth)
	for _, b := range d.blocks {
		if err := t.block(b); err != nil {
			return err
		}
	}
	for _, line := range d.footer {
		t.paragraph("", "", line)
	}
	return nil
}

type tableWriter struct {
	out   *bytes.Buffer
	width int
	color bool
}

func (t *tableWriter) block(b block) error {
	t.paragraph("", "", b.title)
	if b.grid != nil {
		for i, l := range b.grid.fit(t.width) {
			if i > 0 {
				t.out.WriteByte('\n')
			}
			if err := t.grid(b.grid, l); err != nil {
				return err
			}
		}
		t.paragraph("", "", b.grid.legend)
	}
	t.items(b.items)
	t.out.WriteByte('\n')
	return nil
}

// items writes a list: the terms in a column of their own, or on a line of their own where one of them is long.
func (t *tableWriter) items(items []item) {
	term := 0
	for _, it := range items {
		term = max(term, width(clean(it.term)))
	}
	for _, it := range items {
		words := clean(it.term)
		first, rest := "  ", "    "
		switch {
		case term > t.width/3:
			t.paragraph(first, rest, words)
			first = rest
		case term > 0:
			first += words + strings.Repeat(" ", term-width(words)+2)
			rest = strings.Repeat(" ", term+4)
		}
		if it.bad {
			first = t.bold(first)
		}
		t.paragraph(first, rest, it.text)
	}
}

// paragraph writes a text with one prefix before its first line and another before the rest; nothing for no text.
func (t *tableWriter) paragraph(first, rest, text string) {
	if text == "" {
		return
	}
	lines := wrap(text, t.width-max(width(first), width(rest)))
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
func (t *tableWriter) grid(g *grid, l layout) error {
	var drawn bytes.Buffer
	w := newTableWriter(&drawn, len(l.widths))
	head := []string{""}
	shapes := make([]numbers, len(l.widths))
	for i, most := range l.widths {
		shapes[i] = g.numbers(l.from + i)
		head = append(head, shapes[i].words(g.heads[l.from+i], l.inline, most))
	}
	w.Header(head)
	for _, r := range g.rows {
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
func label(r row, most int) string {
	indent := strings.Repeat(" ", r.indent)
	if width(clean(r.label)) <= most-r.indent {
		return indent + clean(r.label)
	}
	return indent + strings.Join(wrap(r.label, most-r.indent-2), "\n"+indent+"  ")
}

func (t *tableWriter) field(r row, l layout, n numbers, i, most int) string {
	if r.cells == nil {
		return ""
	}
	c := r.cells[l.from+i]
	if c.words {
		return n.words(c.text, l.inline, most)
	}
	lines := n.lines(c, l.inline)
	if c.best {
		lines[0] = t.bold(lines[0])
	}
	return strings.Join(lines, "\n")
}
