package reports

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/golden"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

type unwritable struct{ err error }

func (f unwritable) Write([]byte) (int, error) { return 0, f.err }

// harvest is a document of nothing that the simulator knows.
func harvest() *result.Document {
	d := result.NewDocument("a harvest", result.Tool{Version: "1.2.3"}, result.Scenario{Name: "orchard", Seed: 7, SHA256: strings.Repeat("ab", 32)}, false)
	s := result.Section{Name: "weight", Title: "Weight by age", Legend: "By tree.", Draw: &result.Draw{X: "age", Y: []string{"weight"}}, Items: []result.Item{{Term: "2 trees", Text: "are old", Bad: true}},
		Columns: []result.Column{{Head: "age", Unit: "ratio", Decimals: 2, Digits: result.Short}, {Head: "weight", Unit: "kg", Decimals: 3, Digits: result.Exact},
			{Head: "waits", Unit: "ns", Decimals: 2}, {Head: "W", Unit: "W", Fixed: true, Decimals: 1}, {Head: "share"}, {Head: "owner"}}}
	for i := range 10 {
		label := ""
		if i%5 == 0 {
			label = "tree"
		}
		v := float64(i % 5)
		s.Rows = append(s.Rows, result.Row{Label: label, Values: []any{v / 8, v * v, 1000 * v, 0.25 * v, result.Verbatim("1 of 2"), "a farmer"}})
	}
	s.Rows[3].Values[3] = nil
	d.Add(s)
	d.Add(result.Section{Name: "nothing", Title: "Nothing"})
	d.AddNotes([]string{"the weather was good"})
	d.CSV = result.NewTable("tree", "kind", "kg", "n", "ripe")
	d.CSV.AddRow("1", "apple, red", 1.5, int64(3), true)
	d.CSV.AddRow("=2", "pear")
	d.JSON = map[string]any{"trees": 2, "text": "a < b"}
	return d
}

// Every format writes a document, whatever it is about.
func TestDocumentsGolden(t *testing.T) {
	for format, file := range map[string]string{"table": "document.txt", "markdown": "document.md", "csv": "document.csv", "json": "document.json"} {
		var out strings.Builder
		require.NoError(t, WriteDocument(&out, format, harvest(), Options{}))
		golden.Equal(t, file, out.String())
	}
}

func TestDocumentFormats(t *testing.T) {
	d := harvest()
	err := WriteDocument(&strings.Builder{}, "jsn", d, Options{})
	require.EqualError(t, err, `format "jsn" of a harvest is not known; did you mean "json"? (valid: table, csv, json, markdown)`)
	full := errors.New("disk full")
	for _, f := range DocumentNames(true) {
		require.ErrorIs(t, WriteDocument(unwritable{full}, f, d, Options{}), full)
	}
	d.CSV = nil
	require.EqualError(t, WriteDocument(&strings.Builder{}, "csv", d, Options{}), `format "csv" of a harvest is not known (valid: table, json, markdown)`)
}
