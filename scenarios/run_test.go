package scenarios_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/expect"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/sim/units"
)

// withRun is a scenario with a run section.
func withRun(run string, more ...string) string {
	return "version: 1\ntraffic: [{name: web, sizes: imix, load: 30%}]\nrun: " + run + "\n" + strings.Join(more, "\n")
}

func TestWarmup(t *testing.T) {
	for run, want := range map[string]scenarios.Run{
		"{duration: 2ms}":               {Warmup: 200 * units.Microsecond},
		"{duration: 2ms, warmup: 1ms}":  {Warmup: units.Millisecond},
		"{duration: 2ms, warmup: 0s}":   {},
		"{duration: 2ms, warmup: auto}": {Warmup: 200 * units.Microsecond, WarmupRule: scenarios.WarmupRule{Auto: true}},
	} {
		s, err := load.Bytes("f.yaml", []byte(withRun(run)), nil)
		require.NoError(t, err, run)
		assert.Equal(t, want.Warmup, s.Run.Warmup, run)
		assert.Equal(t, want.WarmupRule.Auto, s.Run.WarmupRule.Auto, run)
	}
	s, err := load.Bytes("f.yaml", []byte(withRun("{duration: 2ms, warmup: 1ms}")), []string{"run.warmup=auto"})
	require.NoError(t, err)
	assert.True(t, s.Run.WarmupRule.Auto)
	assert.Equal(t, 200*units.Microsecond, s.Run.Warmup, "the default until it is found")
}

func TestPrecision(t *testing.T) {
	all := expect.Operand{Class: "all", Metric: "latency.p99"}
	for _, c := range []struct {
		run         string
		want        scenarios.Precisions
		first, most int
	}{
		{"{precision: latency.p99 2%}", scenarios.Precisions{{"latency.p99 2%", all, 2 * units.Percent}}, 10, 100},
		{"{precision: '  latency.p99    0.5% ', replications: 3}", scenarios.Precisions{{"latency.p99 0.5%", all, units.Percent / 2}}, 3, 100},
		{"{precision: [nic.web.latency.p99 2%, loss.ratio 100%], max_replications: 30}",
			scenarios.Precisions{{"nic.web.latency.p99 2%", expect.Operand{Placement: "nic", Class: "web", Metric: "latency.p99"}, 2 * units.Percent},
				{"loss.ratio 100%", expect.Operand{Class: "all", Metric: "loss.ratio"}, 100 * units.Percent}}, 10, 30},
		{"{precision: latency.p99 2%, max_replications: 4}", scenarios.Precisions{{"latency.p99 2%", all, 2 * units.Percent}}, 4, 4},
		{"{precision: latency.p99 2%, replications: 150}", scenarios.Precisions{{"latency.p99 2%", all, 2 * units.Percent}}, 150, 150},
		{"{replications: 7}", nil, 7, 0},
	} {
		s, err := load.Bytes("f.yaml", []byte(withRun(c.run)), nil)
		require.NoError(t, err, c.run)
		assert.Equal(t, c.want, s.Run.Precision, c.run)
		assert.Equal(t, c.first, s.Run.Replications, c.run)
		assert.Equal(t, c.most, s.Run.MaxReplications, c.run)
	}
}

func TestRunErrors(t *testing.T) {
	const example = "expected a metric and a relative half-width such as latency.p99 2%, got "
	for run, want := range map[string]string{
		"{warmup: Auto}":                                                   `expected a duration such as 1ms, or auto, got "Auto"; did you mean "auto"?`,
		"{warmup: soon}":                                                   "soon",
		"{warmup: -1us}":                                                   "it must not be negative",
		"{precision: 2%}":                                                  example + `"2%"`,
		"{precision: {latency.p99: 2%}}":                                   example + "a mapping",
		"{precision: []}":                                                  example + "a list",
		"{precision: [[latency.p99 2%]]}":                                  example + "a list",
		"{precision: latency.p99 2% 3%}":                                   example + `"latency.p99 2% 3%"`,
		"{precision: latency.p98 2%}":                                      `unknown metric "latency.p98"; did you mean`,
		"{precision: tpr.latency.p99 2%}":                                  `unknown placement or traffic class "tpr"; did you mean "tor"?`,
		"{precision: nic.status 2%}":                                       "a status is no number",
		"{precision: latency.p99 0%}":                                      "expected a half-width above 0% and up to 100% of the mean, got 0%",
		"{precision: latency.p99 101%}":                                    "expected a half-width above 0% and up to 100% of the mean, got 101%",
		"{precision: latency.p99 2us}":                                     "expected a half-width relative to the mean, such as 2%",
		"{precision: latency.p99 2%, replications: 1}":                     "expected at least 2 replications to begin with",
		"{precision: latency.p99 2%, replications: 0}":                     "expected a whole number from 1 to 1000, got 0",
		"{max_replications: 30}":                                           "max_replications bounds what precision asks for, and there is no precision",
		"{precision: latency.p99 2%, max_replications: 1}":                 "expected a whole number from 2 to 1000, got 1",
		"{precision: loss.ratio 2%, replications: 9, max_replications: 8}": "expected at least the 9 replications that the run begins with, got 8",
	} {
		_, err := load.Bytes("f.yaml", []byte(withRun(run)), nil)
		require.ErrorContains(t, err, want, run)
		assert.Contains(t, err.Error(), "f.yaml:3:", run)
		assert.Len(t, strings.Split(strings.TrimSpace(err.Error()), "\n"), 1, "%s: one fault is told once: %v", run, err)
	}
}

// An attack begins when the warm-up ends unless it says when; where that is still to be found, it must say.
func TestAttacksNeedAnInstantBesideAnAutomaticWarmup(t *testing.T) {
	const attack = "attacks: [{kind: rogue_vf, vf: 1"
	_, err := load.Bytes("f.yaml", []byte(withRun("{warmup: auto}", attack+"}]")), nil)
	assert.ErrorContains(t, err, "f.yaml:4:11: expected at, the instant of the attack")
	_, err = load.Bytes("f.yaml", []byte(withRun("{warmup: auto}", attack+", at: 1ms}]")), nil)
	assert.NoError(t, err)
	_, err = load.Bytes("f.yaml", []byte(withRun("{warmup: 1ms}", attack+"}]")), nil)
	assert.NoError(t, err)
}
