package reports

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/internal/figure"
	"github.com/dsnsim/dsnsim/internal/spell"
	"github.com/dsnsim/dsnsim/reports/layout"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// DiffNames returns the names of the formats that WriteDiff knows, in a fixed order.
func DiffNames() []string { return []string{"table", "markdown", "json"} }

// WriteDiff writes what changed, in one of the formats of DiffNames, with a single call of w.Write.
func WriteDiff(w io.Writer, name string, d *result.Diff, opt Options) error {
	var out bytes.Buffer
	var err error
	switch name {
	case "table":
		err = writeDocument(&out, diffDocument(d), opt)
	case "markdown":
		layout.Markdown(&out, diffDocument(d))
	case "json":
		err = writeIndented(&out, d)
	default:
		return fmt.Errorf("report format %q is not known%s", name, spell.DidYouMean(name, DiffNames()))
	}
	if err != nil {
		return fmt.Errorf("report as %s: %w", name, err)
	}
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func diffDocument(d *result.Diff) *layout.Document {
	doc := &layout.Document{Footer: []string{DiffTotal(d)}}
	doc.Add("Regressions", changeGrid(d.Regressions))
	doc.Add("Improvements", changeGrid(d.Improvements))
	doc.Add("Changes of what is neither better nor worse", changeGrid(d.Changes))
	doc.Add("Only in "+d.Old, nil, figureItems(d.Missing)...)
	doc.Add("Only in "+d.New, nil, figureItems(d.Added)...)
	var list []result.Item
	for _, n := range d.Notes {
		list = append(list, result.Item{Text: n})
	}
	doc.Add("Notes", nil, list...)
	return doc
}

// DiffTotal counts what changed: "old.json -> new.json: 1 regression, 2 improvements; 400 figures compared".
func DiffTotal(d *result.Diff) string {
	parts := []string{figure.Counted(len(d.Regressions), "regression"), figure.Counted(len(d.Improvements), "improvement"), figure.Counted(len(d.Changes), "other change")}
	text := fmt.Sprintf("%s -> %s: %s; %s compared", d.Old, d.New, strings.Join(parts, ", "), figure.Counted(d.Compared, "figure"))
	if n := len(d.Missing) + len(d.Added); n > 0 {
		text += fmt.Sprintf(", %d not, since only one side has them", n)
	}
	if d.Nothing != "" {
		text += "; it fails: " + d.Nothing
	}
	return text
}

// changeGrid lists changes below the scenarios that they are of; nil where there are none.
func changeGrid(list []result.Change) *layout.Grid {
	if len(list) == 0 {
		return nil
	}
	g := &layout.Grid{Heads: []string{"old", "new", "change"}}
	for i, c := range list {
		if i == 0 || list[i-1].Scenario != c.Scenario {
			g.Rows = append(g.Rows, layout.Row{Label: c.Scenario})
		}
		was, is, change := changeTexts(c)
		g.Rows = append(g.Rows, layout.Row{Label: c.Name(), Indent: 2, Cells: []layout.Cell{{Text: was, Words: c.From != ""}, {Text: is, Words: c.To != ""}, {Text: change}}})
	}
	return g
}

// changeTexts writes the old and the new value in one unit, and by how much they differ.
func changeTexts(c result.Change) (was, is, change string) {
	if c.From != "" || c.To != "" {
		return c.From, c.To, ""
	}
	texts := quantities(c.Unit, []float64{c.Old, c.New})
	return texts[0], texts[1], shareText(c)
}

// shareText writes a change in per cent, with as many digits as tell it from none.
func shareText(c result.Change) string {
	switch {
	case c.Share == nil && c.New > c.Old:
		return "from 0"
	case c.Share == nil:
		return "below 0"
	case math.Abs(*c.Share) >= 10:
		return fmt.Sprintf("x%.3g", 1+*c.Share)
	}
	percent := *c.Share * 100
	decimals := 1
	for decimals < 6 && math.Abs(percent) < 5*math.Pow10(-decimals) {
		decimals++
	}
	return fmt.Sprintf("%+.*f%%", decimals, percent)
}

// ChangeText writes a change in one line: "nic.latency.p99: 3.973 us -> 4.512 us (+13.6%)".
func ChangeText(c result.Change) string {
	was, is, change := changeTexts(c)
	text := fmt.Sprintf("%s: %s -> %s", c.Name(), was, is)
	if change != "" {
		text += " (" + change + ")"
	}
	return text
}

// figureItems lists rows by scenario, each with the metrics that are concerned, or whole.
func figureItems(list []result.Figure) []result.Item {
	var items []result.Item
	for i := 0; i < len(list); {
		f := list[i]
		end := i
		var metrics []string
		for end < len(list) && sameRow(list[end], f) && (list[end].Metric == "") == (f.Metric == "") {
			if list[end].Metric != "" {
				metrics = append(metrics, list[end].Metric)
			}
			end++
		}
		f.Metric = ""
		text := f.Scenario + ": " + f.Name()
		switch n := len(metrics); {
		case n > mostListed:
			text += ": " + strings.Join(metrics[:mostListed], ", ") + " and " + strconv.Itoa(n-mostListed) + " more"
		case n > 0:
			text += ": " + strings.Join(metrics, ", ")
		}
		items = append(items, result.Item{Text: text})
		i = end
	}
	return items
}

// mostListed is how many metrics of a row are named.
const mostListed = 6

func sameRow(a, b result.Figure) bool {
	a.Metric, b.Metric = "", ""
	return a == b
}

// baseline is what changed against the baseline, in the report on a scenario.
func baseline(r *result.Report) []layout.Block {
	if r.Baseline == nil {
		return nil
	}
	blocks := diffDocument(r.Baseline).Blocks
	return append([]layout.Block{{Title: "Against the baseline", Items: []result.Item{{Text: DiffTotal(r.Baseline), Bad: len(r.Baseline.Regressions) > 0 || r.Baseline.Nothing != ""}}}}, blocks...)
}
