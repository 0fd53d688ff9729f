package reports

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/golden"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

func render(t testing.TB, format string, r *result.Report, opt Options) string {
	t.Helper()
	var out strings.Builder
	require.NoError(t, Write(&out, format, r, opt))
	return out.String()
}

func TestGolden(t *testing.T) {
	for _, c := range []struct {
		file, format string
		report       *result.Report
		opt          Options
	}{
		{"quick.txt", "table", quickReport(), Options{}},
		{"quick-100-wide.txt", "table", quickReport(), Options{Width: 100, Wide: true}},
		{"quick.csv", "csv", quickReport(), Options{}},
		{"small.json", "json", smallReport(), Options{}},
		{"quick.md", "markdown", quickReport(), Options{}},
		{"repeated.txt", "table", repeatedReport(), Options{}},
		{"repeated-40.txt", "table", repeatedReport(), Options{Width: 40}},
		{"one.txt", "table", only(quickReport(), "nic"), Options{}},
		{"three.txt", "table", only(repeatedReport(), "software", "nic", "tor"), Options{}},
		{"awkward.txt", "table", awkwardReport(), Options{}},
		{"awkward-60.txt", "table", awkwardReport(), Options{Width: 60}},
		{"awkward-140.txt", "table", awkwardReport(), Options{Width: 140}},
		{"awkward.md", "markdown", awkwardReport(), Options{}},
		{"sections.txt", "table", sectionedReport(), Options{}},
		{"sections-wide.txt", "table", sectionedReport(), Options{Wide: true}},
		{"sections.md", "markdown", sectionedReport(), Options{}},
		{"sections.json", "json", sectionedReport(), Options{}},
		{"none.txt", "table", refusedReport(), Options{}},
	} {
		t.Run(c.file, func(t *testing.T) {
			golden.Equal(t, c.file, render(t, c.format, c.report, c.opt))
		})
	}
}

// smallReport is of one placement and one station, to be read in full.
func smallReport() *result.Report {
	r := quickReport()
	r.Results = r.Results[3:4]
	r.Results[0].Stations = r.Results[0].Stations[1:2]
	return r
}

// only leaves some placements of a report.
func only(r *result.Report, placements ...string) *result.Report {
	r.Results = slices.DeleteFunc(r.Results, func(res result.Result) bool { return !slices.Contains(placements, res.Placement) })
	return r
}

// refusedReport is of a scenario that no placement can run.
func refusedReport() *result.Report {
	return &result.Report{
		Tool:     result.Tool{Version: "0.1.0"},
		Scenario: result.Scenario{Name: "bare", Seed: 7},
		Complete: true,
		Results: []result.Result{
			{Placement: "software", Class: result.All, Direction: result.All, Status: result.Undeployable,
				Reasons: []string{"a bare-metal server has no hypervisor", "the host has no core left"}},
			{Placement: "nic", Class: result.All, Direction: result.All, Status: result.Unsupported},
		},
		Expectations: []result.Expectation{{Text: "nic.latency.p99 < 10us", Verdict: "undecided", Why: "nic is unsupported"}},
	}
}
