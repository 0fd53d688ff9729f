package run

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// A DSN over its budget is slowed until it is within, and the traffic feels it: throughput goes with the clock.
func TestThroughputGoesWithTheGovernorsClock(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	within := metrics(t, hot)
	slowest := metrics(t, hot, "dsn.power.budget=20W") // less than at rest: as slow as it gets
	assert.LessOrEqual(t, within["power.dsn"], 23.0)
	assert.Greater(t, within["power.dsn"], 23-1.0-0.3, "no slower than the hysteresis and a step need")
	assert.Less(t, within["power.clock_ratio"], 0.9)
	assert.InDelta(t, 0.25, slowest["power.clock_ratio"], 1e-9)
	assert.InDelta(t, 1, slowest["power.over_budget"], 1e-9)
	assert.InEpsilon(t, within["power.clock_ratio"]/slowest["power.clock_ratio"], within["throughput.mpps"]/slowest["throughput.mpps"], 0.01)
	// 2 cores of 38 cycles for 400 B under VXLAN and ESP, at a quarter of 1 GHz.
	assert.InEpsilon(t, 2*250/38.0, slowest["throughput.mpps"], 0.01)
}

// Only the domains that the scenario names are slowed.
func TestOnlyTheNamedDomainsAreSlowed(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	both := metrics(t, hot, "dsn.power.budget=20W")
	pipeline := metrics(t, hot, "dsn.power.budget=20W", "dsn.power.domains=[pipeline]")
	assert.Greater(t, pipeline["throughput.mpps"], 1.5*both["throughput.mpps"])
	assert.InDelta(t, 0.25, pipeline["power.clock_ratio"], 1e-9)
}

// A governor that has nothing to do changes nothing, and a budget without a governor is only counted.
func TestBudgetAloneChangesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	plain := metrics(t, hot, "dsn.power.over=violation")
	idle := metrics(t, hot, "dsn.power.budget=1kW")
	tight := metrics(t, hot, "dsn.power.over=violation", "dsn.power.budget=1W")
	assert.InDelta(t, 1, tight["power.over_budget"], 0)
	assert.Zero(t, idle["power.over_budget"])
	for name, v := range plain {
		if name != "power.budget" && name != "power.over_budget" {
			assert.Equal(t, v, idle[name], name) //nolint:testifylint // bit for bit
			assert.Equal(t, v, tight[name], name)
		}
	}
}

// A governed run is the same step by step and whatever the number of workers, in every placement that has chips.
func TestGovernedRunsAreDeterministic(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	sets := []string{"placements=[nic, bump-in-the-wire, tor, appliance]", "rack.servers=2", "run.duration=1500us", "run.warmup=100us",
		"run.replications=2", "dsn.power.budget=20W"}
	want := ""
	for _, opt := range []Options{{Jobs: 1}, {Jobs: 4}, {Jobs: 2, Stepwise: true}} {
		opt.TraceSeq = -1
		report, _, err := Scenario(context.Background(), scenario(t, hot, sets...), opt)
		require.NoError(t, err)
		got := text(t, report)
		if want == "" {
			want = got
		}
		require.Equal(t, want, got)
		for _, p := range []string{"nic", "tor"} {
			assert.Less(t, row(t, report, p, result.All, result.All).Metrics["power.clock_ratio"], 1.0)
		}
	}
	assert.NotEmpty(t, strings.TrimSpace(want))
}

// The peak is at least the mean, and the air decides how hot the chip gets.
func TestPeakAndHeat(t *testing.T) {
	m := metrics(t, hot, "dsn.power.over=violation", "dsn.power.ambient=30C")
	assert.GreaterOrEqual(t, m["power.dsn_peak"], m["power.dsn"]-0.05)
	assert.InDelta(t, 30+1.6*m["power.dsn"], m["thermal.junction"], 0.01)
}
