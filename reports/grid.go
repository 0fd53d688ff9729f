package reports

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// grid is a table of text: a header, rows, the first column to the left and the others to the right.
type grid struct {
	header []string
	rows   [][]string
}

func (g *grid) add(cells ...string) { g.rows = append(g.rows, cells) }

// write prints the grid within width columns. Columns that do not fit are stacked: the grid is printed again for them,
// with the first column repeated.
func (g *grid) write(w io.Writer, width int) error {
	for start := 1; start < len(g.header); {
		end := g.fit(start, width)
		if err := g.block(w, start, end); err != nil {
			return err
		}
		start = end
	}
	return nil
}

// fit returns the column after the last that fits together with the first column and those from start.
func (g *grid) fit(start, width int) int {
	used := g.columnWidth(0) + 2
	end := start
	for ; end < len(g.header); end++ {
		used += g.columnWidth(end) + 3
		if used > width && end > start {
			break
		}
	}
	return end
}

// columnWidth is the widest line of any cell of a column.
func (g *grid) columnWidth(c int) int {
	n := cellWidth(g.header[c])
	for _, row := range g.rows {
		n = max(n, cellWidth(row[c]))
	}
	return n
}

func cellWidth(cell string) int {
	n := 0
	for line := range strings.Lines(cell) {
		n = max(n, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")))
	}
	return n
}

// fold breaks a long name over lines of a cell, behind the hyphens and dots that it has anyway.
func fold(name string, width int) string {
	var lines []string
	line := ""
	for _, part := range strings.Split(strings.NewReplacer("-", "-\x00", ".", ".\x00").Replace(name), "\x00") {
		if line != "" && len(line)+len(part) > width {
			lines = append(lines, line)
			line = ""
		}
		line += part
	}
	return strings.Join(append(lines, line), "\n")
}

// block prints the first column and those from start to end.
func (g *grid) block(w io.Writer, start, end int) error {
	pick := func(cells []string) []string {
		return append([]string{cells[0]}, cells[start:end]...)
	}
	align := tw.Alignment{tw.AlignLeft}
	for range end - start {
		align = append(align, tw.AlignRight)
	}
	table := tablewriter.NewTable(w,
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithTrimSpace(tw.Off),
		tablewriter.WithEastAsian(tw.Off),
		tablewriter.WithAlignment(align),
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Symbols:  tw.NewSymbols(tw.StyleASCII),
			Borders:  tw.Border{Left: tw.Off, Right: tw.Off, Top: tw.Off, Bottom: tw.Off},
			Settings: tw.Settings{Separators: tw.Separators{BetweenColumns: tw.Off}},
		})))
	table.Header(pick(g.header))
	for _, row := range g.rows {
		if err := table.Append(pick(row)); err != nil {
			return err
		}
	}
	if err := table.Render(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}

// wrap prints text in lines of at most width columns, those after the first indented. A word longer than a line is cut.
func wrap(w io.Writer, text string, width int, indent string) error {
	line := ""
	var lines []string
	for _, word := range strings.Fields(text) {
		for {
			room := width - utf8.RuneCountInString(indent)
			if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > room {
				lines = append(lines, line)
				line = ""
			}
			if utf8.RuneCountInString(word) <= room || line != "" {
				break
			}
			cut := []rune(word)
			lines = append(lines, string(cut[:room]))
			word = string(cut[room:])
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	lines = append(lines, line)
	for i, l := range lines {
		if i > 0 {
			l = indent + l
		}
		if _, err := fmt.Fprintln(w, l); err != nil {
			return err
		}
	}
	return nil
}
