package reports

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/golden"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// fourScenarios has one of each verdict.
func fourScenarios() *result.Suite {
	report := func(name string, list ...result.Expectation) *result.Report {
		r := smallReport()
		r.Scenario.Name, r.Expectations = name, list
		return r
	}
	s := &result.Suite{
		Tool: result.Tool{Version: "0.1.0", Revision: "0123456789abcdef0123456789abcdef01234567"}, Complete: true,
		Skipped: []string{"scenarios/profiles/ours.yaml"},
		Entries: []result.Entry{
			{File: "scenarios/edge.yaml", Report: report("edge",
				result.Expectation{Text: "nic.latency.p99 < 10us", Verdict: "holds", Value: 3973, Unit: "ns", Line: 30, Col: 5},
				result.Expectation{Text: "nic.loss.ratio == 0", Verdict: "fails", Value: 0.25, Why: "nic.loss.ratio is 0.25, against 0", Line: 31, Col: 5},
				result.Expectation{Text: "nic.loss.ratio == 0", Verdict: "undecided", Why: "needs more replications (about 9): nic.loss.ratio is 0.25 +/- 0.5, against 0.3"})},
			{File: "scenarios/quick.yaml", Report: report("quick")},
			{File: "scenarios/rack/slow.v2.yaml", Report: report("slow",
				result.Expectation{Text: "tor.latency.p99 < 1us", Verdict: "undecided", Why: "tor is unsupported", Line: 9, Col: 3})},
			{File: "scenarios/wrong.yaml", Faults: []result.Fault{
				{File: "scenarios/wrong.yaml", Line: 2, Col: 1, Text: `unknown key "nmae"; did you mean "name"?`},
				{File: "--set rack.servers", Text: "expected a whole number from 1 to 48, got 0"}}},
		},
	}
	s.Entries[2].Report.AllowUndecided = true
	s.Began, s.Entries[0].Took = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), 1234567*time.Microsecond
	s.Judge()
	return s
}

func renderSuite(t testing.TB, format string, s *result.Suite, opt Options) string {
	t.Helper()
	var out strings.Builder
	require.NoError(t, WriteSuite(&out, format, s, opt))
	return out.String()
}

func TestSuiteGolden(t *testing.T) {
	for file, format := range map[string]string{"suite.txt": "table", "suite.xml": "junit", "suite.md": "markdown"} {
		golden.Equal(t, file, renderSuite(t, format, fourScenarios(), Options{}))
	}
	var notes strings.Builder
	require.NoError(t, WriteAnnotations(&notes, fourScenarios()))
	golden.Equal(t, "suite-annotations.txt", notes.String())
}

func TestVerdicts(t *testing.T) {
	s := fourScenarios()
	verdicts := func() (list []string) {
		s.Judge()
		for _, e := range s.Entries {
			list = append(list, e.Verdict)
		}
		return list
	}
	assert.Equal(t, []string{result.Failed, result.Passed, result.NotDecided, result.NotSimulated}, verdicts())
	s.Entries[2].Report.AllowUndecided = false
	assert.Equal(t, []string{result.Failed, result.Passed, result.Failed, result.NotSimulated}, verdicts())
	s.Complete = false
	assert.Equal(t, "4 scenarios: 1 pass, 2 fail, 1 error; 1 file skipped; INCOMPLETE: interrupted", Total(s))
	assert.Contains(t, renderSuite(t, "table", s, Options{Color: true}), "\x1b[1m  scenarios/edge.yaml:31:5: fails: nic.loss.ratio == 0: nic.loss.ratio is 0.25, against 0\x1b[0m\n")
}

func TestSuiteForPrograms(t *testing.T) {
	s := fourScenarios()
	var back result.Suite
	d := json.NewDecoder(strings.NewReader(renderSuite(t, "json", s, Options{})))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&back))
	require.Len(t, back.Entries, 4)
	assert.Equal(t, s.Entries[0].Report.Results, back.Entries[0].Report.Results)
	assert.Equal(t, s.Entries[3].Faults, back.Entries[3].Faults)
	assert.Nil(t, s.Entries[0].Faults, "what is written is not changed")
	assert.NotContains(t, renderSuite(t, "json", s, Options{}), "null")

	rows, err := csv.NewReader(strings.NewReader(renderSuite(t, "csv", s, Options{}))).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 4, "a header and three reports of one row")
	assert.Equal(t, []string{"scenario", "edge", "quick", "slow"}, []string{rows[0][0], rows[1][0], rows[2][0], rows[3][0]})
	one := render(t, "csv", s.Entries[0].Report, Options{})
	assert.Equal(t, one[:strings.IndexByte(one, '\n')], strings.Join(rows[0], ","))
}

func TestSuiteRefusesWhatReportsRefuse(t *testing.T) {
	s := fourScenarios()
	s.Entries[0].Report.Results[0].Metrics["latency.p42"] = 1
	assert.ErrorContains(t, WriteSuite(&strings.Builder{}, "json", s, Options{}), `scenarios/edge.yaml as json: nic, class all, direction all: metric "latency.p42" is not in the catalogue`)
	assert.ErrorContains(t, WriteSuite(&strings.Builder{}, "junt", fourScenarios(), Options{}), `report format "junt" is not known; did you mean "junit"?`)
}

// Every format of a report is one of a suite too.
func TestSuiteFormats(t *testing.T) {
	for _, name := range Names() {
		assert.NotEmpty(t, renderSuite(t, name, fourScenarios(), Options{}), name)
		assert.NotEmpty(t, renderSuite(t, name, &result.Suite{Complete: true}, Options{}), name)
	}
}

func TestStepSummaryIsCutAtALine(t *testing.T) {
	s := fourScenarios()
	full := renderSuite(t, "markdown", s, Options{})
	var whole strings.Builder
	require.NoError(t, WriteStepSummary(&whole, s, len(full)))
	assert.Equal(t, full, whole.String())
	for most := 100; most < len(full); most += 7 {
		var cut strings.Builder
		require.NoError(t, WriteStepSummary(&cut, s, most))
		require.LessOrEqual(t, cut.Len(), most)
		kept, found := strings.CutSuffix(cut.String(), "\n\nThe rest is left out: the summary of a step has an upper limit.\n")
		require.True(t, found)
		require.True(t, strings.HasPrefix(full, kept+"\n") || kept == "", "%d", most)
	}
}

// GitHub shows ten annotations of a kind; the last that it shows must not hide that there are more.
func TestAnnotationsThatAreTooMany(t *testing.T) {
	s := &result.Suite{}
	for range 25 {
		s.Entries = append(s.Entries, result.Entry{File: "a,b:c%.yaml", Faults: []result.Fault{{File: "a,b:c%.yaml", Line: 3, Col: 4, Text: "50%\r\n::error::x"}}})
	}
	var out strings.Builder
	require.NoError(t, WriteAnnotations(&out, s))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, mostAnnotations)
	assert.Equal(t, "::error file=a%2Cb%3Ac%25.yaml,line=3,col=4,title=dsnsim::50%25%0D%0A::error::x", lines[0])
	assert.Equal(t, "::error title=dsnsim::16 more are in the log and in the report", lines[9])
}
