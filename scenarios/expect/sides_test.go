package expect

import (
	"math"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

var placements = []string{"software", "nic", "bump-in-the-wire", "tor", "appliance", "discrete"}

var testNames = Names{Placements: placements, Classes: []string{result.All, "mix", "web", "a-b"}}

func parsed(t require.TestingT, text string) Expectation {
	e := Expectation{Text: text}
	require.NoError(t, e.Parse(testNames), text)
	return e
}

func TestParseSides(t *testing.T) {
	nic := Operand{Placement: "nic", Class: "all", Metric: "latency.p99"}
	tor := Operand{Placement: "tor", Class: "all", Metric: "latency.p99"}
	with := func(o Operand, factor, value float64) Operand {
		o.Factor, o.Value = factor, value
		return o
	}
	for text, want := range map[string]Expectation{
		"nic.latency.p99 < 0.5 * tor.latency.p99":       {Left: nic, Op: "<", Right: with(tor, 0.5, 0)},
		"nic.latency.p99 < tor.latency.p99*0.5":         {Left: nic, Op: "<", Right: with(tor, 0.5, 0)},
		"2*nic.latency.p99<=150% * tor.latency.p99":     {Left: with(nic, 2, 0), Op: "<=", Right: with(tor, 1.5, 0)},
		"nic.latency.p99 + 2us < tor.latency.p99":       {Left: with(nic, 0, 2000), Op: "<", Right: tor},
		"nic.latency.p99 < 2 * tor.latency.p99 - 100ns": {Left: nic, Op: "<", Right: with(tor, 2, -100)},
		"nic.latency.p99 == 5us +- 5%":                  {Left: nic, Op: "==", Right: Operand{Value: 5000}, Tolerance: Tolerance{Share: 0.05}},
		"nic.latency.p99 == 5us+-200ns":                 {Left: nic, Op: "==", Right: Operand{Value: 5000}, Tolerance: Tolerance{Value: 200}},
		"nic.latency.p99 != tor.latency.p99 ± 10%":      {Left: nic, Op: "!=", Right: tor, Tolerance: Tolerance{Share: 0.1}},
		"nic.latency.p99 within 2us..4.5us":             {Left: nic, Op: "within", Right: Operand{Value: 2000}, High: 4500},
		"nic.latency.p99 within 2us .. 4us":             {Left: nic, Op: "within", Right: Operand{Value: 2000}, High: 4000},
		"0.5 * nic.latency.p99 within 2us..2us":         {Left: with(nic, 0.5, 0), Op: "within", Right: Operand{Value: 2000}, High: 2000},
		"nic.outbound.latency.p99 < 1us":                {Left: Operand{Placement: "nic", Class: "all", Metric: "latency.p99", Direction: "outbound"}, Op: "<", Right: Operand{Value: 1000}},
		"web.inbound.latency.p99 < 1us":                 {Left: Operand{Class: "web", Metric: "latency.p99", Direction: "inbound"}, Op: "<", Right: Operand{Value: 1000}},
		"nic.a-b.latency.p99 < 1us":                     {Left: Operand{Placement: "nic", Class: "a-b", Metric: "latency.p99"}, Op: "<", Right: Operand{Value: 1000}},
		"software.status == undeployable":               {Left: Operand{Placement: "software", Class: "all", Metric: "status"}, Op: "==", Status: "undeployable"},
		"status != unsupported":                         {Left: Operand{Class: "all", Metric: "status"}, Op: "!=", Status: "unsupported"},
		"nic.web.status == ok":                          {Left: Operand{Placement: "nic", Class: "web", Metric: "status"}, Op: "==", Status: "ok"},
	} {
		got := parsed(t, text)
		got.Text = ""
		assert.Equal(t, want, got, text)
	}
}

// A class may have the name of a direction; then it is the class.
func TestClassNamedAsDirection(t *testing.T) {
	e := Expectation{Text: "inbound.inbound.latency.p99 < 1us"}
	require.NoError(t, e.Parse(Names{placements, []string{result.All, "inbound"}}))
	assert.Equal(t, Operand{Class: "inbound", Metric: "latency.p99", Direction: "inbound"}, e.Left)
}

func TestSidesThatAreWrong(t *testing.T) {
	for text, want := range map[string]string{
		"nic.latency.p99 < 0 * tor.latency.p99":           "expected a factor above 0 and a metric, such as 0.95 * nic.offered.gbps",
		"nic.latency.p99 < -1 * tor.latency.p99":          "expected a factor above 0",
		"nic.latency.p99 < 1e999 * tor.latency.p99":       "expected a factor above 0",
		"nic.latency.p99 < 2 * 3 * tor.latency.p99":       "expected a factor above 0",
		"nic.latency.p99 < 2 *":                           "expected a factor above 0",
		"nic.latency.p99 < tor.latency.p99 * nic.loss":    "expected a factor above 0",
		"nic.latency.p99 < 2 * tor.latncy.p99":            `unknown metric "latncy.p99"; did you mean "latency.p99"?`,
		"nic.latency.p99 < 2 * tor.loss.ratio":            "latency.p99 is in ns and loss.ratio in ratio; they cannot be compared",
		"nic.latency.p99 < tor.latency.p99 + 2W":          `latency.p99 is in ns: "2W" is not a duration`,
		"nic.latency.p99 < tor.latency.p99 + nic.latency": "expected a metric and what is added to it",
		"nic.latency.p99 < 5us +- 5%":                     "a tolerance goes with == or !=, not with <; change the limit itself",
		"nic.latency.p99 == 5us +- 5":                     `latency.p99 is in ns: "5" is not a duration`,
		"nic.latency.p99 == 5us +- 0ns":                   "expected a tolerance above 0",
		"nic.latency.p99 == 5us +- 100%":                  "expected a tolerance above 0% and below 100%",
		"nic.latency.p99 == 5us +- ten":                   "expected a tolerance such as 5% or 200ns after +-",
		"nic.latency.p99 == 5us +-":                       "expected a tolerance such as 5% or 200ns after +-",
		"nic.latency.p99 == +- 5%":                        "expected a quantity or a metric before the tolerance",
		"nic.loss.ratio == 1% +- 5%":                      "loss.ratio is a ratio: +- 5% may be a share of it or points",
		"nic.latency.p99 == tor.latency.p99 + 1us +- 5%":  "a share of a sum is not clear",
		"nic.latency.p99 within 4us..2us":                 "expected a range such as 2us..4us, the lower end first, got 4us..2us",
		"nic.latency.p99 within 4us":                      "expected a range such as nic.latency.p50 within 2us..4us",
		"nic.latency.p99 within 4..5us":                   `latency.p99 is in ns: "4" is not a duration`,
		"5us within 4us..6us":                             "expected a metric on the left",
		"nic.status < ok":                                 "a status has no order; expected == or !=, got <",
		"nic.status == okay":                              `unknown status "okay"; did you mean "ok"? (valid: ok, undeployable, unsupported)`,
		"nic.stats == ok":                                 `unknown metric "stats"`,
		"nic.status within 1..2":                          "a status is no number",
		"2 * nic.status == ok":                            "a status is no number",
		"nic.latency.p99 < tor.status":                    "latency.p99 is in ns and status in status",
		"nic.inbound.outbound.latency.p99 < 1us":          `unknown traffic class or direction "outbound"`,
		"nic.outbound.host.cores < 1":                     "host.cores is one figure for both directions; it has none for outbound",
		"nic.outbound.status == ok":                       "status is one figure for both directions",
		"nic.outbond.latency.p99 < 1us":                   `unknown traffic class or direction "outbond"; did you mean "outbound"?`,
	} {
		e := Expectation{Text: text}
		err := e.Parse(testNames)
		assert.ErrorContains(t, err, want, text)
	}
}

func TestEvaluateSides(t *testing.T) {
	nic := row("nic", map[string]float64{"latency.p99": 4000, "offered.gbps": 40, "throughput.gbps": 39, "loss.ratio": 0.01})
	tor := row("tor", map[string]float64{"latency.p99": 5000})
	tor.Replications, tor.CI95 = 5, map[string]float64{"latency.p99": 100}
	inbound := row("nic", map[string]float64{"latency.p99": 3000})
	inbound.Direction = "inbound"
	bare := result.Result{Placement: "software", Class: "all", Direction: "all", Status: result.Undeployable, Reasons: []string{"no host"}}
	results := []result.Result{inbound, nic, tor, bare}
	for _, tc := range []struct {
		text, verdict string
		value         float64
		why           string
	}{
		{"nic.throughput.gbps >= 0.95 * nic.offered.gbps", Holds, 39, ""},
		{"nic.throughput.gbps >= 99% * nic.offered.gbps", Fails, 39, "nic.throughput.gbps is 39 Gbps, against 0.99 * nic.offered.gbps is 39.6 Gbps"},
		{"nic.latency.p99 + 500ns < tor.latency.p99", Holds, 4500, ""},
		{"nic.latency.p99 + 1us < tor.latency.p99 - 500ns", Fails, 5000, "nic.latency.p99 + 1 us is 5 us, against tor.latency.p99 - 0.5 us is 4.5 us"},
		{"nic.latency.p99 < 0.82 * tor.latency.p99", Holds, 4000, ""},
		{"nic.latency.p99 < 0.81 * tor.latency.p99", Undecided, 4000, "needs more replications (about 10): nic.latency.p99 is 4 us +/- 0.081 us, against 0.81 * tor.latency.p99 is 4.05 us"},
		{"nic.latency.p99 == 4.1us +- 5%", Holds, 4000, ""},
		{"nic.latency.p99 == 4.3us +- 5%", Fails, 4000, "nic.latency.p99 is 4 us, against 4.085 us..4.515 us"},
		{"nic.latency.p99 == 3.9us +- 100ns", Holds, 4000, ""},
		{"nic.latency.p99 == 3.9us +- 99ns", Fails, 4000, "nic.latency.p99 is 4 us, against 3.801 us..3.999 us"},
		{"nic.latency.p99 != 3.9us +- 99ns", Holds, 4000, ""},
		{"nic.latency.p99 != 3.9us +- 100ns", Fails, 4000, "nic.latency.p99 is 4 us, against 3.8 us..4 us"},
		{"tor.latency.p99 == 5us +- 3%", Holds, 5000, ""},
		{"tor.latency.p99 == 5us +- 1%", Undecided, 5000, "needs more replications (about 13): tor.latency.p99 is 5 us +/- 0.1 us, against 4.95 us..5.05 us"},
		{"tor.latency.p99 == 5.2us +- 1%", Fails, 5000, "tor.latency.p99 is 5 us, against 5.148 us..5.252 us"},
		{"tor.latency.p99 != 5us +- 1%", Undecided, 5000, "needs more replications (about 13): tor.latency.p99 is 5 us +/- 0.1 us, against 4.95 us..5.05 us"},
		{"nic.latency.p99 == tor.latency.p99 +- 5%", Fails, 4000, "nic.latency.p99 is 4 us, against 4.75 us..5.25 us, since tor.latency.p99 is 5 us"},
		{"nic.latency.p99 within 4us..5us", Holds, 4000, ""},
		{"nic.latency.p99 within 4.001us..5us", Fails, 4000, "nic.latency.p99 is 4 us, against 4.001 us..5 us"},
		{"tor.latency.p99 within 4us..5.05us", Undecided, 5000, "needs more replications (about 13): tor.latency.p99 is 5 us +/- 0.1 us, against 4 us..5.05 us"},
		{"nic.loss.ratio within 0.5%..1.5%", Holds, 0.01, ""},
		{"nic.inbound.latency.p99 < 3.5us", Holds, 3000, ""},
		{"nic.inbound.latency.p99 < 2us", Fails, 3000, "nic.inbound.latency.p99 is 3 us, against 2 us"},
		{"tor.inbound.latency.p99 < 2us", Undecided, 0, "there is no result for tor, traffic class all, inbound"},
		{"software.status == undeployable", Holds, 0, "software is undeployable: no host"},
		{"software.status == ok", Fails, 0, "software is undeployable: no host"},
		{"software.status != ok", Holds, 0, "software is undeployable: no host"},
		{"nic.status == ok", Holds, 0, "nic is ok"},
		{"appliance.status == ok", Undecided, 0, "there is no result for appliance, traffic class all"},
		{"status == ok", Fails, 0, "software is undeployable: no host"},
	} {
		t.Run(tc.text, func(t *testing.T) {
			got := Evaluate([]Expectation{parsed(t, tc.text)}, results)[0]
			assert.Equal(t, []string{tc.verdict, tc.why}, []string{got.Verdict, got.Why})
			assert.Equal(t, tc.value, got.Value)
		})
	}
}

func TestExpectationCarriesItsFigures(t *testing.T) {
	tor := row("tor", map[string]float64{"latency.p99": 5000})
	tor.Replications, tor.CI95 = 5, map[string]float64{"latency.p99": 100}
	e, two := parsed(t, "tor.latency.p99 < 9us"), parsed(t, "tor.latency.p99 < 2 * tor.latency.p99")
	e.Line, e.Col = 7, 5
	against := 10000.0
	assert.Equal(t, []result.Expectation{
		{Text: e.Text, Verdict: Holds, Value: 5000, Unit: "ns", CI95: 100, Line: 7, Col: 5},
		{Text: two.Text, Verdict: Holds, Value: 5000, Unit: "ns", Against: &against, CI95: math.Hypot(100, 200)},
	}, Evaluate([]Expectation{e, two}, []result.Result{tor}))
}

// TestToleranceProperties: what is equal within a tolerance is so within a larger one, == and != never agree, and a range says
// what its two ends say.
func TestToleranceProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := measurement{float64(rapid.IntRange(0, 40).Draw(t, "a")), float64(rapid.IntRange(0, 5).Draw(t, "half a")), 5, nil}
		b := measurement{float64(rapid.IntRange(-20, 40).Draw(t, "b")), float64(rapid.IntRange(0, 5).Draw(t, "half b")), 5, nil}
		small := rapid.Float64Range(0.01, 0.9).Draw(t, "tolerance")
		tight := Expectation{Op: "==", Tolerance: Tolerance{Share: small}}
		if rapid.Bool().Draw(t, "absolute") {
			tight.Tolerance = Tolerance{Value: 20 * small}
		}
		not := tight
		not.Op = "!="
		wide := tight
		wide.Tolerance.Share, wide.Tolerance.Value = tight.Tolerance.Share*1.1, tight.Tolerance.Value*1.1
		is, _ := tight.verdict(a, b)
		isNot, _ := not.verdict(a, b)
		wider, _ := wide.verdict(a, b)
		require.Equal(t, is == Undecided, isNot == Undecided)
		require.True(t, is == Undecided || is != isNot)
		if is == Holds && b.half == 0 {
			require.Equal(t, Holds, wider)
		}
		within := Expectation{Op: "within", High: b.value + 5}
		b.half = 0
		v, _ := within.verdict(a, b)
		low, _ := decide(a, b, ">=")
		high, _ := decide(a, measurement{value: b.value + 5}, "<=")
		require.Equal(t, max(weight(low), weight(high)), weight(v))
	})
}

func FuzzExpectation(f *testing.F) {
	for _, text := range []string{"nic.latency.p99 < 10us", "0.95 * nic.offered.gbps <= throughput.gbps - 1Gbps", "loss.ratio within 0..1%",
		"nic.web.inbound.latency.p50 == 5us +- 5%", "software.status != ok", "jitter.ipdv != tor.jitter.ipdv ± 1ns", "a * b == c", "+ 1 < 2"} {
		f.Add(text)
	}
	metrics := map[string]float64{"latency.p99": 4000, "offered.gbps": 40, "throughput.gbps": 39, "loss.ratio": 0.01, "jitter.ipdv": 7}
	results := []result.Result{row("nic", metrics), row("tor", metrics), {Placement: "software", Class: "all", Direction: "all", Status: result.Undeployable}}
	f.Fuzz(func(t *testing.T, text string) {
		e := Expectation{Text: text}
		if err := e.Parse(testNames); err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		require.Contains(t, operators(), e.Op)
		require.False(t, math.IsNaN(e.Right.Value) || math.IsNaN(e.Left.Factor) || e.Left.Factor < 0 || e.Tolerance.Share < 0)
		got := Evaluate([]Expectation{e}, results)[0]
		require.Contains(t, []string{Holds, Fails, Undecided}, got.Verdict)
		if got.Verdict != Holds {
			require.NotEmpty(t, got.Why)
		}
	})
}

// Every condition of docs/ci.md is one.
func TestConditionsOfTheDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/ci.md")
	require.NoError(t, err)
	_, block, found := strings.Cut(string(text), "    expect:\n")
	require.True(t, found)
	block, _, _ = strings.Cut(block, "\n\n")
	lines := strings.Split(block, "\n")
	require.GreaterOrEqual(t, len(lines), 10)
	for _, line := range lines {
		condition, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "- "), "#")
		parsed(t, condition)
	}
}
