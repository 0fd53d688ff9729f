package reports

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/reports/layout"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

func requireFits(t require.TestingT, text string, most int) {
	for i, line := range strings.Split(text, "\n") {
		require.LessOrEqual(t, layout.Width(line), most, "line %d: %q", i+1, line)
		require.Equal(t, strings.TrimRight(line, " "), line, "line %d ends in spaces", i+1)
	}
}

func TestTableFits(t *testing.T) {
	for _, r := range []*result.Report{quickReport(), awkwardReport(), refusedReport(), {}} {
		for _, w := range []int{0, 40, 41, 47, 60, 66, 79, 80, 81, 100, 133, 200} {
			for _, wide := range []bool{false, true} {
				most := w
				if w == 0 {
					most = layout.DefaultWidth
				}
				requireFits(t, render(t, "table", r, Options{Width: w, Wide: wide}), most)
			}
		}
	}
}

func TestTableOfAnyWidth(t *testing.T) {
	narrowest := render(t, "table", quickReport(), Options{Width: layout.LeastWidth})
	assert.Equal(t, narrowest, render(t, "table", quickReport(), Options{Width: 1}))
	assert.Equal(t, narrowest, render(t, "table", quickReport(), Options{Width: -5}))
	assert.Equal(t, render(t, "table", quickReport(), Options{Width: 80}), render(t, "table", quickReport(), Options{}))
}

// At 60 columns five placements stand in two tables, one below the other, and none is lost.
func TestNarrowTableStacks(t *testing.T) {
	heads := func(most int) []string {
		var lines []string
		for line := range strings.Lines(render(t, "table", quickReport(), Options{Width: most})) {
			if strings.HasPrefix(line, "latency mean") {
				lines = append(lines, line)
			}
		}
		return lines
	}
	require.Len(t, heads(80), 1)
	assert.Equal(t, []string{"latency", "mean,", "us", "1263.82", "3.00*", "3.51", "4.05", "4.09"}, strings.Fields(heads(80)[0]))
	require.Len(t, heads(60), 2)
	assert.Equal(t, []string{"latency", "mean,", "us", "1263.82", "3.00*", "3.51"}, strings.Fields(heads(60)[0]))
	assert.Equal(t, []string{"latency", "mean,", "us", "4.05", "4.09"}, strings.Fields(heads(60)[1]))
}

func TestHalfWidthsBesideOrBelow(t *testing.T) {
	narrow := render(t, "table", awkwardReport(), Options{Width: 80})
	assert.Regexp(t, `\njitter IPDV, us +117\.759 +0\.188\* +0\.310 +0\.222 +0\.222\n +±3\.533 +±0\.006 +±0\.009 +±0\.007 +±0\.007\n`, narrow)
	wide := render(t, "table", awkwardReport(), Options{Width: 140})
	assert.Regexp(t, `\njitter IPDV, us +117\.759 ±3\.533 +0\.188\* ±0\.006 +0\.310 ±0\.009`, wide)
}

func TestMarks(t *testing.T) {
	best := func(values, halves []float64) string {
		list := make([]*result.Result, len(values))
		for i, v := range values {
			if !math.IsNaN(v) {
				list[i] = &result.Result{Metrics: map[string]float64{"latency.p99": v}, CI95: map[string]float64{}}
				if v < 0 { // as it would be had it not been overloaded
					list[i].Metrics["latency.p99"], list[i].State = -v, result.Overloaded
				}
			}
			if halves != nil {
				list[i].CI95["latency.p99"] = halves[i]
			}
		}
		l := line{stats.Line{Label: "latency p99", Metric: "latency.p99", Decimals: 3}}
		var marks strings.Builder
		for _, c := range l.cells(l.scale(list), list) {
			mark := "."
			switch {
			case c.Best:
				mark = "*"
			case c.Open:
				mark = "~"
			}
			marks.WriteString(mark)
		}
		return marks.String()
	}
	assert.Equal(t, ".*..", best([]float64{4, 3, 5, 6}, nil))
	assert.Equal(t, ".*.*", best([]float64{4, 3, 5, 3}, nil), "two are level")
	assert.Equal(t, ".....", best([]float64{4, 3, 3, 5, 3}, nil), "more than half are level: that tells none apart")
	assert.Equal(t, "~*..", best([]float64{4, 3, 5, 6}, []float64{0.8, 0.7, 0.1, 0.1}), "the intervals leave it open")
	assert.Equal(t, "~*..", best([]float64{215.9, 4.2, 5.09, 5.28}, []float64{307.66, 0.01, 0.02, 0}), "a wide interval is no equality")
	assert.Equal(t, "~~..", best([]float64{4, 3, 9, 8}, []float64{0.1, 2, 0.1, 0.1}), "the best by a guess")
	assert.Equal(t, "**..", best([]float64{3.01, 3, 5, 6}, []float64{0.01, 0.01, 0.1, 0.1}), "within 1%, surely")
	assert.Equal(t, ".*..", best([]float64{-1, 3, 5, 6}, nil), "what is overloaded is not compared")
	assert.Equal(t, "...", best([]float64{-1, -3, -5}, nil), "nothing is steady")
	assert.Equal(t, ".*..", best([]float64{4, 3, 5, 6}, []float64{0.6, 0.7, 0.1, 0.1}))
	assert.Equal(t, ".*.", best([]float64{4, 3, math.NaN()}, nil), "what was not measured is not compared")
	assert.Equal(t, ".", best([]float64{4}, nil), "one placement has nobody to be better than")
	assert.Equal(t, "..", best([]float64{4000.01, 4000.02}, nil), "they print the same")
}

func TestMoreIsBetterForThroughputOnly(t *testing.T) {
	text := render(t, "table", quickReport(), Options{Width: 100})
	assert.Regexp(t, `(?m)^offered, Gbps[ 0-9.]+$`, text, "the load is nobody's merit")
	r := quickReport()
	for i := range r.Results {
		if r.Results[i].Placement == "tor" {
			r.Results[i].Metrics["throughput.gbps"] = 40
		}
	}
	assert.Regexp(t, `(?m)^throughput, Gbps[ 0-9.]+ 40\.0\*  +38\.1$`, render(t, "table", r, Options{Width: 100}))
}

func TestColor(t *testing.T) {
	plain := render(t, "table", quickReport(), Options{})
	assert.NotContains(t, plain, "\x1b")
	colored := render(t, "table", quickReport(), Options{Color: true})
	assert.Contains(t, colored, "\x1b[1m3.97*\x1b[0m")
	assert.Contains(t, colored, "\x1b[1m  fails  \x1b[0msoftware.loss.ratio")
	assert.Equal(t, plain, strings.NewReplacer("\x1b[1m", "", "\x1b[0m", "").Replace(colored), "colour adds nothing but itself")
}

func TestWideShowsWhatWasMeasured(t *testing.T) {
	narrow, wide := render(t, "table", quickReport(), Options{}), render(t, "table", quickReport(), Options{Wide: true})
	for _, only := range []string{"reordered, %", "latency.min, us", "idle.port"} {
		assert.NotContains(t, narrow, only)
		assert.Contains(t, wide, only)
	}
	assert.NotContains(t, wide, "crypto.gbps", "it was not measured")
}

func TestTableTellsWhatIsMissing(t *testing.T) {
	text := render(t, "table", awkwardReport(), Options{})
	assert.True(t, strings.HasPrefix(text, "INCOMPLETE: "), "an interruption comes first")
	assert.Contains(t, text, "undeployable: the rack has no port left;")
	r := quickReport()
	delete(r.Results[1].Metrics, "latency.p99")
	r.Results = r.Results[:5] // of nic, outbound is missing
	text = render(t, "table", r, Options{})
	assert.Regexp(t, `(?m)^latency p99, us\n  inbound +-  +3\.97$`, text)
	assert.Regexp(t, `(?m)^  all outbound +7\.34  +-$`, text)
	assert.Regexp(t, `(?m)^  outbound +1911\.55  +-$`, text)
}

func TestTableIsSafeToPrint(t *testing.T) {
	r := quickReport()
	r.Scenario.Name, r.Notes = "a\x1b[31mb\u009bc", []string{"two\nlines\tand a \x07bell \xff"}
	r.Results[0].Bottleneck = "x\ny"
	text := render(t, "table", r, Options{})
	assert.Contains(t, text, "a?[31mb?c: 5 placements")
	assert.Contains(t, text, "two lines and a ?bell \uFFFD")
	assert.NotContains(t, text, "\x1b")
}

// Some metrics are of interest only where they are not zero.
func TestRareMetrics(t *testing.T) {
	r := quickReport()
	assert.NotContains(t, render(t, "table", r, Options{}), "reordered")
	assert.Contains(t, render(t, "table", r, Options{Wide: true}), "\nreordered, %", "wide shows what was measured")
	for i := range r.Results {
		if r.Results[i].Placement == "tor" {
			r.Results[i].Metrics["reorder.ratio"], r.Results[i].Metrics["flows.rejected"] = 0.0125, 12
		}
	}
	text := render(t, "table", r, Options{Width: 100})
	assert.Regexp(t, `(?m)^reordered, % +0 +0 +0 +1\.25 +0$`, text)
	assert.Regexp(t, `(?m)^rejected flows +- +- +- +12 +-$`, text)
}

// The same metric has the same unit in all reports, and a quantile is of one direction.
func TestUnitsAndDirections(t *testing.T) {
	r := only(quickReport(), "nic", "tor")
	for i := range r.Results {
		r.Results[i].Metrics["latency.p99"] = map[string]float64{"inbound": 640, "outbound": 9, result.All: 12345}[r.Results[i].Direction]
	}
	text := render(t, "table", r, Options{})
	assert.Equal(t, 1, strings.Count(text, "\nlatency p99, us"))
	assert.Regexp(t, `(?m)^latency p99, us\n  inbound +0\.640 +0\.640\n  outbound +0\.009 +0\.009$`, text)
	assert.NotContains(t, text, "12.3")
	one := only(quickReport(), "nic", "tor")
	one.Results = slices.DeleteFunc(one.Results, func(r result.Result) bool { return r.Direction != result.All })
	assert.Regexp(t, `(?m)^latency p99, us +3\.97\* +5\.17$`, render(t, "table", one, Options{}), "one direction is what all is of")
}

// With half-widths beside the values, a head ends where the values of its column do.
func TestHeadsStandOverTheValues(t *testing.T) {
	lines := strings.Split(render(t, "table", only(repeatedReport(), "nic", "tor"), Options{}), "\n")
	at := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "offered, Gbps") })
	head, row := lines[at-2], lines[at]
	require.Regexp(t, `^offered, Gbps +38\.1 +±1\.1 +38\.1 +±1\.1$`, row)
	end := func(s, what string, from int) int {
		return layout.Width(s[:from]) + layout.Width(s[from:][:strings.Index(s[from:], what)+len(what)])
	}
	second := strings.Index(row, "±1.1") + len("±1.1")
	assert.InDelta(t, end(row, "38.1", 0), end(head, "nic", 0), 1, "but for the place of a mark")
	assert.InDelta(t, end(row, "38.1", second), end(head, "tor", 0), 1)
}
