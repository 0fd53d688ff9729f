package layout

import (
	"bytes"
	"strings"
)

// escapes makes any text stand literally in a table cell or a list of Markdown.
var escapes = strings.NewReplacer(`\`, `\\`, "|", `\|`, "`", "\\`", "*", `\*`, "_", `\_`, "<", `\<`, ">", `\>`, "~", `\~`, "[", `\[`, "#", `\#`, "&", `\&`)

func Escape(s string) string { return escapes.Replace(Clean(s)) }

// Markdown writes a document as Markdown; the best values are bold.
func Markdown(out *bytes.Buffer, d *Document) {
	for _, b := range d.Blocks {
		if b.Title != "" {
			out.WriteString("## " + Escape(b.Title) + "\n\n")
		}
		if b.Grid != nil {
			markdownGrid(out, b.Grid)
		}
		for _, it := range b.Items {
			term := ""
			if it.Term != "" {
				term = "**" + Escape(it.Term) + "** "
			}
			out.WriteString("- " + term + Escape(it.Text) + "\n")
		}
		if len(b.Items) > 0 {
			out.WriteByte('\n')
		}
	}
	out.WriteString(Escape(strings.Join(d.Footer, ", ")) + "\n")
}

func markdownGrid(out *bytes.Buffer, g *Grid) {
	out.WriteString("| |")
	for _, h := range g.Heads {
		out.WriteString(" " + Escape(h) + " |")
	}
	out.WriteString("\n|:--|" + strings.Repeat("--:|", len(g.Heads)) + "\n")
	for _, r := range g.Rows {
		out.WriteString("| " + strings.Repeat("&nbsp;", r.Indent) + markdownLabel(r) + " |")
		for i := range g.Heads {
			out.WriteString(" " + markdownCell(r, i) + " |")
		}
		out.WriteByte('\n')
	}
	out.WriteByte('\n')
	if g.Legend != "" {
		out.WriteString(Escape(strings.ReplaceAll(g.Legend, "* best", "Bold: best")) + "\n\n")
	}
}

// markdownLabel writes a label; that of a heading is bold.
func markdownLabel(r Row) string {
	if r.Cells == nil {
		return "**" + Escape(r.Label) + "**"
	}
	return Escape(r.Label)
}

func markdownCell(r Row, i int) string {
	if r.Cells == nil {
		return ""
	}
	c := r.Cells[i]
	text := c.Text
	if c.Open {
		text += OpenMark
	}
	text = Escape(strings.TrimSpace(text + " " + c.Half))
	if c.Best {
		return "**" + text + "**"
	}
	return text
}
