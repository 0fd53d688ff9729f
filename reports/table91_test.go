package reports

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/golden"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// tabledReport is a report with Table 9-1, whose words are as long as they get.
func tabledReport() *result.Report {
	r := quickReport()
	r.Table91 = &result.Table91{Placements: []string{"software", "nic", "bump-in-the-wire", "tor", "appliance"}}
	for _, p := range []struct{ key, name, words string }{
		{"bare_metal", "Bare-metal", "Optimal support, independent of driver availability"},
		{"performance", "Performance", "Intermediate"},
		{"compromised", "Security compromised if server compromised", "No"},
	} {
		row := result.Property{Key: p.key, Name: p.name}
		for _, name := range r.Table91.Placements {
			row.Cells = append(row.Cells, result.Cell{Value: p.words, Evidence: []string{"of " + name, strings.Repeat("since it was measured ", 6)}})
		}
		r.Table91.Properties = append(r.Table91.Properties, row)
	}
	return r
}

// The table is the last thing in a report, and its words stay whole wherever that is possible.
func TestTable91(t *testing.T) {
	for _, c := range []struct {
		file, format string
		opt          Options
	}{{"table91.txt", "table", Options{}}, {"table91-120.txt", "table", Options{Width: 120}}, {"table91.md", "markdown", Options{}}} {
		full := render(t, c.format, tabledReport(), c.opt)
		require.True(t, strings.HasPrefix(full, before(t, render(t, c.format, quickReport(), c.opt))), c.file)
		_, own, found := strings.Cut(full, "Table 9-1, derived")
		require.True(t, found, c.file)
		golden.Equal(t, c.file, own)
	}
	for _, width := range []int{60, 80, 100, 120, 200} {
		full := render(t, "table", tabledReport(), Options{Width: width})
		for _, line := range strings.Split(full, "\n") {
			require.LessOrEqual(t, len([]rune(line)), width, line)
		}
		_, own, _ := strings.Cut(full, "Table 9-1, derived")
		for _, word := range []string{"independent", "availability", "Intermediate", "compromised"} {
			assert.Contains(t, own, word, width)
		}
	}
}

// before returns a report without its footer.
func before(t testing.TB, text string) string {
	t.Helper()
	at := strings.LastIndex(text, "dsnsim 0.1.0")
	require.Positive(t, at)
	return text[:at]
}

// A report without the table is as it was, in each format; in JSON the key is absent.
func TestNoTable91(t *testing.T) {
	assert.NotContains(t, render(t, "table", quickReport(), Options{}), "Table 9-1")
	assert.NotContains(t, render(t, "json", quickReport(), Options{}), "table91")
	assert.Equal(t, render(t, "csv", quickReport(), Options{}), render(t, "csv", tabledReport(), Options{}), "CSV keeps its contract")
}

func TestTable91AsJSON(t *testing.T) {
	var got struct {
		Table91 map[string]map[string]struct {
			Value    string
			Evidence []string
		} `json:"table91"`
	}
	require.NoError(t, json.Unmarshal([]byte(render(t, "json", tabledReport(), Options{})), &got))
	require.Len(t, got.Table91, 3)
	for _, row := range got.Table91 {
		require.Len(t, row, 5)
	}
	cell := got.Table91["performance"]["bump-in-the-wire"]
	assert.Equal(t, "Intermediate", cell.Value)
	assert.Equal(t, "of bump-in-the-wire", cell.Evidence[0])
}

func TestQuestions(t *testing.T) {
	keys, placements := []string{"performance", "bare_metal"}, []string{"nic", "tor"}
	for text, want := range map[string]Question{"performance": {"performance", ""}, "performance/tor": {"performance", "tor"},
		"bare-metal/nic": {"bare_metal", "nic"}, " bare_metal / nic ": {"bare_metal", "nic"}} {
		got, err := ParseQuestion(text, keys, placements)
		require.NoError(t, err, text)
		assert.Equal(t, want, got)
	}
	for text, want := range map[string]string{
		"performence/tor":   `property "performence" is not in the table; did you mean "performance"? (valid: performance, bare_metal)`,
		"performance/tr":    `placement "tr" is not in the table; did you mean "tor"? (valid: nic, tor)`,
		"":                  `property "" is not in the table (valid: performance, bare_metal)`,
		"performance/":      `placement "" is not in the table (valid: nic, tor)`,
		"performance/nic/x": `placement "nic/x" is not in the table; did you mean "nic"? (valid: nic, tor)`,
	} {
		_, err := ParseQuestion(text, keys, placements)
		assert.EqualError(t, err, want, text)
	}
}

func TestWriteWhy(t *testing.T) {
	why := func(q Question) string {
		var out strings.Builder
		require.NoError(t, WriteWhy(&out, tabledReport(), q, Options{}))
		return out.String()
	}
	golden.Equal(t, "why.txt", why(Question{"performance", "tor"}))
	all := why(Question{"performance", ""})
	assert.Equal(t, 5, strings.Count(all, "performance/"))
	assert.Contains(t, all, "performance/bump-in-the-wire: Intermediate\n  of bump-in-the-wire\n")
	for _, q := range []Question{{"performance", "rack"}, {"colour", ""}} {
		require.Error(t, WriteWhy(&strings.Builder{}, tabledReport(), q, Options{}))
	}
	require.Error(t, WriteWhy(&strings.Builder{}, quickReport(), Question{"performance", "tor"}, Options{}))
	require.ErrorContains(t, WriteWhy(full{}, tabledReport(), Question{"performance", "tor"}, Options{}), "no room")
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no room") }
