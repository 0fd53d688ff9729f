package experiments

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/golden"
	"github.com/dsnsim/dsnsim/reports"
	"github.com/dsnsim/dsnsim/scenarios/arithmetic"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

func pointer(v float64) *float64 { return &v }

// components is the section of a load.
func components(rows ...result.Row) *result.Section {
	return &result.Section{Name: "power", Columns: []result.Column{{Key: "component"}, {Key: "dsn_watts"}}, Rows: rows}
}

// curvesReport has a card that does not fit its slot, one that is slowed, software, and a placement that cannot run.
func curvesReport() *PowerCurves {
	nic := PowerCurve{Placement: "nic", Status: result.OK, Budget: &arithmetic.Budget{Name: "pcie-25w", Watts: 25, Source: "book"}}
	software := PowerCurve{Placement: "software", Status: result.OK}
	for i := range 5 {
		load := 0.25 * float64(i)
		p := PowerPoint{Load: load, OfferedGbps: 400 * load, ThroughputGbps: 399.5 * load, ThroughputMpps: 122 * load, DSNWatts: 23.5 + 4*load,
			FreeWatts: 23.5 + 4*load, TotalWatts: 47 + 8*load, ClockRatio: pointer(1), JunctionC: pointer(80 + 10*load), OverBudget: 23.5+4*load > 25,
			Components: components(result.Row{Label: "static", Values: []any{"static", 20.0}}, result.Row{Label: "parser", Values: []any{"parser", 0.05 * load}},
				result.Row{Label: "ethernet", Values: []any{"ethernet", 3.5 + 2*load}})}
		if i > 0 {
			p.NJPerPacket, p.PJPerBit = pointer(p.TotalWatts/p.ThroughputMpps*1e3), pointer(p.TotalWatts/p.ThroughputGbps*1e3)
		}
		nic.Points = append(nic.Points, p)
		p.DSNWatts, p.FreeWatts, p.HostWatts, p.ClockRatio, p.JunctionC, p.OverBudget = 0, 0, p.TotalWatts, nil, nil, false
		p.Components = components(result.Row{Label: "host cores", Values: []any{"host cores", 0.0}})
		software.Points = append(software.Points, p)
	}
	nic.Fit = &PowerFit{Load: 1, Watts: 27.5, ExcessWatts: 2.5, FitsUpTo: pointer(0.375), Contributors: []Contributor{
		{Component: "static", Watts: 20, Share: 0.727, NJPerPacket: pointer(328), Operations: []Operation{{Operation: "at rest", Watts: 20, AtRest: true}}},
		{Component: "ethernet", Watts: 5.5, Share: 0.2, NJPerPacket: pointer(90.2), Operations: []Operation{
			{Operation: "QSFP module", Watts: 3.5, AtRest: true}, {Operation: "SerDes 100Gbps", Watts: 2}, {Operation: "nothing", Watts: 0.001}}},
		{Component: "parser", Watts: 0.05, Share: 0.002, Operations: []Operation{{Operation: "parse", Watts: 0.05}}},
	}}
	slowed := nic
	slowed.Placement, slowed.Throttled = "bump-in-the-wire", true
	slowed.Points = append([]PowerPoint{}, nic.Points...)
	for i := range slowed.Points {
		if p := &slowed.Points[i]; p.OverBudget {
			p.DSNWatts, p.ClockRatio = 24.9, pointer(0.71875)
		}
	}
	return &PowerCurves{Tool: result.Tool{Version: "1.2.3"}, Scenario: result.Scenario{Name: "rack", Seed: 1, SHA256: strings.Repeat("ab", 32)},
		Profile: "reference-100g", Complete: true, Notes: []string{"a load is a share"},
		Placements: []PowerCurve{software, nic, slowed, {Placement: "tor", Status: result.Unsupported, Points: []PowerPoint{}, Reasons: []string{"the chip is too small"}}}}
}

func powerText(t testing.TB, format string, x *PowerCurves, opt reports.Options) string {
	t.Helper()
	var out strings.Builder
	require.NoError(t, reports.WriteDocument(&out, format, x.Document(), opt))
	return out.String()
}

func TestPowerGolden(t *testing.T) {
	x := curvesReport()
	golden.Equal(t, "curves.txt", powerText(t, "table", x, reports.Options{}))
	golden.Equal(t, "curves.md", powerText(t, "markdown", x, reports.Options{}))
	golden.Equal(t, "curves.csv", powerText(t, "csv", x, reports.Options{}))
}

// No line is longer than the terminal is wide, however narrow, and at 80 columns no table is split.
func TestPowerKeepsTheWidth(t *testing.T) {
	x := curvesReport()
	for _, w := range []int{40, 60, 80, 120} {
		for line := range strings.Lines(powerText(t, "table", x, reports.Options{Width: w})) {
			assert.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), w)
		}
	}
	assert.Equal(t, 3+2, strings.Count(powerText(t, "table", x, reports.Options{}), "----------\n"), "a head for each table")
}

// What fits is said to, with what is left; what never does as well.
func TestPowerFitInWords(t *testing.T) {
	x := curvesReport()
	f := x.Placements[1].Fit
	f.FitsUpTo = nil
	words := func() string { return strings.Join(strings.Fields(powerText(t, "table", x, reports.Options{})), " ") }
	assert.Contains(t, words(), "none fits: what is drawn at rest is too much already")
	x.Placements[1].Points = x.Placements[1].Points[3:]
	assert.Contains(t, words(), "75%, the lowest here, is too much already")
	f.ExcessWatts, f.Watts = -1.25, 23.75
	assert.Contains(t, words(), "Fits pcie-25w (25 W): a DSN of nic takes 23.75 W at 100%, 1.25 W to spare")
	x.Complete = false
	assert.Contains(t, words(), "INCOMPLETE")
}

// JSON holds everything, with lists where there is nothing; CSV has one row a point, each as long as the header.
func TestPowerForPrograms(t *testing.T) {
	x := curvesReport()
	text := powerText(t, "json", x, reports.Options{})
	assert.NotContains(t, text, "null")
	var back struct {
		Placements []struct {
			Points []struct{ Components []map[string]any }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(text), &back))
	var components []map[string]any
	for _, p := range back.Placements {
		for _, point := range p.Points {
			components = append(components, point.Components...)
		}
	}
	assert.Contains(t, components, map[string]any{"component": "parser", "dsn_watts": 0.025})
	rows, err := csv.NewReader(strings.NewReader(powerText(t, "csv", x, reports.Options{}))).ReadAll()
	require.NoError(t, err)
	assert.Len(t, rows, 1+3*5+1)
}
