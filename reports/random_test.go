package reports

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/reports/layout"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// Whatever a report holds, every format can be written and read back, and no table is wider than it may be.
func TestAnyReportCanBeWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := randomReport(t)
		opt := Options{Width: rapid.SampledFrom([]int{0, 40, 41, 53, 60, 80, 120}).Draw(t, "width"), Wide: rapid.Bool().Draw(t, "wide")}
		write := func(format string) string {
			var out strings.Builder
			require.NoError(t, Write(&out, format, r, opt))
			return out.String()
		}
		most := opt.Width
		if most == 0 {
			most = layout.DefaultWidth
		}
		requireFits(t, write("table"), most)
		requireSquare(t, write("markdown"))
		rows, err := csv.NewReader(strings.NewReader(write("csv"))).ReadAll()
		require.NoError(t, err)
		require.Len(t, rows, 1+len(r.Results))
		require.Len(t, rows[0], 7+2*len(stats.All())-1+2)
		var back result.Report
		require.NoError(t, json.Unmarshal([]byte(write("json")), &back))
		require.Len(t, back.Results, len(r.Results))
		for i := range back.Results {
			require.Equal(t, r.Results[i].Metrics, back.Results[i].Metrics)
			require.Equal(t, r.Results[i].CI95, back.Results[i].CI95)
		}
	})
}

// requireSquare fails unless all lines of a table of Markdown have as many cells as its head.
func requireSquare(t require.TestingT, text string) {
	cells := 0
	for line := range strings.Lines(text) {
		line = strings.NewReplacer(`\\`, "", `\|`, "").Replace(line)
		n := strings.Count(line, "|")
		if cells > 0 && n > 0 {
			require.Equal(t, cells, n, line)
		}
		cells = n
	}
}

// randomReport draws a report that no scenario would give: any names, any finite figures, anything missing.
func randomReport(t *rapid.T) *result.Report {
	name := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z]{1,12}([-. _|][a-z]{1,12}){0,4}(\[[0-9]{1,3}\])?`), rapid.StringMatching(`[a-z]{40,90}`))
	names := func(what string, most int) []string { return rapid.SliceOfN(name, 0, most).Draw(t, what) }
	r := &result.Report{Complete: rapid.Bool().Draw(t, "complete"), Notes: names("notes", 3)}
	r.Scenario.Name, r.Scenario.File, r.Scenario.SHA256 = name.Draw(t, "name"), name.Draw(t, "file"), name.Draw(t, "hash")
	classes := append([]string{result.All}, names("classes", 3)...)
	for _, placement := range names("placements", 5) {
		for _, class := range classes {
			for _, direction := range []string{result.All, "inbound", "outbound"} {
				if rapid.IntRange(0, 3).Draw(t, "missing") > 0 {
					r.Results = append(r.Results, randomResult(t, placement, class, direction, names))
				}
			}
		}
	}
	for _, class := range classes {
		r.Sources = append(r.Sources, result.Source{Class: class, Direction: "inbound", Packets: rapid.Uint64().Draw(t, "packets"), OfferedGbps: randomFigure(t)})
	}
	for _, text := range names("expectations", 3) {
		r.Expectations = append(r.Expectations, result.Expectation{Text: text, Verdict: name.Draw(t, "verdict"), Value: randomFigure(t)})
	}
	return r
}

func randomResult(t *rapid.T, placement, class, direction string, names func(string, int) []string) result.Result {
	res := result.Result{Placement: placement, Class: class, Direction: direction, Replications: rapid.IntRange(0, 5).Draw(t, "replications"),
		Status:  rapid.SampledFrom([]string{result.OK, result.OK, result.OK, result.Undeployable, result.Unsupported}).Draw(t, "status"),
		Reasons: names("reasons", 2), Forced: rapid.Bool().Draw(t, "forced"), Metrics: map[string]float64{}, CI95: map[string]float64{}}
	for _, m := range stats.All() {
		switch rapid.IntRange(0, 5).Draw(t, "measured") {
		case 0:
			res.Metrics[m.Name] = randomFigure(t)
			res.CI95[m.Name] = math.Abs(randomFigure(t))
		case 1:
			res.Metrics[m.Name] = randomFigure(t)
		}
	}
	for _, station := range append(names("stations", 3), "p[0]", "p[1]") {
		res.Bottleneck = station
		res.Stations = append(res.Stations, result.Station{Name: station, Servers: rapid.IntRange(-1, 99999).Draw(t, "servers"),
			Visits: math.Abs(randomFigure(t)), Utilization: randomFigure(t), ServiceMeanNs: randomFigure(t), WaitMeanNs: randomFigure(t),
			WaitMaxNs: randomFigure(t), Drops: randomFigure(t)})
	}
	return res
}

// randomFigure draws a number: usual, none, huge, tiny or negative.
func randomFigure(t *rapid.T) float64 {
	return rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(0, 1), rapid.Float64Range(0, 1e7), rapid.Float64Range(0, 1e15),
		rapid.Float64Range(-1e6, 0), rapid.SampledFrom([]float64{math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64})).Draw(t, "figure")
}
