package diff

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/reports"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// report is of one placement, all traffic together, with so many replications.
func report(runs int, metrics, half map[string]float64) *result.Report {
	return &result.Report{
		Scenario: result.Scenario{Name: "quick", File: "quick.yaml", SHA256: "aaaa", Seed: 1}, Complete: true,
		Results: []result.Result{{Placement: "nic", Class: result.All, Direction: result.All, Status: result.OK, Replications: runs, Metrics: metrics, CI95: half}},
	}
}

func compare(t require.TestingT, was, is *result.Report, policy Policy) *result.Diff {
	d, err := Compare(Set{Name: "old", Reports: []*result.Report{was}}, Set{Name: "new", Reports: []*result.Report{is}}, policy)
	require.NoError(t, err)
	return d
}

func names(list []result.Change) []string {
	out := []string{}
	for _, c := range list {
		out = append(out, c.Metric)
	}
	return out
}

// Which way is better comes from the catalogue; what is neither is told apart.
func TestWhichWayIsBetter(t *testing.T) {
	was := report(1, map[string]float64{"latency.p99": 1000, "throughput.gbps": 10, "offered.gbps": 10, "loss.ratio": 0, "host.cores": 4}, nil)
	is := report(1, map[string]float64{"latency.p99": 1100, "throughput.gbps": 11, "offered.gbps": 12, "loss.ratio": 0.001, "host.cores": 3}, nil)
	d := compare(t, was, is, Policy{})
	assert.Equal(t, []string{"loss.ratio", "latency.p99"}, names(d.Regressions), "in the order of the catalogue")
	assert.Equal(t, []string{"throughput.gbps", "host.cores"}, names(d.Improvements))
	assert.Equal(t, []string{"offered.gbps"}, names(d.Changes))
	assert.Equal(t, 5, d.Compared)
	assert.Nil(t, d.Regressions[0].Share, "nothing is a share of 0")
	assert.InDelta(t, 0.1, *d.Regressions[1].Share, 1e-12)
	back := compare(t, is, was, Policy{})
	assert.Equal(t, names(d.Regressions), names(back.Improvements))
	assert.Equal(t, names(d.Improvements), names(back.Regressions))
}

func TestToleranceAndNoise(t *testing.T) {
	share := func(v float64) Policy { return Policy{Tolerances: []Tolerance{{Share: v}}} }
	for _, c := range []struct {
		what      string
		runs      int
		is        float64
		half      float64
		policy    Policy
		regressed bool
	}{
		{"within one per cent", 1, 1009, 0, Policy{}, false},
		{"beyond one per cent", 1, 1011, 0, Policy{}, true},
		{"exactly as asked for", 1, 1001, 0, share(0), true},
		{"within what is asked for", 1, 1100, 0, share(0.1), false},
		{"the metric's own tolerance", 1, 1150, 0, Policy{Tolerances: []Tolerance{{Share: 0.01}, {Metric: "latency", Share: 0.05}, {Metric: "latency.p99", Share: 0.2}}}, false},
		{"that of its family", 1, 1150, 0, Policy{Tolerances: []Tolerance{{Metric: "latency", Share: 0.2}, {Share: 0.01}}}, false},
		{"another's tolerance", 1, 1150, 0, Policy{Tolerances: []Tolerance{{Metric: "latency.p50", Share: 0.2}}}, true},
		{"a family is no prefix", 1, 1150, 0, Policy{Tolerances: []Tolerance{{Metric: "laten", Share: 0.2}}}, true},
		{"a quantity", 1, 1150, 0, Policy{Tolerances: []Tolerance{{Metric: "latency.p99", Value: 150}}}, false},
		{"beyond the quantity", 1, 1151, 0, Policy{Tolerances: []Tolerance{{Metric: "latency.p99", Value: 150}}}, true},
		{"beyond the tolerance, within noise", 5, 1100, 100, Policy{}, false},
		{"beyond both", 5, 1200, 100, Policy{}, true},
		{"beyond noise, within the tolerance", 5, 1200, 100, share(0.25), false},
		{"less sure", 5, 1100, 100, Policy{Confidence: 0.8}, true},
		{"surer", 5, 1200, 100, Policy{Confidence: 0.9999}, false},
	} {
		half := map[string]float64{}
		if c.runs > 1 {
			half["latency.p99"] = c.half
		}
		d := compare(t, report(c.runs, map[string]float64{"latency.p99": 1000}, half), report(c.runs, map[string]float64{"latency.p99": c.is}, half), c.policy)
		assert.Equal(t, c.regressed, len(d.Regressions) == 1, c.what)
	}
}

// A placement that cannot run any more is a regression, and its figures are not missed one by one.
func TestStatus(t *testing.T) {
	was, is := report(1, map[string]float64{"latency.p99": 1}, nil), report(1, map[string]float64{}, nil)
	is.Results[0].Status, is.Results[0].Reasons = result.Undeployable, []string{"no slot", "too hot"}
	d := compare(t, was, is, Policy{})
	require.Len(t, d.Regressions, 1)
	assert.Equal(t, "nic.status: ok -> undeployable: no slot; too hot", reports.ChangeText(d.Regressions[0]))
	assert.Empty(t, d.Missing)
	assert.Len(t, compare(t, is, was, Policy{}).Improvements, 1)
	other := report(1, nil, nil)
	other.Results[0].Status = result.Unsupported
	d = compare(t, is, other, Policy{})
	assert.Len(t, d.Changes, 1, "neither of them runs")
	assert.Empty(t, slices.Concat(d.Regressions, d.Improvements))
}

func TestRowsThatComeAndGo(t *testing.T) {
	was, is := report(1, map[string]float64{"latency.p99": 1, "host.cores": 1}, nil), report(1, map[string]float64{"latency.p99": 1, "loss.ratio": 0}, nil)
	was.Results = append(was.Results, result.Result{Placement: "tor", Class: "web", Direction: "inbound", Status: result.OK, Metrics: map[string]float64{"latency.p99": 1, "host.cores": 7}})
	gone := *was
	gone.Scenario.Name = "gone"
	d, err := Compare(Set{Name: "old", Reports: []*result.Report{was, &gone}}, Set{Name: "new", Reports: []*result.Report{is}}, Policy{})
	require.NoError(t, err)
	var missing, added []string
	for _, f := range d.Missing {
		missing = append(missing, f.Scenario+" "+f.Name())
	}
	for _, f := range d.Added {
		added = append(added, f.Scenario+" "+f.Name())
	}
	assert.Equal(t, []string{"quick nic.host.cores", "quick tor.web.inbound", "gone nic", "gone tor.web.inbound"}, missing)
	assert.Equal(t, []string{"quick nic.loss.ratio"}, added)
	// What is of a whole placement is compared once, in the row of all.
	d = compare(t, was, was, Policy{})
	assert.Equal(t, 3, d.Compared)
}

func TestNotes(t *testing.T) {
	was, is := report(1, nil, nil), report(1, nil, nil)
	is.Scenario.SHA256, is.Scenario.Seed = "bbbb", 2
	text := strings.Join(compare(t, was, is, Policy{}).Notes, "\n")
	assert.Equal(t, "quick: the scenario is another (sha256 bbbb, was aaaa): what changed may be due to that\n"+
		"quick: the seed is 2, was 1: the traffic is another, and some of many figures differ by chance\n"+
		"quick: one replication has no intervals, so that every change beyond the tolerance counts", text)
	assert.Empty(t, compare(t, report(3, nil, nil), report(3, nil, nil), Policy{}).Notes)
}

func TestRefusals(t *testing.T) {
	whole, cut := report(1, nil, nil), report(1, nil, nil)
	cut.Complete = false
	_, err := Compare(Set{Name: "old", Reports: []*result.Report{cut}}, Set{Name: "new", Reports: []*result.Report{whole}}, Policy{})
	assert.EqualError(t, err, "old: the report on quick is incomplete: its run was interrupted")
	d := compare(t, cut, whole, Policy{Incomplete: true})
	assert.Contains(t, d.Notes, "old: the report on quick is incomplete: its run was interrupted")
	_, err = Compare(Set{Name: "old", Reports: []*result.Report{whole}, Failed: []string{"x.yaml"}}, Set{}, Policy{})
	assert.EqualError(t, err, "old: x.yaml: no report, since the scenario could not be simulated")
	_, err = Compare(Set{Name: "old", Reports: []*result.Report{whole}}, Set{Name: "new", Reports: []*result.Report{whole, whole}}, Policy{})
	assert.EqualError(t, err, "new: two results for scenario quick, nic, class all, direction all; scenarios that are compared need names of their own")
}

func TestParseTolerance(t *testing.T) {
	for text, want := range map[string]Tolerance{
		"2%": {Share: 0.02}, "0%": {}, "latency.p99=5%": {Metric: "latency.p99", Share: 0.05}, "latency = 200ns": {Metric: "latency", Value: 200},
		"loss.ratio=0.001": {Metric: "loss.ratio", Value: 0.001}, "loss.ratio=1%": {Metric: "loss.ratio", Share: 0.01}, "power=1%": {Metric: "power", Share: 0.01},
		"throughput.gbps=100Mbps": {Metric: "throughput.gbps", Value: 0.1}, "drops.policy=5": {Metric: "drops.policy", Value: 5},
	} {
		got, err := ParseTolerance(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
	for text, want := range map[string]string{
		"2": "expected a tolerance in per cent for all metrics", "-2%": "expected a tolerance such as 2%", "x%": "expected a tolerance such as 2%", "Inf%": "expected a tolerance such as 2%",
		"NaN%": "expected a tolerance such as 2%", "latncy.p99=2%": `unknown metric "latncy.p99"; did you mean "latency.p99"?`, "latency.p99=2": "a unit is required",
		"=2%": "expected a metric before =", "latency.p99=-5ns": "", "power=1W": `the metrics of "power" have several units`, "laten=2%": "unknown metric", "": "expected a tolerance in per cent",
	} {
		_, err := ParseTolerance(text)
		assert.ErrorContains(t, err, want, text)
	}
}

// What is compared with itself has not changed; what got worse for one got better for the other.
func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) *result.Report {
			metrics, half := map[string]float64{}, map[string]float64{}
			for _, m := range []string{"latency.p99", "throughput.gbps", "offered.gbps", "loss.ratio"} {
				metrics[m] = rapid.Float64Range(0, 100).Draw(t, label+m)
				half[m] = rapid.SampledFrom([]float64{0, 1, 20}).Draw(t, label+m+" half")
			}
			return report(rapid.IntRange(1, 5).Draw(t, label), metrics, half)
		}
		a, b := draw("a"), draw("b")
		for _, r := range []*result.Report{a, b} {
			if r.Results[0].Replications == 1 {
				r.Results[0].CI95 = nil
			}
		}
		same := compare(t, a, a, Policy{})
		require.Empty(t, slices.Concat(same.Regressions, same.Improvements, same.Changes))
		exact := Policy{Tolerances: []Tolerance{{}}} // a share is of the old value, so that it is not the same both ways
		there, back := compare(t, a, b, exact), compare(t, b, a, exact)
		require.Equal(t, names(there.Regressions), names(back.Improvements))
		require.Equal(t, names(there.Changes), names(back.Changes))
		wide := compare(t, a, b, Policy{Tolerances: []Tolerance{{Share: math.MaxFloat64}}})
		for _, c := range wide.Regressions {
			require.Less(t, c.Old, 1e-300, "only what was 0, or next to it, is beyond any share")
		}
	})
}

// Every metric of the catalogue says which way is better, or that it is neither.
func TestEveryMetricHasAWay(t *testing.T) {
	for _, m := range stats.All() {
		assert.Contains(t, []stats.Better{stats.Neither, stats.Higher, stats.Lower}, m.Better, m.Name)
	}
}
