package table91

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// good is a placement with nothing to complain about: 100 Gbps at half of what it can.
func good() Measured {
	return Measured{Placement: "good", OfferedGbps: 100, ThroughputGbps: 100, Busiest: "port", Utilization: 0.5,
		LatencyP999Ns: 5_000, JitterP999Ns: 2_000, ChainP999Ns: 1_000}
}

// Each of the four things alone takes a placement through the classes, at the thresholds that docs/table-9-1.md has.
func TestTheWorstOfFourCounts(t *testing.T) {
	for _, c := range []struct {
		what   string
		change func(m *Measured)
		want   Class
	}{
		{"as good as the best", func(*Measured) {}, Highest},
		{"0.72 of the capacity", func(m *Measured) { m.ThroughputGbps = 72 }, Highest},
		{"0.70 of it", func(m *Measured) { m.ThroughputGbps = 70 }, High},
		{"half", func(m *Measured) { m.Utilization = 1 }, High},
		{"0.36 of it", func(m *Measured) { m.ThroughputGbps = 36 }, High},
		{"0.35 of it", func(m *Measured) { m.ThroughputGbps = 35 }, Intermediate},
		{"a quarter", func(m *Measured) { m.ThroughputGbps = 25 }, Intermediate},
		{"0.18 of it", func(m *Measured) { m.ThroughputGbps = 18 }, Intermediate},
		{"0.17 of it", func(m *Measured) { m.ThroughputGbps = 17 }, Low},
		{"1.4 times the tail", func(m *Measured) { m.LatencyP999Ns = 7_000 }, Highest},
		{"twice", func(m *Measured) { m.LatencyP999Ns = 10_000 }, High},
		{"2.8 times", func(m *Measured) { m.LatencyP999Ns = 14_000 }, High},
		{"four times", func(m *Measured) { m.LatencyP999Ns = 20_000 }, Intermediate},
		{"5.6 times", func(m *Measured) { m.LatencyP999Ns = 28_000 }, Intermediate},
		{"5.7 times", func(m *Measured) { m.LatencyP999Ns = 28_500 }, Low},
		{"a loss of 0.1%", func(m *Measured) { m.LossRatio = 0.001 }, Highest},
		{"a loss of 1%", func(m *Measured) { m.LossRatio = 0.01 }, High},
		{"a loss of 10%", func(m *Measured) { m.LossRatio = 0.1 }, Intermediate},
		{"a loss of 11%", func(m *Measured) { m.LossRatio = 0.11 }, Low},
		{"a chain at its goal", func(m *Measured) { m.ChainP999Ns = 10_000 }, Highest},
		{"a chain beyond 10 us", func(m *Measured) { m.ChainP999Ns = 10_001 }, Intermediate},
		{"jitter at its limit", func(m *Measured) { m.JitterP999Ns = 100_000 }, Highest},
		{"jitter beyond 100 us", func(m *Measured) { m.JitterP999Ns = 100_001 }, Low},
	} {
		m := good()
		m.Placement = "other"
		c.change(&m)
		got, evidence := Perform(m, []Measured{good(), m})
		assert.Equal(t, c.want, got, c.what)
		require.Len(t, evidence, 4, c.what)
	}
}

// The class is one of a run: the same figures beside a better placement are worse.
func TestRivalsDecide(t *testing.T) {
	m := good()
	alone, _ := Perform(m, []Measured{m})
	assert.Equal(t, Highest, alone)
	rival := good()
	rival.Placement, rival.ThroughputGbps = "rival", 400
	class, evidence := Perform(m, []Measured{m, rival})
	assert.Equal(t, Intermediate, class)
	assert.Contains(t, evidence[0], "25.0% of the best, 800 Gbps of rival")
	rival.Utilization = 1 // as much, but busier: no room left
	class, _ = Perform(m, []Measured{m, rival})
	assert.Equal(t, High, class)
}

// The evidence says what decided.
func TestEvidenceOfPerformance(t *testing.T) {
	m := good()
	m.Placement, m.LatencyP999Ns, m.LossRatio = "slow", 15_000, 0.00001
	_, evidence := Perform(m, []Measured{good(), m})
	assert.Equal(t, []string{
		"capacity Highest: 100 Gbps pass while port is busy 50.0% of the time, so 200 Gbps at most; 100.0% of the best, 200 Gbps of slow (nearest to the best)",
		"tail latency Intermediate: 99.9% of the packets take 15.0 us or less, 3.00 times the best, 5.00 us of good (nearest to 4)",
		"loss Highest: 0.001% of the 100 Gbps that were offered",
		"goals Highest: the chain takes 1.00 us at its 99.9% (goal 10.0 us), jitter is 2.00 us at its 99.9% (limit 100 us)",
	}, evidence)
	m.LatencyP999Ns = 50_000
	_, evidence = Perform(m, []Measured{good(), m})
	assert.Contains(t, evidence[1], "(nearest to 8 or worse)")
}

// drawn is any measurement.
func drawn(t *rapid.T, name string) Measured {
	f := func(what string, from, to float64) float64 {
		return rapid.Float64Range(from, to).Draw(t, name+" "+what)
	}
	return Measured{Placement: name, OfferedGbps: 1000, ThroughputGbps: f("gbps", 1, 1000), Utilization: f("busy", 0.01, 1), LossRatio: f("loss", 0, 0.3),
		LatencyP999Ns: f("latency", 1_000, 1e6), JitterP999Ns: f("jitter", 100, 2e5), ChainP999Ns: f("chain", 100, 2e4)}
}

// Whatever is measured: worse in one thing is never a better class; units do not matter to what is relative; names and order
// do not matter at all.
func TestPerformProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, a, b := drawn(t, "m"), drawn(t, "a"), drawn(t, "b")
		class, _ := Perform(m, []Measured{m, a, b})
		worse := m
		k := rapid.Float64Range(1, 20).Draw(t, "worse by")
		switch rapid.IntRange(0, 4).Draw(t, "worse in") {
		case 0:
			worse.ThroughputGbps /= k
		case 1:
			worse.LatencyP999Ns *= k
		case 2:
			worse.LossRatio = min(1, worse.LossRatio*k)
		case 3:
			worse.JitterP999Ns *= k
		case 4:
			worse.ChainP999Ns *= k
		}
		got, _ := Perform(worse, []Measured{worse, a, b})
		require.LessOrEqual(t, got, class)

		m.Placement, a.Placement, b.Placement = b.Placement, m.Placement, a.Placement
		got, _ = Perform(m, []Measured{b, m, a})
		require.Equal(t, class, got)

		for _, x := range []*Measured{&m, &a, &b} {
			x.ThroughputGbps, x.OfferedGbps = 2*x.ThroughputGbps, 2*x.OfferedGbps
		}
		got, _ = Perform(m, []Measured{m, a, b})
		require.Equal(t, class, got)
	})
}

// row is what a placement measured.
func row(m map[string]float64) *result.Result {
	return &result.Result{Status: result.OK, Bottleneck: "port", Metrics: m}
}

func TestPerformanceCell(t *testing.T) {
	fine := map[string]float64{"offered.gbps": 100, "throughput.gbps": 100, "bottleneck.utilization": 0.5, "latency.p999": 5_000,
		"jitter.pdv_p999": 1_000, "chain.latency.p999": 500}
	all := []Facts{
		{Placement: "a", Row: row(fine)},
		{Placement: "b", Row: row(map[string]float64{"offered.gbps": 100, "throughput.gbps": 0, "loss.ratio": 1, "bottleneck.utilization": 1})},
		{Placement: "c", Row: &result.Result{Status: result.Undeployable, Reasons: []string{"no slot", "no power"}}},
		{Placement: "d"},
		{Placement: "e", Row: row(map[string]float64{"host.cores": 0})},
		{Placement: "f", Row: row(fine), Security: Security{Attacks: []result.Attack{{Kind: "rogue_vf"}}}},
	}
	for i, want := range []string{"Highest", "Low", NotMeasured, NotMeasured, NotMeasured, "Highest"} {
		assert.Equal(t, want, performance(&all[i], all).Value, all[i].Placement)
		require.NotEmpty(t, performance(&all[i], all).Evidence)
	}
	assert.Equal(t, "none of the 100 Gbps that were offered arrive", performance(&all[1], all).Evidence[0])
	assert.Equal(t, "undeployable: no slot; no power", performance(&all[2], all).Evidence[0])
	assert.Contains(t, performance(&all[3], all).Evidence[0], "interrupted")
	assert.Contains(t, strings.Join(performance(&all[5], all).Evidence, "\n"), "attacks were all under way")
	assert.Len(t, performance(&all[0], all).Evidence, 4)
	all[0].Row.Forced, all[0].Row.Reasons = true, []string{"no port", "no slot"}
	got := performance(&all[0], all)
	assert.Equal(t, "Highest", got.Value)
	assert.Equal(t, "it was simulated although it cannot be deployed: no port; no slot", got.Evidence[4])
}
