package expect

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// expectation reads one condition as a file has it, in a scenario with the traffic classes mix and web.
func expectation(t require.TestingT, text string) Expectation {
	doc, err := strict.Parse("f.yaml", []byte("- "+text+"\n"))
	require.NoError(t, err)
	var list []Expectation
	require.NoError(t, doc.Decode(&list))
	require.NoError(t, list[0].Parse(testNames))
	return list[0]
}

func TestParseExpectation(t *testing.T) {
	nicP99 := Operand{Placement: "nic", Class: "all", Metric: "latency.p99"}
	for text, want := range map[string]Expectation{
		"nic.latency.p99 < 10us":                           {Left: nicP99, Op: "<", Right: Operand{Value: 10_000}},
		"nic.latency.p99<1.5ms":                            {Left: nicP99, Op: "<", Right: Operand{Value: 1_500_000}},
		"nic.all.latency.p99 < 1ns":                        {Left: nicP99, Op: "<", Right: Operand{Value: 1}},
		"nic.latency.p99 < appliance.latency.p99":          {Left: nicP99, Op: "<", Right: Operand{Placement: "appliance", Class: "all", Metric: "latency.p99"}},
		"nic.latency.p99 <= web.latency.max":               {Left: nicP99, Op: "<=", Right: Operand{Class: "web", Metric: "latency.max"}},
		"latency.p99 > nic.chain.latency.p99":              {Left: Operand{Class: "all", Metric: "latency.p99"}, Op: ">", Right: Operand{Placement: "nic", Class: "all", Metric: "chain.latency.p99"}},
		"bump-in-the-wire.mix.jitter.pdv_p99 > 0s":         {Left: Operand{Placement: "bump-in-the-wire", Class: "mix", Metric: "jitter.pdv_p99"}, Op: ">"},
		"tor.loss.ratio == 0":                              {Left: Operand{Placement: "tor", Class: "all", Metric: "loss.ratio"}, Op: "=="},
		"tor.loss.ratio != 0.5%":                           {Left: Operand{Placement: "tor", Class: "all", Metric: "loss.ratio"}, Op: "!=", Right: Operand{Value: 0.005}},
		"tor.loss.ratio < 1e-6":                            {Left: Operand{Placement: "tor", Class: "all", Metric: "loss.ratio"}, Op: "<", Right: Operand{Value: 1e-6}},
		"throughput.gbps >= 9500Mbps":                      {Left: Operand{Class: "all", Metric: "throughput.gbps"}, Op: ">=", Right: Operand{Value: 9.5}},
		"throughput.mpps >= 500kpps":                       {Left: Operand{Class: "all", Metric: "throughput.mpps"}, Op: ">=", Right: Operand{Value: 0.5}},
		"software.host.cores <= 2.5":                       {Left: Operand{Placement: "software", Class: "all", Metric: "host.cores"}, Op: "<=", Right: Operand{Value: 2.5}},
		"appliance.tor.extra_ports <= 1k":                  {Left: Operand{Placement: "appliance", Class: "all", Metric: "tor.extra_ports"}, Op: "<=", Right: Operand{Value: 1000}},
		"'nic.latency.p99   <   10us'":                     {Left: nicP99, Op: "<", Right: Operand{Value: 10_000}},
		"bump-in-the-wire.tromboning.link_crossings == 0 ": {Left: Operand{Placement: "bump-in-the-wire", Class: "all", Metric: "tromboning.link_crossings"}, Op: "=="},
	} {
		got := expectation(t, text)
		assert.Equal(t, strings.Trim(text, "' "), got.Text)
		got.Text, got.Line, got.Col = "", 0, 0
		assert.Equal(t, want, got, text)
	}
}

func TestValuesFitTheMetricsUnit(t *testing.T) {
	for _, tc := range []struct {
		unit, text string
		want       float64
		wrong      string
	}{
		{"ns", "10us", 10_000, "10W"}, {"Gbps", "1Mbps", 0.001, "1Mpps"}, {"Mpps", "1kpps", 0.001, "1kbps"}, {"W", "25W", 25, "25J"},
		{"nJ", "18pJ", 0.018, "18"}, {"pJ", "18pJ", 18, "18pW"}, {"ratio", "2.5%", 0.025, "2us"}, {"packets", "100k", 100_000, "5%"},
		{"cores", "-0.5", -0.5, "NaN"}, {"ratio", "0", 0, "+Inf"},
	} {
		m := stats.Metric{Name: "m", Unit: tc.unit}
		v, err := parseValue(tc.text, m)
		require.NoError(t, err)
		assert.InDelta(t, tc.want, v, 1e-12, tc.text)
		_, err = parseValue(tc.wrong, m)
		assert.ErrorContains(t, err, "m is in "+tc.unit, tc.wrong)
	}
}

// row is an ok result for all traffic in one replication.
func row(placement string, metrics map[string]float64) result.Result {
	return result.Result{Placement: placement, Class: "all", Direction: "all", Replications: 1, Status: result.OK, Metrics: metrics}
}

func TestEvaluate(t *testing.T) {
	nic := row("nic", map[string]float64{"latency.p99": 8000, "loss.ratio": 0, "throughput.gbps": math.NaN()})
	web := row("nic", map[string]float64{"latency.p99": 5000})
	web.Class = "web"
	inbound := row("nic", map[string]float64{"latency.p99": 1})
	inbound.Direction = "inbound"
	many := row("tor", map[string]float64{"latency.p99": 9000, "loss.ratio": 0.001, "host.cores": 0})
	many.Replications, many.CI95 = 5, map[string]float64{"latency.p99": 500, "loss.ratio": 0.002, "host.cores": 0}
	bare := result.Result{Placement: "software", Class: "all", Direction: "all", Status: result.Undeployable, Reasons: []string{"bare metal has no host"}}
	results := []result.Result{inbound, web, nic, many, bare}

	tests := []struct {
		text, verdict string
		value         float64
		why           string
	}{
		{"nic.latency.p99 < 10us", Holds, 8000, ""},
		{"nic.latency.p99 < 8us", Fails, 8000, "nic.latency.p99 is 8 us, against 8 us"},
		{"nic.latency.p99 <= 8us", Holds, 8000, ""},
		{"nic.latency.p99 > 8us", Fails, 8000, "nic.latency.p99 is 8 us, against 8 us"},
		{"nic.latency.p99 >= 8us", Holds, 8000, ""},
		{"nic.latency.p99 == 8us", Holds, 8000, ""},
		{"nic.latency.p99 != 8us", Fails, 8000, "nic.latency.p99 is 8 us, against 8 us"},
		{"nic.web.latency.p99 < 6us", Holds, 5000, ""},
		{"nic.loss.ratio == 0", Holds, 0, ""},
		{"nic.throughput.gbps > 1Gbps", Undecided, 0, "throughput.gbps was not measured for nic"},
		{"nic.host.cores == 0", Undecided, 0, "host.cores was not measured for nic"},
		{"nic.mix.latency.p99 < 1us", Undecided, 0, "there is no result for nic, traffic class mix"},
		{"appliance.latency.p99 < 1us", Undecided, 0, "there is no result for appliance, traffic class all"},
		{"software.latency.p99 < 1us", Undecided, 0, "software is undeployable: bare metal has no host"},
		{"software.web.latency.p99 < 1us", Undecided, 0, "software is undeployable: bare metal has no host"},
		{"nic.latency.p99 < software.latency.p99", Undecided, 8000, "software is undeployable: bare metal has no host"},
		{"nic.web.latency.p99 < nic.latency.p99", Holds, 5000, ""},

		{"tor.latency.p99 < 10us", Holds, 9000, ""},
		{"tor.latency.p99 < 9.4us", Undecided, 9000, "needs more replications (about 7): tor.latency.p99 is 9 us +/- 0.5 us, against 9.4 us"},
		{"tor.latency.p99 < 8.6us", Undecided, 9000, "needs more replications (about 7): tor.latency.p99 is 9 us +/- 0.5 us, against 8.6 us"},
		{"tor.latency.p99 < 8us", Fails, 9000, "tor.latency.p99 is 9 us, against 8 us"},
		{"tor.latency.p99 == 9us", Undecided, 9000, "needs more replications (more than 1000): tor.latency.p99 is 9 us +/- 0.5 us, against 9 us"},
		{"nic.latency.p99 < tor.latency.p99", Holds, 8000, ""},
		{"tor.loss.ratio == 0", Fails, 0.001, "tor.loss.ratio is 0.001, against 0"},
		{"tor.loss.ratio != 0", Holds, 0.001, ""},
		{"tor.loss.ratio <= 0", Undecided, 0.001, "needs more replications (about 13): tor.loss.ratio is 0.001 +/- 0.002, against 0"},
		{"tor.host.cores == 0", Holds, 0, ""},

		{"latency.p99 < 8.2us", Fails, 9000, "tor.latency.p99 is 9 us, against 8.2 us"},
		{"latency.p99 < 20us", Undecided, 0, "software is undeployable: bare metal has no host"},
		{"nic.latency.p99 <= latency.p99", Undecided, 8000, "software is undeployable: bare metal has no host"},
	}
	for _, tc := range tests {
		t.Run(tc.text, func(t *testing.T) {
			got := Evaluate([]Expectation{expectation(t, tc.text)}, results)
			assert.Equal(t, []string{tc.text, tc.verdict, tc.why}, []string{got[0].Text, got[0].Verdict, got[0].Why})
			assert.Equal(t, tc.value, got[0].Value)
		})
	}
}

func TestEvaluateWithoutResults(t *testing.T) {
	for _, text := range []string{"latency.p99 < 1us", "nic.latency.p99 < 1us"} {
		got := Evaluate([]Expectation{expectation(t, text)}, nil)
		assert.Equal(t, Undecided, got[0].Verdict)
		assert.NotEmpty(t, got[0].Why)
	}
	assert.Empty(t, Evaluate(nil, nil))
}

func TestFreePlacementsArePaired(t *testing.T) {
	results := []result.Result{
		row("nic", map[string]float64{"latency.p99": 8, "latency.p50": 4}),
		row("tor", map[string]float64{"latency.p99": 3, "latency.p50": 2}),
	}
	got := Evaluate([]Expectation{expectation(t, "latency.p50 < latency.p99")}, results)
	assert.Equal(t, Holds, got[0].Verdict, "nic with nic, tor with tor")
	assert.Equal(t, 4.0, got[0].Value)
}

// TestVerdictProperties: an operator and its negation never agree, except that both are undecided together; and a wider interval
// turns verdicts to undecided only.
func TestVerdictProperties(t *testing.T) {
	negation := map[string]string{"<": ">=", "<=": ">", "==": "!="}
	rapid.Check(t, func(t *rapid.T) {
		a := measurement{float64(rapid.IntRange(0, 20).Draw(t, "a")), float64(rapid.IntRange(0, 5).Draw(t, "half a")), 5, nil}
		b := measurement{float64(rapid.IntRange(0, 20).Draw(t, "b")), float64(rapid.IntRange(0, 5).Draw(t, "half b")), 5, nil}
		op := rapid.SampledFrom([]string{"<", "<=", "=="}).Draw(t, "op")
		holds, open := compare(a, b, op)
		not, notOpen := compare(a, b, negation[op])
		require.Equal(t, open, notOpen)
		require.True(t, open || holds != not)
		wider := a
		wider.half += float64(rapid.IntRange(0, 9).Draw(t, "more"))
		widerHolds, widerOpen := compare(wider, b, op)
		require.True(t, widerOpen || (!open && widerHolds == holds))
	})
}

// A power that is too much says what takes most of it.
func TestPowerThatFailsSaysWhatTakesMost(t *testing.T) {
	results := []result.Result{{Placement: "nic", Class: result.All, Direction: result.All, Status: result.OK,
		Metrics: map[string]float64{"power.dsn": 25.3, "power.host": 3, "power.total": 53.6, "latency.p99": 5},
		Sections: []result.Section{{Name: "power", Columns: []result.Column{{Of: "power.total", Unit: "W"}, {Of: "power.dsn", Unit: "W"}, {Of: "power.host", Unit: "W"}}, Rows: []result.Row{
			{Label: "static", Values: []any{40.0, 20.0, 0.0}}, {Label: "crypto", Values: []any{0.6, 0.3, 0.0}}, {Label: "ethernet", Values: []any{8.0, 4.5, 0.0}},
			{Label: "pcie", Values: []any{2.0, 0.5, 0.0}}, {Label: "host nic", Values: []any{3.0, 0.0, 3.0}}}}}}}
	for text, want := range map[string]string{
		"nic.power.dsn <= 25W":   "nic.power.dsn is 25.3 W, against 25 W; most of it is static 20.00 W, ethernet 4.50 W, pcie 0.50 W",
		"nic.power.host <= 1W":   "nic.power.host is 3 W, against 1 W; most of it is host nic 3.00 W",
		"power.total <= 1W":      "nic.power.total is 53.6 W, against 1 W; most of it is static 40.00 W, ethernet 8.00 W, host nic 3.00 W",
		"nic.latency.p99 <= 1ns": "nic.latency.p99 is 0.005 us, against 0.001 us",
	} {
		e := Expectation{Text: text}
		require.NoError(t, e.Parse(testNames))
		got := Evaluate([]Expectation{e}, results)[0]
		assert.Equal(t, Fails, got.Verdict)
		assert.Equal(t, want, got.Why)
	}
	results[0].Sections = nil
	e := Expectation{Text: "nic.power.dsn <= 25W"}
	require.NoError(t, e.Parse(testNames))
	assert.Equal(t, "nic.power.dsn is 25.3 W, against 25 W", Evaluate([]Expectation{e}, results)[0].Why)
}

// At the edge of the interval the two are as far apart as it is wide: that is open still, and beyond it is not.
func TestTheEdgeOfAnIntervalIsOpen(t *testing.T) {
	a, limit := measurement{value: 10, half: 2}, measurement{value: 12}
	for _, op := range []string{"<", "<=", ">", ">="} {
		_, open := compare(a, limit, op)
		assert.True(t, open, "10 +- 2 %s 12", op)
		_, open = compare(a, measurement{value: 12.000001}, op)
		assert.False(t, open, "10 +- 2 %s 12.000001", op)
	}
}

// Two replications have an interval that counts, one has none whatever is written.
func TestTwoReplicationsHaveAnInterval(t *testing.T) {
	for runs, want := range map[int]string{1: Holds, 2: Undecided} {
		r := row("nic", map[string]float64{"latency.p99": 8000})
		r.Replications, r.CI95 = runs, map[string]float64{"latency.p99": 500}
		got := Evaluate([]Expectation{expectation(t, "nic.latency.p99 < 8200ns")}, []result.Result{r})[0]
		assert.Equal(t, want, got.Verdict, "%d", runs)
	}
}

// Who writes a share as a number up to 100 probably meant per cent.
func TestShareWrittenAsPerCent(t *testing.T) {
	for text, hint := range map[string]string{"tor.loss.ratio < 100": "for per cent write 100%", "tor.loss.ratio < 2": "for per cent write 2%"} {
		e := Expectation{Text: text}
		assert.ErrorContains(t, e.Parse(testNames), hint)
	}
	e := Expectation{Text: "tor.loss.ratio < 101"}
	err := e.Parse(testNames)
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "per cent")
}
