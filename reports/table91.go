package reports

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/dsnsim/dsnsim/internal/spell"
	"github.com/dsnsim/dsnsim/reports/layout"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// table91 returns the chapter's table of a report, or nil where there is none.
func table91(r *result.Report) *layout.Grid {
	if r.Table91 == nil {
		return nil
	}
	g := &layout.Grid{Heads: r.Table91.Placements, Whole: true,
		Legend: "Each cell is computed: dsnsim compare FILE --why PROPERTY/PLACEMENT prints from what, docs/table-9-1.md has the rules."}
	for _, p := range r.Table91.Properties {
		line := layout.Row{Label: p.Name}
		for _, c := range p.Cells {
			line.Cells = append(line.Cells, layout.Cell{Text: c.Value, Words: true})
		}
		g.Rows = append(g.Rows, line)
	}
	return g
}

// Question asks for the evidence of cells of Table 9-1: of one placement, or of all.
type Question struct {
	Property  string // a key
	Placement string // "" for all
}

// ParseQuestion reads PROPERTY or PROPERTY/PLACEMENT, given the keys and placements that there are. A hyphen in a key
// is as good as an underscore. The error names the nearest that is known.
func ParseQuestion(text string, keys, placements []string) (q Question, err error) {
	property, place, some := strings.Cut(text, "/")
	q = Question{strings.ReplaceAll(strings.TrimSpace(property), "-", "_"), strings.TrimSpace(place)}
	if err := oneOf("property", q.Property, keys); err != nil {
		return q, err
	}
	if some {
		return q, oneOf("placement", q.Placement, placements)
	}
	return q, nil
}

func oneOf(what, word string, known []string) error {
	for _, k := range known {
		if k == word {
			return nil
		}
	}
	return fmt.Errorf("%s %q is not in the table%s", what, word, spell.DidYouMean(word, known))
}

// WriteWhy writes from what the cells of a question follow, with a single call of w.Write. It fails where the report has no
// such cell.
func WriteWhy(w io.Writer, r *result.Report, q Question, opt Options) error {
	var d layout.Document
	if r.Table91 != nil {
		for _, name := range r.Table91.Placements {
			c, known := r.Table91.Cell(q.Property, name)
			if !known || q.Placement != "" && q.Placement != name {
				continue
			}
			b := layout.Block{Title: fmt.Sprintf("%s/%s: %s", q.Property, name, c.Value)}
			for _, e := range c.Evidence {
				b.Items = append(b.Items, result.Item{Text: e})
			}
			d.Blocks = append(d.Blocks, b)
		}
	}
	if len(d.Blocks) == 0 {
		return fmt.Errorf("the report has no cell %s/%s", q.Property, q.Placement)
	}
	d.Footer = footer(r)
	var out bytes.Buffer
	if err := writeDocument(&out, &d, opt); err != nil {
		return err
	}
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
