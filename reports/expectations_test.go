package reports

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// What was measured stands in a unit for people, both sides in the same; a ratio stays as expectations are written.
func TestExpectationTellsWhatWasMeasured(t *testing.T) {
	against := func(v float64) *float64 { return &v }
	for _, c := range []struct {
		e    result.Expectation
		want string
	}{
		{result.Expectation{Text: "nic.latency.p99 < 10us", Value: 3973, Unit: "ns"}, "measured 3.973 us"},
		{result.Expectation{Text: "nic.latency.p99 < software.latency.p99", Value: 3973, Unit: "ns", Against: against(1911550)}, "measured 3.973 us, against 1911.55 us"},
		{result.Expectation{Text: "nic.chain.latency.min < 90ns", Value: 81.25, Unit: "ns"}, "measured 0.08125 us"},
		{result.Expectation{Text: "nic.loss.ratio == 0"}, "measured 0"},
		{result.Expectation{Text: "nic.loss.ratio < software.loss.ratio", Against: against(0.3174)}, "measured 0, against 0.3174"},
		{result.Expectation{Text: "host.cores <= 4", Value: 4, Unit: "cores"}, "measured 4 cores"},
		{result.Expectation{Text: "throughput.gbps > 1Tbps", Value: 1600, Unit: "Gbps"}, "measured 1600 Gbps"},
		{result.Expectation{}, "measured 0"},
	} {
		c.e.Verdict = "holds"
		r := &result.Report{Expectations: []result.Expectation{c.e}}
		assert.Equal(t, c.e.Text+" ("+c.want+")", expectations(r)[0].Text)
	}
}

func TestExpectationTellsWhy(t *testing.T) {
	r := &result.Report{Expectations: []result.Expectation{{Text: "a < b", Verdict: "fails", Why: "it is not so"}, {Text: "c < d", Verdict: "undecided", Why: "nobody knows"}}}
	assert.Equal(t, []result.Item{{Term: "fails", Text: "a < b (it is not so)", Bad: true}, {Term: "undecided", Text: "c < d (nobody knows)"}}, expectations(r))
}

func TestNotesOfSeveralPlacementsAreOne(t *testing.T) {
	r := quickReport()
	r.Notes = []string{"nic: queues fill", "queues fill", "tor: slow", "web: queues fill", "tor: queues fill", "software: queues fill", "nic"}
	var got []string
	for _, n := range notes(r) {
		got = append(got, n.Text)
	}
	assert.Equal(t, []string{"nic, tor, software: queues fill", "queues fill", "tor: slow", "web: queues fill", "nic"}, got)
}
