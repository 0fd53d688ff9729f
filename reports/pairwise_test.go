package reports

import (
	"bytes"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// pairs is a report of placements a to d, whose mean p99 is 1 to 4, where these pairs differ.
func pairs(differ ...string) *result.Report {
	r := &result.Report{Complete: true}
	names := []string{"d", "b", "a", "c"}
	for _, n := range names {
		r.Results = append(r.Results, result.Result{Placement: n, Class: result.All, Direction: result.All, Status: result.OK, Replications: 5,
			Metrics: map[string]float64{"latency.p99": float64(n[0] - 'a' + 1)}})
	}
	for i, a := range names {
		for _, b := range names[i+1:] {
			c := result.Comparison{Metric: "latency.p99", A: a, B: b, Pairs: 5, Verdict: "no difference", P: 0.5}
			for _, d := range differ {
				if d == a+b || d == b+a {
					c.Verdict, c.P = map[bool]string{true: "less", false: "greater"}[a < b], 0.01
				}
			}
			r.Comparisons = append(r.Comparisons, c)
		}
	}
	return r
}

func TestPairsAsALine(t *testing.T) {
	for _, c := range []struct {
		want   string
		differ []string
	}{
		{"no difference", nil},
		{"a < b < c < d", []string{"ab", "bc", "cd", "ac", "ad", "bd"}},
		{"a < b ~ c < d", []string{"ab", "cd", "ac", "ad", "bd"}},
		{"a ~ b ~ c ~ d; a < d", []string{"ad"}},
		{"a ~ b ~ c < d; a < c", []string{"ac", "cd", "ad", "bd"}},
		{"a ~ b ~ c ~ d; a < c; a < d; b < d", []string{"ac", "ad", "bd"}},
	} {
		got := pairwise(pairs(c.differ...))
		require.Len(t, got, 1)
		assert.Equal(t, result.Item{Term: "latency.p99", Text: c.want}, got[0])
	}
	assert.Empty(t, pairwise(&result.Report{}))
}

// Each metric has a line; the report shows them in every format, whole lines where they fit.
func TestPairsInReports(t *testing.T) {
	r := pairs("ab", "ac", "ad")
	more := pairs("cd")
	for _, c := range more.Comparisons {
		c.Metric = "latency.mean"
		r.Comparisons = append(r.Comparisons, c)
	}
	for i := range r.Results {
		r.Results[i].Metrics["latency.mean"] = r.Results[i].Metrics["latency.p99"]
	}
	written := func(format string) string {
		var out bytes.Buffer
		require.NoError(t, Write(&out, format, r, Options{}))
		return out.String()
	}
	assert.Contains(t, written("table"), "  latency.p99   a < b ~ c ~ d\n  latency.mean  a ~ b ~ c < d\n")
	assert.Contains(t, written("markdown"), `- **latency.p99** a \< b \~ c \~ d`)
	assert.Contains(t, written("json"), `"p_holm": 0.01,`)
	r.Comparisons[2].P = math.NaN()
	assert.ErrorContains(t, Write(&bytes.Buffer{}, "csv", r, Options{}), "report.Comparisons[2].P is not a finite number")
}
