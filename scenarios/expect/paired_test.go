package expect

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// sampled is a row whose p99 has these values by replication.
func sampled(placement string, values ...float64) result.Result {
	e := stats.EstimateMean(values)
	r := row(placement, map[string]float64{"latency.p99": e.Mean})
	r.Replications, r.CI95 = len(values), map[string]float64{"latency.p99": e.HalfWidth}
	r.Samples = map[string][]float64{"latency.p99": values}
	return r
}

// Two placements whose values scatter far more than they differ are told apart where each replication has the same order.
func TestExpectationsBetweenPlacementsArePaired(t *testing.T) {
	nic := sampled("nic", 5000, 9000, 7000, 6000, 8000)
	tor := sampled("tor", 5210, 9190, 7200, 6195, 8205)
	far := sampled("appliance", 9210, 5190, 7200, 6195, 8205) // the same values in another order
	results := []result.Result{nic, tor, far}
	for text, want := range map[string]string{
		"nic.latency.p99 < tor.latency.p99":           Holds,
		"tor.latency.p99 > nic.latency.p99":           Holds,
		"tor.latency.p99 < nic.latency.p99":           Fails,
		"tor.latency.p99 == nic.latency.p99":          Fails,
		"nic.latency.p99 < appliance.latency.p99":     Undecided,
		"tor.latency.p99 < nic.latency.p99 + 180ns":   Fails,
		"tor.latency.p99 < nic.latency.p99 + 220ns":   Holds,
		"tor.latency.p99 < nic.latency.p99 + 200ns":   Undecided,
		"tor.latency.p99 < 1.1 * nic.latency.p99":     Holds,
		"tor.latency.p99 == nic.latency.p99 +- 300ns": Holds,
		"tor.latency.p99 == nic.latency.p99 +- 10%":   Holds,
		"tor.latency.p99 == nic.latency.p99 +- 1%":    Fails,
		"nic.latency.p99 < 7.1us":                     Undecided, // against a number the whole scatter counts
		"nic.latency.p99 == nic.latency.p99":          Holds,
		"nic.latency.p99 < nic.latency.p99":           Fails,
		"2 * nic.latency.p99 > nic.latency.p99 + 4us": Holds,
	} {
		e := expectation(t, text)
		got := Evaluate([]Expectation{e}, results)[0]
		assert.Equal(t, want, got.Verdict, "%s: %s", text, got.Why)
	}
	e := expectation(t, "nic.latency.p99 < tor.latency.p99")
	got := Evaluate([]Expectation{e}, results)[0]
	assert.InDelta(t, stats.Compare(nic.Samples["latency.p99"], tor.Samples["latency.p99"]).HalfWidth, got.CI95, 1e-9)
	assert.Less(t, got.CI95, 10.0)
	// Without the values, the means count as independent, and the same figures say nothing.
	nic.Samples, tor.Samples = nil, nil
	assert.Equal(t, Undecided, Evaluate([]Expectation{e}, []result.Result{nic, tor})[0].Verdict)
}

// How many replications would decide goes by the smaller set where both sides scatter, and by the one that there is against a number.
func TestReplicationsNeeded(t *testing.T) {
	few, many := measurement{value: 8000, half: 500, runs: 5}, measurement{value: 8200, half: 400, runs: 50}
	n, ok := stats.Replications(math.Hypot(500, 400), 5, 200, 1000)
	assert.True(t, ok)
	assert.Equal(t, fmt.Sprintf(" (about %d)", n), needed(few, many))
	assert.Equal(t, needed(few, many), needed(many, few))
	n, _ = stats.Replications(500, 5, 200, 1000)
	assert.Equal(t, fmt.Sprintf(" (about %d)", n), needed(few, measurement{value: 8200}))
}
