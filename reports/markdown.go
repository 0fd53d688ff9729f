package reports

import (
	"bytes"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// escapes makes any text stand literally in a table cell or a list of Markdown.
var escapes = strings.NewReplacer(`\`, `\\`, "|", `\|`, "`", "\\`", "*", `\*`, "_", `\_`, "<", `\<`, ">", `\>`, "~", `\~`, "[", `\[`, "#", `\#`, "&", `\&`)

func escape(s string) string { return escapes.Replace(clean(s)) }

// writeMarkdown writes the same document as the table, for a pull request or a page; the best values are bold.
func writeMarkdown(out *bytes.Buffer, r *result.Report, opt Options) error {
	markdownDocument(out, newDocument(r, opt.Wide))
	return nil
}

func markdownDocument(out *bytes.Buffer, d *document) {
	for _, b := range d.blocks {
		if b.title != "" {
			out.WriteString("## " + escape(b.title) + "\n\n")
		}
		if b.grid != nil {
			markdownGrid(out, b.grid)
		}
		for _, it := range b.items {
			term := ""
			if it.term != "" {
				term = "**" + escape(it.term) + "** "
			}
			out.WriteString("- " + term + escape(it.text) + "\n")
		}
		if len(b.items) > 0 {
			out.WriteByte('\n')
		}
	}
	out.WriteString(escape(strings.Join(d.footer, ", ")) + "\n")
}

func markdownGrid(out *bytes.Buffer, g *grid) {
	out.WriteString("| |")
	for _, h := range g.heads {
		out.WriteString(" " + escape(h) + " |")
	}
	out.WriteString("\n|:--|" + strings.Repeat("--:|", len(g.heads)) + "\n")
	for _, r := range g.rows {
		out.WriteString("| " + strings.Repeat("&nbsp;", r.indent) + markdownLabel(r) + " |")
		for i := range g.heads {
			out.WriteString(" " + markdownCell(r, i) + " |")
		}
		out.WriteByte('\n')
	}
	out.WriteByte('\n')
	if g.legend != "" {
		out.WriteString(escape(strings.ReplaceAll(g.legend, "* best", "Bold: best")) + "\n\n")
	}
}

// markdownLabel writes a label; that of a heading is bold.
func markdownLabel(r row) string {
	if r.cells == nil {
		return "**" + escape(r.label) + "**"
	}
	return escape(r.label)
}

func markdownCell(r row, i int) string {
	if r.cells == nil {
		return ""
	}
	c := r.cells[i]
	text := c.text
	if c.open {
		text += openMark
	}
	text = escape(strings.TrimSpace(text + " " + c.half))
	if c.best {
		return "**" + text + "**"
	}
	return text
}
