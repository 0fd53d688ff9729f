package reports

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

func TestNames(t *testing.T) {
	assert.Equal(t, []string{"table", "csv", "json", "markdown", "junit"}, Names())
}

func TestUnknownFormat(t *testing.T) {
	var out strings.Builder
	err := Write(&out, "tabel", quickReport(), Options{})
	require.EqualError(t, err, `report format "tabel" is not known; did you mean "table"? (valid: table, csv, json, markdown, junit)`)
	assert.Empty(t, out.String())
}

// failing takes some bytes and then fails, as a full disk does.
type failing struct{ room int }

var errFull = errors.New("no space left on device")

func (f *failing) Write(b []byte) (int, error) {
	n := min(len(b), f.room)
	f.room -= n
	if n < len(b) {
		return n, errFull
	}
	return n, nil
}

func TestFailingWriter(t *testing.T) {
	for _, name := range Names() {
		for _, room := range []int{0, 1, 100, len(render(t, name, quickReport(), Options{})) - 1} {
			assert.ErrorIs(t, Write(&failing{room}, name, quickReport(), Options{}), errFull, name)
		}
		assert.NoError(t, Write(&failing{len(render(t, name, quickReport(), Options{}))}, name, quickReport(), Options{}))
	}
}

// What is no number must not reach a file: JSON cannot hold it, and a script would take it for one.
func TestNotFinite(t *testing.T) {
	spoils := map[string]func(*result.Report, float64){
		"software, class all, direction inbound: latency.p99 is": func(r *result.Report, v float64) { r.Results[1].Metrics["latency.p99"] = v },
		"software, class all, direction all: loss.ratio is":      func(r *result.Report, v float64) { r.Results[0].CI95["loss.ratio"] = v },
		"report.Results[0].Stations[0].WaitMeanNs is not":        func(r *result.Report, v float64) { r.Results[0].Stations[0].WaitMeanNs = v },
		"report.Sources[0].OfferedGbps is not":                   func(r *result.Report, v float64) { r.Sources[0].OfferedGbps = v },
		"report.Expectations[0].Value is not":                    func(r *result.Report, v float64) { r.Expectations[0].Value = v },
	}
	for want, spoil := range spoils {
		for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			for _, name := range Names() {
				r := quickReport()
				spoil(r, v)
				var out strings.Builder
				assert.ErrorContains(t, Write(&out, name, r, Options{}), want)
				assert.Empty(t, out.String())
			}
		}
	}
}

func TestMetricOutsideTheCatalogue(t *testing.T) {
	r := quickReport()
	r.Results[0].Metrics["latency.p95"] = 1
	assert.ErrorContains(t, Write(&strings.Builder{}, "csv", r, Options{}),
		`software, class all, direction all: metric "latency.p95" is not in the catalogue`)
}

func readCSV(t *testing.T, r *result.Report) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(render(t, "csv", r, Options{}))).ReadAll()
	require.NoError(t, err)
	return rows
}

func TestCSVColumnsAreFixed(t *testing.T) {
	header := readCSV(t, awkwardReport())[0]
	assert.Equal(t, []string{"scenario", "placement", "class", "direction", "status", "replications", "bottleneck", "offered_gbps"}, header[:8])
	assert.Equal(t, header, readCSV(t, quickReport())[0])
	assert.Equal(t, header, readCSV(t, refusedReport())[0])
	assert.Equal(t, [][]string{header}, readCSV(t, &result.Report{}))
	assert.Len(t, header, 7+2*len(stats.All())-1+2, "a state has no interval")
	for _, want := range []string{"latency_p99_ns", "latency_p99_ns_ci95", "loss_ratio", "throughput_mpps", "jitter_pdv_p99_ns", "host_cores"} {
		assert.Contains(t, header, want)
	}
	unique := slices.Clone(header)
	slices.Sort(unique)
	assert.Equal(t, len(header), len(slices.Compact(unique)), "a column stands twice")
}

// Every number of the report is in the CSV to the last bit, and nothing else is.
func TestCSVHoldsTheReport(t *testing.T) {
	for _, r := range []*result.Report{quickReport(), awkwardReport(), refusedReport(), forcedReport()} {
		rows := readCSV(t, r)
		require.Len(t, rows, 1+len(r.Results))
		for i, res := range r.Results {
			fields := map[string]string{}
			for c, name := range rows[0] {
				fields[name] = rows[i+1][c]
			}
			assert.Equal(t, []string{r.Scenario.Name, res.Placement, res.Class, res.Direction, res.Status}, rows[i+1][:5])
			assert.Equal(t, strings.Join(res.Reasons, "; "), fields["reasons"])
			assert.Equal(t, res.Forced, fields["forced"] == "true")
			assert.Equal(t, res.State, fields["state"])
			for _, m := range stats.All() {
				if m.Unit == stats.Word {
					continue
				}
				assertField(t, res.Metrics, m.Name, fields[stats.CSVColumn(m.Name)])
				assertField(t, res.CI95, m.Name, fields[stats.CSVColumn(m.Name)+"_ci95"])
			}
		}
	}
}

func assertField(t *testing.T, values map[string]float64, name, field string) {
	t.Helper()
	want, ok := values[name]
	if !ok {
		assert.Empty(t, field, name)
		return
	}
	got, err := strconv.ParseFloat(field, 64)
	require.NoError(t, err, name)
	assert.Equal(t, want, got, name)
}

func TestCSVQuotes(t *testing.T) {
	r := refusedReport()
	r.Scenario.Name = "a \"b\", c\nd"
	assert.Equal(t, r.Scenario.Name, readCSV(t, r)[1][0])
}

func TestJSONRoundTrip(t *testing.T) {
	for _, r := range []*result.Report{quickReport(), awkwardReport()} {
		text := render(t, "json", r, Options{})
		var back result.Report
		d := json.NewDecoder(strings.NewReader(text))
		d.DisallowUnknownFields()
		require.NoError(t, d.Decode(&back))
		assert.True(t, reflect.DeepEqual(*r, back), "what is read back differs")
		assert.True(t, strings.HasSuffix(text, "\n}\n"))
	}
}

// The names are a contract with other people's scripts.
func TestJSONKeys(t *testing.T) {
	var report map[string]any
	require.NoError(t, json.Unmarshal([]byte(render(t, "json", repeatedReport(), Options{})), &report))
	requireKeys(t, report, "tool", "scenario", "complete", "states", "cautions", "results", "sources", "expectations", "comparisons", "attacks", "notes")
	requireKeys(t, report["tool"], "version", "revision")
	requireKeys(t, report["scenario"], "name", "file", "sha256", "seed")
	results := report["results"].([]any)
	requireKeys(t, results[0], "placement", "class", "direction", "replications", "status", "state", "bottleneck", "metrics", "ci95", "stations")
	first := results[0].(map[string]any)
	assert.Equal(t, 1911550.0, first["metrics"].(map[string]any)["latency.p99"], "in the unit of the CSV")
	assert.InDelta(t, 57346.5, first["ci95"].(map[string]any)["latency.p99"], 1e-6)
	requireKeys(t, first["stations"].([]any)[0], "name", "servers", "visits", "utilization", "service_mean_ns", "wait_mean_ns", "wait_max_ns", "drops")
	expectations := report["expectations"].([]any)
	requireKeys(t, expectations[0], "text", "verdict", "value", "unit", "against")
	requireKeys(t, expectations[1], "text", "verdict", "value", "why")

	require.NoError(t, json.Unmarshal([]byte(render(t, "json", refusedReport(), Options{})), &report))
	refused := report["results"].([]any)[0].(map[string]any)
	assert.Equal(t, "undeployable", refused["status"])
	assert.Len(t, refused["reasons"], 2)
}

func requireKeys(t *testing.T, object any, want ...string) {
	t.Helper()
	require.ElementsMatch(t, want, slices.Collect(maps.Keys(object.(map[string]any))))
}

// A script may loop over what is empty.
func TestJSONHasNoNull(t *testing.T) {
	r := refusedReport()
	r.Expectations = nil
	text := render(t, "json", r, Options{})
	assert.NotContains(t, text, "null")
	assert.Contains(t, text, `"sources": [],`)
	assert.Contains(t, text, `"metrics": {},`)
	assert.Nil(t, r.Results[0].Metrics, "the caller's report is left alone")
	assert.NotContains(t, render(t, "json", &result.Report{}, Options{}), "null")
}

func TestMarkdownEscapes(t *testing.T) {
	r := quickReport()
	r.Notes = []string{"a|b `c` \\d *e* <f>\n## not a heading & [g](h)"}
	for i := range r.Results {
		r.Results[i].Bottleneck = "pipe|in|name"
	}
	text := render(t, "markdown", r, Options{})
	assert.Contains(t, text, "- a\\|b \\`c\\` \\\\d \\*e\\* \\<f\\> \\#\\# not a heading \\& \\[g](h)\n")
	assert.Contains(t, text, `| pipe\|in\|name |`)
}

// Every line of a table has the same number of cells, whatever the names in it.
func TestMarkdownTablesAreSquare(t *testing.T) {
	r := awkwardReport()
	r.Results[0].Bottleneck = "a|b\nc"
	text := render(t, "markdown", r, Options{})
	requireSquare(t, text)
	assert.Equal(t, 5, strings.Count(text, "\n|:--|--:|"))
	assert.Contains(t, text, `| a\|b c |`)
}

func TestEqualReportsGiveEqualBytes(t *testing.T) {
	for _, name := range Names() {
		for range 10 {
			require.Equal(t, render(t, name, awkwardReport(), Options{}), render(t, name, awkwardReport(), Options{}))
		}
	}
}
