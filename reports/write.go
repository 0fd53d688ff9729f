package reports

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/dsnsim/dsnsim/internal/plain"
	"github.com/dsnsim/dsnsim/internal/spell"
	"github.com/dsnsim/dsnsim/reports/layout"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// DocumentNames returns the formats of WriteDocument, in a fixed order; csv says that the document has one.
func DocumentNames(csv bool) []string {
	if csv {
		return []string{"table", "csv", "json", "markdown"}
	}
	return []string{"table", "json", "markdown"}
}

// WriteDocument writes a document in one of the formats of DocumentNames, with a single call of w.Write.
func WriteDocument(w io.Writer, format string, d *result.Document, opt Options) error {
	var out bytes.Buffer
	var err error
	switch {
	case format == "table":
		err = writeDocument(&out, arranged(d), opt)
	case format == "csv" && d.CSV != nil:
		err = sectionCSV(&out, d.CSV)
	case format == "json":
		err = writeIndented(&out, d.JSON)
	case format == "markdown":
		layout.Markdown(&out, arranged(d))
	default:
		return fmt.Errorf("format %q of %s is not known%s", format, d.What, spell.DidYouMean(format, DocumentNames(d.CSV != nil)))
	}
	if err != nil {
		return fmt.Errorf("%s as %s: %w", d.What, format, err)
	}
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("write %s: %w", d.What, err)
	}
	return nil
}

// writeIndented writes a value as JSON for people and programs; "a < b" stays readable.
func writeIndented(out *bytes.Buffer, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// arranged lays the sections of a document out.
func arranged(d *result.Document) *layout.Document {
	doc := &layout.Document{Footer: d.Footer}
	for i := range d.Sections {
		doc.Blocks = append(doc.Blocks, layout.BlockOf(&d.Sections[i]))
	}
	return doc
}

// sectionCSV writes a header of keys, and the rows below it; what has no value is empty.
func sectionCSV(out *bytes.Buffer, s *result.Section) error {
	w := csv.NewWriter(out)
	var line []string
	for _, c := range s.Columns {
		line = append(line, c.Key)
	}
	_ = w.Write(line) // w.Error tells
	for _, r := range s.Rows {
		line = line[:0]
		for _, v := range r.Values {
			line = append(line, fieldOf(v))
		}
		_ = w.Write(line)
	}
	w.Flush()
	return w.Error()
}

func fieldOf(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(x, 'g', -1, 64)
	case string:
		return plain.Cell(x)
	}
	return fmt.Sprint(v)
}

// writeDocument writes a document for a terminal.
func writeDocument(out *bytes.Buffer, d *layout.Document, opt Options) error {
	return layout.Table(out, d, opt.Width, opt.Color)
}

// writeTable writes the report for a person at a terminal: no line is longer than the width.
func writeTable(out *bytes.Buffer, r *result.Report, opt Options) error {
	return writeDocument(out, newDocument(r, opt.Wide), opt)
}

// writeMarkdown writes the same document as the table, for a pull request or a page; the best values are bold.
func writeMarkdown(out *bytes.Buffer, r *result.Report, opt Options) error {
	layout.Markdown(out, newDocument(r, opt.Wide))
	return nil
}
