package reports

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

func TestExpectedUnit(t *testing.T) {
	for name, want := range map[string]string{
		"nic.latency.p99":           "ns",
		"nic.web.chain.latency.p99": "ns",
		"latency.p50":               "ns",
		"tor.throughput.gbps":       "Gbps",
		"nic.loss.ratio":            "",
		"xlatency.p99":              "",
		"nonsense":                  "",
		"":                          "",
	} {
		assert.Equal(t, want, expectedUnit(name), name)
	}
}

// What was measured stands in a unit for people, both sides in the same; a ratio stays as expectations are written.
func TestExpectationTellsWhatWasMeasured(t *testing.T) {
	r := quickReport()
	web := r.Results[3] // of nic, all directions
	web.Class, web.Metrics = "web", map[string]float64{"latency.p99": 2500}
	r.Results = append(r.Results, web)
	for _, c := range []struct {
		text  string
		value float64
		want  string
	}{
		{"nic.latency.p99 < 10us", 3973, "measured 3.973 us"},
		{"nic.latency.p99<10us", 3973, "measured 3.973 us"},
		{"nic.latency.p99 < software.latency.p99", 3973, "measured 3.973 us, against 1911.55 us"},
		{"nic.latency.p99 >= nic.web.latency.p99", 3973, "measured 3.973 us, against 2.5 us"},
		{"nic.chain.latency.min < 90ns", 81.25, "measured 81.25 ns"},
		{"nic.loss.ratio == 0", 0, "measured 0"},
		{"nic.loss.ratio < software.loss.ratio", 0, "measured 0, against 0.3174"},
		{"nic.latency.p99 < fpga.latency.p99", 3973, "measured 3.973 us"},
		{"host.cores <= 4", 4, "measured 4 cores"},
		{"throughput.gbps > 1Tbps", 1600, "measured 1.6 Tbps"},
		{"", 1, "measured 1"},
		{"< <", 1, "measured 1"},
	} {
		r.Expectations = []result.Expectation{{Text: c.text, Verdict: "holds", Value: c.value}}
		assert.Equal(t, c.text+" ("+c.want+")", expectations(r)[0].text)
	}
}

func TestExpectationTellsWhy(t *testing.T) {
	r := &result.Report{Expectations: []result.Expectation{{Text: "a < b", Verdict: "fails", Why: "it is not so"}, {Text: "c < d", Verdict: "undecided", Why: "nobody knows"}}}
	assert.Equal(t, []item{{term: "fails", text: "a < b (it is not so)", bad: true}, {term: "undecided", text: "c < d (nobody knows)"}}, expectations(r))
}

func TestNotesOfSeveralPlacementsAreOne(t *testing.T) {
	r := quickReport()
	r.Notes = []string{"nic: queues fill", "queues fill", "tor: slow", "web: queues fill", "tor: queues fill", "software: queues fill", "nic"}
	var got []string
	for _, n := range notes(r) {
		got = append(got, n.text)
	}
	assert.Equal(t, []string{"nic, tor, software: queues fill", "queues fill", "tor: slow", "web: queues fill", "nic"}, got)
}
