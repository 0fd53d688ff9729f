package reports

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/joshdk/go-junit"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/golden"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// someDiff has one of everything.
func someDiff() *result.Diff {
	figure := func(scenario, placement, class, direction, metric string) result.Figure {
		return result.Figure{Scenario: scenario, Placement: placement, Class: class, Direction: direction, Metric: metric}
	}
	share := func(v float64) *float64 { return &v }
	return &result.Diff{Old: "main.json", New: "branch.json", Compared: 412,
		Regressions: []result.Change{
			{Figure: figure("quick", "nic", "all", "all", "latency.p99"), Unit: "ns", Old: 3973, New: 4512, Share: share(0.1357), OldCI95: 12, NewCI95: 15},
			{Figure: figure("quick", "nic", "web", "inbound", "loss.ratio"), Old: 0, New: 0.001},
			{Figure: figure("rack", "software", "all", "all", "status"), From: "ok", To: "undeployable: bare metal leaves no place to run it"},
		},
		Improvements: []result.Change{{Figure: figure("quick", "tor", "all", "all", "throughput.gbps"), Unit: "Gbps", Old: 1, New: 40, Share: share(39)}},
		Changes:      []result.Change{{Figure: figure("quick", "tor", "all", "all", "offered.gbps"), Unit: "Gbps", Old: 38, New: 38.00002, Share: share(5e-7)}},
		Missing:      []result.Figure{figure("quick", "appliance", "all", "all", ""), figure("quick", "nic", "all", "all", "host.cores"), figure("quick", "nic", "all", "all", "pcie.utilization")},
		Added:        []result.Figure{figure("new", "nic", "all", "all", "")},
		Notes:        []string{"quick: the seed is 2, was 1"},
	}
}

func TestDiffGolden(t *testing.T) {
	for file, format := range map[string]string{"diff.txt": "table", "diff.md": "markdown", "diff.json": "json"} {
		var out strings.Builder
		require.NoError(t, WriteDiff(&out, format, someDiff(), Options{}))
		golden.Equal(t, file, out.String())
	}
	assert.ErrorContains(t, WriteDiff(&strings.Builder{}, "csv", someDiff(), Options{}), `report format "csv" is not known`)
}

func TestShareTexts(t *testing.T) {
	for share, want := range map[float64]string{0.1357: "+13.6%", -0.5: "-50.0%", 0.004: "+0.40%", 0.0004: "+0.040%", 5e-7: "+0.000050%", 1e-12: "+0.000000%", 39: "x40", 1234: "x1.24e+03"} {
		assert.Equal(t, want, shareText(result.Change{Share: &share}), share)
	}
	assert.Equal(t, "from 0", shareText(result.Change{New: 1}))
	assert.Equal(t, "below 0", shareText(result.Change{New: -1}))
}

// Where there is a baseline, what is worse than there is in every format for people, in the JSON and in the JUnit.
func TestBaselineInReports(t *testing.T) {
	s := fourScenarios()
	s.Entries[1].Report.Baseline = someDiff()
	s.Notes = []string{"only in main.json, not run: rack"}
	s.Judge()
	require.Equal(t, result.Failed, s.Entries[1].Verdict)
	list := renderSuite(t, "table", s, Options{})
	assert.Contains(t, list, "FAIL       scenarios/quick.yaml         nothing is expected, 3 regressions; 4 steady, 1 overloaded\n"+
		"  scenarios/quick.yaml: regression: nic.latency.p99: 3.973 us -> 4.512 us (+13.6%)\n"+
		"  scenarios/quick.yaml: regression: nic.web.inbound.loss.ratio: 0 -> 0.001 (from 0)\n")
	assert.Contains(t, list, "\nonly in main.json, not run: rack\n")

	text := renderSuite(t, "junit", s, Options{})
	requireJUnit(t, text)
	suites, err := junit.Ingest([]byte(text))
	require.NoError(t, err)
	last := suites[1].Tests[len(suites[1].Tests)-1]
	assert.Equal(t, "no worse than the baseline", last.Name)
	assert.Equal(t, junit.StatusFailed, last.Status)
	assert.Equal(t, 3, strings.Count(last.Error.Error(), "\n"))

	s.Entries[1].Report.Baseline.Regressions = []result.Change{}
	s.Judge()
	assert.Equal(t, result.Passed, s.Entries[1].Verdict)
	suites, err = junit.Ingest([]byte(renderSuite(t, "junit", s, Options{})))
	require.NoError(t, err)
	assert.Equal(t, junit.StatusPassed, suites[1].Tests[1].Status)

	r := s.Entries[1].Report
	assert.Contains(t, render(t, "table", r, Options{}), "Against the baseline\n  main.json -> branch.json: 0 regressions, 1 improvement, 1 other change; 412\n")
	assert.Contains(t, render(t, "markdown", r, Options{}), "## Against the baseline\n")
	var back result.Report
	require.NoError(t, json.Unmarshal([]byte(render(t, "json", r, Options{})), &back))
	assert.Equal(t, r.Baseline, back.Baseline)
	assert.NotContains(t, render(t, "json", quickReport(), Options{}), "baseline", "where there is none, nothing changes")
}
