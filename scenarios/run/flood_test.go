package run

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/load"
)

// attack reads the scenario that the program ships, one replication of it.
func attack(t *testing.T, sets ...string) *scenarios.Scenario {
	t.Helper()
	s, err := load.File("../syn-flood.yaml", append([]string{"run.replications=1", "placements=[nic]", "expect=[]"}, sets...))
	require.NoError(t, err)
	return s
}

// What a flood does to good connections: nothing where there is none; without protection those that come when the table
// is full lose their answers; with cookies they do not, nor where the oldest entry gives way.
func TestFloodAndGoodFlows(t *testing.T) {
	const off = "services.0.firewall.embryonic_limit=1M"
	good := func(sets ...string) (denied, cookies, rejected, evicted float64) {
		r := simulate(t, attack(t, sets...))
		m := row(t, r, "nic", "good", "all").Metrics
		return m["drops.policy"], m["drops.syn_cookie"], m["flows.rejected"], m["flows.evicted"]
	}
	denied, cookies, rejected, evicted := good(off, "traffic.1.syn_flood=1pps")
	assert.Zero(t, denied+cookies+rejected+evicted, "no flood, no loss")

	denied, cookies, rejected, evicted = good(off)
	assert.Greater(t, denied, 300.0)
	assert.Greater(t, rejected, 5000.0)
	assert.Zero(t, cookies+evicted)

	protected, cookies, rejected, _ := good()
	assert.Less(t, protected, denied/20)
	assert.Positive(t, cookies)
	assert.Zero(t, rejected)

	spared, cookies, _, evicted := good(off, "services.0.firewall.when_full=evict")
	assert.Less(t, spared, denied/20)
	assert.Zero(t, cookies)
	assert.Greater(t, evicted, 10_000.0)
}

// Rules that look at nothing but headers deny or permit a flood like other packets; without connections to track no entry is
// made and nothing gets a cookie.
func TestFloodWithoutTracking(t *testing.T) {
	r := simulate(t, attack(t, "services=[{firewall: {rules: [{action: deny, src: 10.0.0.0/9}], stateful: false}}]"))
	m := row(t, r, "nic", "flood", "all").Metrics
	assert.InDelta(t, 1, m["loss.ratio"], 1e-9)
	assert.NotContains(t, m, "flows.evicted")
	assert.InEpsilon(t, 3, m["offered.mpps"], 0.03)
	assert.InEpsilon(t, 3*64*8/1000.0, m["offered.gbps"], 0.03, "SYNs are frames of 64 B")
}

// Ageing that reads the table all the time takes its share of the channels, and packets wait for it.
func TestAgeingCostsMemory(t *testing.T) {
	sets := []string{"services.0.firewall.flows=1M", "services.0.firewall.embryonic_limit=1M"}
	calm := simulate(t, attack(t, sets...))
	busy := simulate(t, attack(t, append(sets, "services.0.firewall.sweep=1ms")...))
	// A million accesses of 10 ns each ms, on 16 channels.
	assert.InEpsilon(t, 1e6*10e-9/1e-3/16, stationOf(t, &busy.Results[0], "dsn[0].ageing").Utilization, 0.01)
	before, after := stationOf(t, &calm.Results[0], "dsn[0].flow-memory"), stationOf(t, &busy.Results[0], "dsn[0].flow-memory")
	assert.InDelta(t, 0.625*10/2, after.WaitMeanNs-before.WaitMeanNs, 0.6, "the rest of an access, as often as one is under way")
}

// A flood is the same bytes whatever the number of workers and however the engine runs.
func TestFloodIsBitIdentical(t *testing.T) {
	s := attack(t, "placements=[software, nic, tor]", "services.0.firewall.sweep=1ms", "run.duration=2ms")
	first := report(t, s, Options{Jobs: 1})
	same(t, first, report(t, s, Options{Jobs: 4}), "on 4 workers")
	same(t, first, report(t, s, Options{Jobs: 1, Stepwise: true}), "hop by hop")
}
