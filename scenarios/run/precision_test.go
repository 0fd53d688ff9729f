package run

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/units"
)

// noted returns the notes that begin with a word.
func noted(r *result.Report, word string) []string {
	var list []string
	for _, n := range r.Notes {
		if strings.HasPrefix(n, word) {
			list = append(list, n)
		}
	}
	return list
}

// Replications are added until the half-width is small enough, in every placement, and the same number to each.
func TestPrecisionIsReached(t *testing.T) {
	r := simulate(t, scenario(t, noisy, "run.precision=latency.mean 3%", "run.replications=4", "run.max_replications=400"))
	first := row(t, r, "nic", "all", "all")
	assert.Greater(t, first.Replications, 4, "four do not do")
	assert.Less(t, first.Replications, 400)
	assert.Zero(t, first.Replications%4, "rounds are as large as the first")
	for i := range r.Results {
		x := &r.Results[i]
		assert.Equal(t, first.Replications, x.Replications)
		assert.LessOrEqual(t, x.CI95["latency.mean"], 0.03*x.Metrics["latency.mean"], x.Placement)
		assert.Len(t, x.Samples["latency.mean"], x.Replications)
	}
	require.Len(t, noted(r, "precision: reached with "), 1)

	// What was simulated is what a fixed number of as many gives: precision only chooses the number.
	fixed := simulate(t, scenario(t, noisy, "run.replications="+itoa(first.Replications)))
	assert.Equal(t, fixed.Results, r.Results)
	// And a round less did not do.
	less := simulate(t, scenario(t, noisy, "run.replications="+itoa(first.Replications-4)))
	worst := 0.0
	for _, x := range less.Results {
		worst = max(worst, x.CI95["latency.mean"]/x.Metrics["latency.mean"])
	}
	assert.Greater(t, worst, 0.03)
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}

// The bound ends the search, and the report says what was missed where, and by how much.
func TestPrecisionThatIsNotReached(t *testing.T) {
	r := simulate(t, scenario(t, noisy, "run.precision=[latency.mean 0.01%, nic.throughput.gbps 90%]", "run.replications=4", "run.max_replications=10"))
	require.Len(t, noted(r, "precision: "), 1)
	note := noted(r, "precision: ")[0]
	assert.Contains(t, note, "not reached with 10 replications, the most allowed (run.max_replications): latency.mean 0.01% has ")
	assert.Contains(t, note, "% in nic; latency.mean 0.01% has ")
	assert.Contains(t, note, "% in tor")
	assert.NotContains(t, note, "throughput")
	assert.Equal(t, 10, r.Results[0].Replications, "4, 8, and what is left")
}

// A target that names a placement leaves the others alone; one that nothing can meet adds no replications.
func TestPrecisionOfOnePlacementOrNone(t *testing.T) {
	one := simulate(t, scenario(t, noisy, "run.precision=tor.web.latency.mean 90%", "run.replications=2", "run.max_replications=40"))
	assert.Equal(t, 2, one.Results[0].Replications)
	none := simulate(t, scenario(t, noisy, "run.precision=[ecn.marked_ratio 1%, bottleneck.utilization 1%, appliance.latency.p99 1%]", "run.replications=2"))
	assert.Equal(t, 2, none.Results[0].Replications)
	assert.Equal(t, []string{
		"precision: ecn.marked_ratio 1%: there is no interval of it in nic, tor",
		"precision: bottleneck.utilization 1%: there is no interval of it in nic, tor",
		"precision: appliance.latency.p99 1%: nothing that was simulated has it",
		"precision: no target could be judged, so there are 2 replications as at first",
	}, noted(none, "precision: "))
}

// Attacks and sizes of workloads, which have runs of their own, get as many replications as the main run.
func TestPrecisionBesideAttacksAndWorkloads(t *testing.T) {
	r := simulate(t, scenario(t, noisy, "run.precision=latency.mean 0.01%", "run.replications=2", "run.max_replications=5", "placements=[nic]",
		"attacks=[{kind: doorbell_flood, at: 60us, rate: 10M/s}]", "workloads=[{name: kv, rdma: read, size: [64B, 4KiB], queue_pairs: 4}]"))
	require.NotEmpty(t, r.Attacks)
	require.NotNil(t, r.Attacks[0].Victims)
	rows := 0
	for _, x := range r.Results {
		if x.Status == result.OK {
			assert.Equal(t, 5, x.Replications, x.Class)
			rows++
		}
	}
	assert.Greater(t, rows, 2, "traffic, and two sizes")
	assert.Contains(t, r.Results[0].Metrics, "security.breaches")
	assert.Len(t, r.Results[0].Samples["security.breaches"], 5)
}

// The number of workers decides nothing: not how many replications there are, nor which warm-up is found.
func TestPrecisionAndWarmupDoNotDependOnWorkers(t *testing.T) {
	s := scenario(t, noisy, "run.precision=latency.mean 5%", "run.replications=3", "run.warmup=auto")
	var texts []string
	for _, opt := range []Options{{Jobs: 1, TraceSeq: -1}, {Jobs: 4, TraceSeq: -1}, {Jobs: 2, TraceSeq: -1, Stepwise: true}} {
		r, _, err := Scenario(context.Background(), s, opt)
		require.NoError(t, err)
		texts = append(texts, text(t, r))
	}
	assert.Equal(t, texts[0], texts[1])
	assert.Equal(t, texts[0], texts[2])
}

// A server's link that gets a little more than it can carry from the start fills its queue for a while: the pilot finds when it is full.
const filling = `version: 1
name: filling
rack:
  server: {cores: 32, vms: 8, pcie: {gen: 4, lanes: 16}, nic: {rate: 25Gbps}}
  uplink: 100Gbps
services: []
traffic: [{name: web, sizes: 400B, load: 150%, arrivals: poisson, direction: inbound}]
run: {duration: 2ms, warmup: auto, seed: 3, replications: 2}
placements: [nic, tor]
`

func TestWarmupIsFound(t *testing.T) {
	buffer := fixture(t, "switch.port_buffer", "100kB")
	s := scenario(t, filling, buffer)
	r := simulate(t, s)
	notes := noted(r, "warm-up ")
	require.Len(t, notes, 1)
	assert.Regexp(t, `^warm-up [0-9.]+us, found by MSER-5 in a run of each placement before the first replication \((nic|tor) takes longest\)$`, notes[0])
	// 12.5 Gbit/s more than leaves fill 100 kB in about 64 us.
	warmup, err := units.ParseDuration(strings.TrimSuffix(strings.Fields(notes[0])[1], ","))
	require.NoError(t, err)
	assert.InDelta(t, 64, warmup.Ns()/1000, 25)
	assert.Equal(t, 200*units.Microsecond, s.Run.Warmup, "the scenario of the caller stays as it is")

	// The results are those of a scenario that has this warm-up.
	given := simulate(t, scenario(t, filling, buffer, "run.warmup="+warmup.String()))
	assert.Equal(t, given.Results, r.Results)
	assert.Empty(t, noted(given, "warm-up"))
	// Without a warm-up the mean is that of an emptier queue.
	cold := simulate(t, scenario(t, filling, buffer, "run.warmup=0s"))
	assert.Less(t, cold.Results[0].Metrics["latency.mean"], 0.99*r.Results[0].Metrics["latency.mean"])
}

// A queue that still fills when the run ends has no steady state, and the report says so.
func TestWarmupThatIsNotFound(t *testing.T) {
	r := simulate(t, scenario(t, filling, fixture(t, "switch.port_buffer", "16MB")))
	notes := noted(r, "warm-up: ")
	require.Len(t, notes, 1)
	assert.Contains(t, notes[0], "MSER-5 found no steady state in the first half of the run in nic, tor; half of the run, 1ms, is left out")
	// 150% of 25 Gbps, 400 B and 20 B of preamble and gap, for 1 ms.
	assert.InDelta(t, 37.5e9/8/420*1e-3, float64(r.Sources[0].Packets), 500, "the window is as short as that")
}

// The pilot leaves attacks out, and captures and traces are of the run itself.
func TestPilotIsOnlyAPilot(t *testing.T) {
	s := scenario(t, noisy, "run.warmup=auto", "attacks=[{kind: doorbell_flood, at: 100us, rate: 10M/s}]")
	r, traces, err := Scenario(context.Background(), s, Options{Jobs: 2, TraceSeq: 3})
	require.NoError(t, err)
	assert.Len(t, noted(r, "warm-up"), 1)
	assert.Len(t, traces, 3, "one packet of the traffic in each placement, one of the attack")
	assert.NotEmpty(t, r.Attacks)
}

// Interrupted before it is found, nothing is simulated; the report says that it is not complete.
func TestInterruptedPilot(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r, _, err := Scenario(ctx, scenario(t, noisy, "run.warmup=auto", "run.precision=latency.p99 1%"), Options{Jobs: 2, TraceSeq: -1})
	require.ErrorIs(t, err, context.Canceled)
	assert.False(t, r.Complete)
	assert.Empty(t, r.Results)
}

func TestRoundUp(t *testing.T) {
	for in, want := range map[units.Duration]units.Duration{0: 0, 999: 999, 1000: 1000, 1001: 1010, 123_456: 124_000, 999_001: 1_000_000} {
		assert.Equal(t, want, roundUp(in))
	}
}
