package run

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// comparison finds a pair.
func comparison(t *testing.T, r *result.Report, metric, a, b string) result.Comparison {
	t.Helper()
	for _, c := range r.Comparisons {
		if c.Metric == metric && c.A == a && c.B == b {
			return c
		}
	}
	require.Failf(t, "no such comparison", "%s of %s and %s", metric, a, b)
	return result.Comparison{}
}

// Replications differ more among each other than placements do; pair by pair, each has the same order.
func TestPlacementsAreComparedPairByPair(t *testing.T) {
	r := simulate(t, scenario(t, noisy, "run.replications=6", "placements=[nic, bump-in-the-wire, tor]"))
	require.Len(t, r.Comparisons, 7*3)
	c := comparison(t, r, "latency.mean", "nic", "tor")
	assert.Equal(t, "less", c.Verdict)
	assert.Equal(t, 6, c.Pairs)
	assert.Negative(t, c.Difference)
	assert.Less(t, c.P, 0.01)
	nic, tor := row(t, r, "nic", "all", "all"), row(t, r, "tor", "all", "all")
	assert.InDelta(t, nic.Metrics["latency.mean"]-tor.Metrics["latency.mean"], c.Difference, 1e-6)
	assert.Less(t, c.CI95, nic.CI95["latency.mean"]/3, "the traffic, which both share, makes most of the scatter")

	// The P of the three pairs are corrected together.
	var p []float64
	for _, pair := range [][2]string{{"nic", "bump-in-the-wire"}, {"nic", "tor"}, {"bump-in-the-wire", "tor"}} {
		p = append(p, stats.Compare(row(t, r, pair[0], "all", "all").Samples["latency.p99"], row(t, r, pair[1], "all", "all").Samples["latency.p99"]).P)
	}
	for i, want := range stats.Holm(p) {
		pair := [][2]string{{"nic", "bump-in-the-wire"}, {"nic", "tor"}, {"bump-in-the-wire", "tor"}}[i]
		assert.Equal(t, want, comparison(t, r, "latency.p99", pair[0], pair[1]).P)
	}
	// What is lost is the same everywhere: nothing.
	lost := comparison(t, r, "loss.ratio", "nic", "tor")
	assert.Equal(t, result.Comparison{Metric: "loss.ratio", A: "nic", B: "tor", Pairs: 6, P: 1, Verdict: "no difference"}, lost)
}

// One replication, or one placement, compares nothing.
func TestNothingToCompare(t *testing.T) {
	assert.Empty(t, simulate(t, scenario(t, noisy)).Comparisons)
	alone := simulate(t, scenario(t, noisy, "run.replications=3", "placements=[tor]"))
	assert.Empty(t, alone.Comparisons)
	assert.NotNil(t, alone.Comparisons)
}
