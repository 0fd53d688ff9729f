package run

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/management"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/pcie/firewall"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/expect"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/scenarios/parts/attacks"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/tap"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// suite reads the shipped scenario of attacks, one replication of it unless told otherwise.
func suite(t testing.TB, sets ...string) *scenarios.Scenario {
	t.Helper()
	s, err := load.File("../attacks.yaml", append([]string{"run.replications=1"}, sets...))
	require.NoError(t, err)
	return s
}

func attacksIn(r *result.Report, name string) (list []result.Attack) {
	for _, a := range r.Attacks {
		if a.Placement == name {
			list = append(list, a)
		}
	}
	return list
}

func breaches(t *testing.T, r *result.Report, name string) float64 {
	t.Helper()
	return row(t, r, name, result.All, result.All).Metrics["security.breaches"]
}

// With the firewall on, nothing that is tried on a card succeeds, whatever the attack, and the others hardly feel it.
func TestFirewallHoldsTheSuiteOff(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	for _, mode := range []string{"network", "in_band", "out_of_band"} {
		r := simulate(t, suite(t, "placements=[nic, bump-in-the-wire]", "run.replications=3", "dsn.management="+mode))
		require.Len(t, r.Attacks, 2*5)
		for _, a := range r.Attacks {
			where := fmt.Sprint(a.Placement, " ", a.Kind, " ", mode)
			assert.Equal(t, result.RefusedHow, a.Outcome, where)
			assert.Zero(t, a.Succeeded, where)
			assert.Positive(t, a.Refused, where)
			for _, target := range a.Targets {
				answered := target.UnsupportedRequests + target.CompleterAborts + target.DroppedWrites
				if a.Kind != scenarios.SYNFlood { // which PCIe does not see
					assert.InDelta(t, target.Refused, answered, 1e-6, "%s: %s", where, target.Target)
				}
				assert.Empty(t, target.Effect)
			}
			require.NotNil(t, a.Victims.LatencyP99Change, where)
			assert.Less(t, *a.Victims.LatencyP99Change, 0.10, where)
			assert.InDelta(t, 0, a.Victims.ThroughputChange, 0.01, where)
			assert.Equal(t, a.Victims.LossWithoutRatio, a.Victims.LossRatio, where)
		}
		for _, name := range []string{"nic", "bump-in-the-wire"} {
			assert.Zero(t, breaches(t, r, name))
			m := row(t, r, name, result.All, result.All).Metrics
			assert.Less(t, m["security.victim_p99_rise"], 0.10)
			assert.Zero(t, m["drops.attack"])
		}
	}
}

// With it off, every attack that has a path succeeds, and the report says so.
func TestWithoutFirewallTheSuiteSucceeds(t *testing.T) {
	r := simulate(t, suite(t, "placements=[nic, bump-in-the-wire]", "dsn.pcie_firewall=false"))
	for _, a := range r.Attacks {
		where := fmt.Sprint(a.Placement, " ", a.Kind)
		if a.Kind == scenarios.SYNFlood {
			assert.Equal(t, result.RefusedHow, a.Outcome, "it does not come through PCIe")
			continue
		}
		assert.Equal(t, result.BreachedHow, a.Outcome, where)
		assert.Zero(t, a.Refused, where)
		for _, target := range a.Targets {
			if target.Target == "software" {
				assert.Equal(t, result.NoPath, target.Outcome)
				continue
			}
			assert.Equal(t, result.BreachedHow, target.Outcome, "%s: %s", where, target.Target)
			assert.NotEmpty(t, target.Effect)
		}
	}
	for _, name := range []string{"nic", "bump-in-the-wire"} {
		assert.EqualValues(t, 3+4+1+1, breaches(t, r, name), "bar, queue, iova; policy, keys, memory, windows; two floods")
		assert.Positive(t, row(t, r, name, result.All, result.All).Metrics["drops.attack"])
	}
	nic, bump := attacksIn(r, "nic"), attacksIn(r, "bump-in-the-wire")
	assert.Less(t, nic[0].Victims.ThroughputChange, -0.9, "all others are taken over within a few probes")
	assert.Greater(t, *nic[2].Victims.LatencyP99Change, 0.10, "doorbells fill the slot")
	assert.Greater(t, *nic[3].Victims.LatencyP99Change, 0.05, "so does DMA, but its writes have one turn of three only")
	for _, flood := range bump[2:4] {
		assert.Zero(t, *flood.Victims.LatencyP99Change, "the card's slot is not the NIC's, which carries the packets")
	}
}

// A compromised host owns a DSN in software, changes the policy of a card that it manages, and finds no way to a box.
func TestCompromisedHostByPlacementAndMode(t *testing.T) {
	r := simulate(t, suite(t, "attacks=[{kind: compromised_host}]"))
	for name, want := range map[string]float64{"software": 4, "nic": 0, "bump-in-the-wire": 0, "tor": 0, "appliance": 0} {
		assert.Equal(t, want, breaches(t, r, name), name)
	}
	for _, name := range []string{"tor", "appliance"} {
		a := attacksIn(r, name)[0]
		assert.Equal(t, result.NoPath, a.Outcome)
		assert.Contains(t, a.Why, "no PCIe function in the server")
		assert.Nil(t, a.Victims)
		assert.Zero(t, a.Tried)
	}
	r = simulate(t, suite(t, "attacks=[{kind: compromised_host}]", "dsn.management=host"))
	for name, want := range map[string]float64{"software": 4, "nic": 1, "bump-in-the-wire": 1, "tor": 0, "appliance": 0} {
		assert.Equal(t, want, breaches(t, r, name), name)
	}
}

// jobFor prepares one job of a placement with all attacks of a scenario.
func jobFor(t *testing.T, s *scenarios.Scenario, name string) *trial.Job {
	t.Helper()
	s.Placements = []string{name}
	p, err := profile.Load(s.DSN.Profile)
	require.NoError(t, err)
	inputs, err := input.Prepare(s, p, false)
	require.NoError(t, err)
	spec := input.StepsOf(s)
	pol, err := input.LoadPolicy(s, spec, inputs, nil)
	require.NoError(t, err)
	list, err := Plans(s, &input.Setting{Profile: p, Spec: spec, Inputs: inputs}, Options{TraceSeq: -1})
	require.NoError(t, err)
	require.Empty(t, list[0].Reasons)
	j := list[0].Jobs[0]
	j.Policy = pol
	return j
}

// Each window that protects someone else's counts in the run: without it, the attack that it kept out succeeds.
func TestDeletingAWindowLetsTheAttackIn(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	for _, c := range []struct {
		target  string
		attack  string
		removes func(*attacks.State) (firewall.Window, bool)
	}{
		{"bar", "rogue_vf", windowOf(management.Registers, 1)},
		{"queue", "rogue_vf", windowOf(management.Queues, 1)},
		{"iova", "rogue_vf", windowOf(management.Buffers, 1)},
		{"policy", "compromised_host", windowOf(management.Policy, -1)},
		{"keys", "compromised_host", windowOf(management.Keys, -1)},
		{"memory", "compromised_host", windowOf(management.Memory, -1)},
		{"windows", "compromised_host", windowOf(management.Windows, -1)},
	} {
		for _, name := range []string{"nic", "bump-in-the-wire"} {
			s := suite(t, fmt.Sprintf("attacks=[{kind: %s, targets: [%s], rate: 1M/s}]", c.attack, c.target))
			j := jobFor(t, s, name)
			trial.PlannedBy[*attacks.Attacks](j.Features).OnState = func(s *attacks.State) {
				w, ok := c.removes(s)
				require.True(t, ok)
				require.ErrorIs(t, s.Firewall.Open(firewall.Host).Remove(w), firewall.ErrSide)
				require.NoError(t, s.Firewall.Open(firewall.Network).Remove(w))
			}
			o, err := j.Run(context.Background())
			require.NoError(t, err)
			succeeded := uint64(0)
			for _, p := range trial.MeasuredBy[*attacks.Outcome](o).Accesses[0] {
				succeeded += p.Count.Succeeded
			}
			assert.Positive(t, succeeded, "%s: %s", name, c.target)

			whole := jobFor(t, s, name)
			o, err = whole.Run(context.Background())
			require.NoError(t, err)
			for _, p := range trial.MeasuredBy[*attacks.Outcome](o).Accesses[0] {
				assert.Zero(t, p.Count.Succeeded, "%s: %s with its window", name, c.target)
			}
		}
	}
}

// windowOf finds the window of a resource of VF vf, or of the DSN's own where vf is negative.
func windowOf(r management.Resource, vf int) func(*attacks.State) (firewall.Window, bool) {
	return func(s *attacks.State) (firewall.Window, bool) {
		owner := firewall.Internal
		if vf >= 0 {
			owner = firewall.VF(vf)
		}
		g, _ := s.Region(r, firewall.VF(max(0, vf)))
		for _, w := range s.Firewall.Windows() {
			if w.Function == owner && w.Space == g.Space && w.From == g.From {
				return w, true
			}
		}
		return firewall.Window{}, false
	}
}

// What is taken over has its consequence from then on: for one VM, or for all; and rules let through, or refuse, all.
func TestSuccessHasConsequences(t *testing.T) {
	const late = "at: 1ms, rate: 10M/s"
	lost := func(vf int, target, name string) map[bool]int {
		s := suite(t, "dsn.pcie_firewall=false", "services=[]", "rack.servers=1",
			fmt.Sprintf("attacks=[{kind: rogue_vf, vf: %d, targets: [%s], %s}]", vf, target, late))
		seen := map[bool]int{}
		for _, a := range attacksIn(simulate(t, only(s, name)), name) {
			seen[a.Victims.LossRatio > 0.9]++
			assert.Zero(t, a.Victims.LossWithoutRatio)
		}
		return seen
	}
	assert.Equal(t, map[bool]int{true: 1}, lost(2, "queue", "nic"))
	assert.Equal(t, map[bool]int{true: 1}, lost(2, "bar", "nic"))
	assert.Equal(t, map[bool]int{true: 1}, lost(2, "iova", "nic"))
	assert.Equal(t, map[bool]int{true: 1}, lost(2, "iova", "bump-in-the-wire"), "memory is memory, whichever card reaches it")
	assert.Equal(t, map[bool]int{false: 1}, lost(2, "queue", "bump-in-the-wire"), "packets take the ordinary NIC's queues")

	for _, tracks := range []string{"false", "true"} {
		for _, name := range []string{"software", "nic", "bump-in-the-wire"} {
			drops := func(attack string) (policy, arrived float64) {
				s := suite(t, "dsn.management=host", "rack.servers=1", attack, "run.warmup=1ms", "services.2.firewall="+
					"{rules: [{action: deny, src: 10.0.0.0/12}], stateful: "+tracks+"}")
				m := row(t, simulate(t, only(s, name)), name, result.All, result.All).Metrics
				return m["drops.policy"], m["throughput.mpps"]
			}
			usual, arrived := drops("attacks=[]")
			require.Positive(t, usual)
			none, more := drops("attacks=[{kind: compromised_host, targets: [policy], at: 500us, rate: 10M/s}]")
			assert.Zero(t, none, "%s: permitted from then on", name)
			assert.Greater(t, more, arrived)
			all, nothing := drops("attacks=[{kind: compromised_host, targets: [policy], at: 500us, rate: 10M/s, rewrite: deny}]")
			assert.Greater(t, all, 5*usual, name)
			assert.Zero(t, nothing, name)
		}
	}
}

// only leaves one placement of a scenario.
func only(s *scenarios.Scenario, name string) *scenarios.Scenario {
	s.Placements = []string{name}
	return s
}

// A firewall whose own window is gone falls, and with it what it protected.
func TestWithoutItsOwnWindowTheFirewallFalls(t *testing.T) {
	s := suite(t, "attacks=[{kind: compromised_host, targets: [windows, memory], rate: 1M/s}]")
	j := jobFor(t, s, "nic")
	trial.PlannedBy[*attacks.Attacks](j.Features).OnState = func(s *attacks.State) {
		w, _ := windowOf(management.Windows, -1)(s)
		require.NoError(t, s.Firewall.Open(firewall.Network).Remove(w))
	}
	o, err := j.Run(context.Background())
	require.NoError(t, err)
	for _, p := range trial.MeasuredBy[*attacks.Outcome](o).Accesses[0] {
		assert.Positive(t, p.Count.Succeeded, "%s", p.Target)
	}
	assert.Positive(t, o.Counters[0].Dropped[stats.DropAttack].Packets)
}

// What stays within a function's share is neither refused nor a breach, with the firewall and without.
func TestFloodWithinItsShare(t *testing.T) {
	for _, on := range []string{"true", "false"} {
		r := simulate(t, suite(t, "placements=[nic]", "dsn.pcie_firewall="+on,
			"attacks=[{kind: doorbell_flood, rate: 100k/s}, {kind: dma_flood, rate: 50k/s}]"))
		for _, a := range r.Attacks {
			assert.Equal(t, result.Tolerated, a.Outcome, a.Kind)
			assert.Zero(t, a.Refused)
			assert.Zero(t, a.Succeeded)
			assert.Positive(t, a.Tried)
		}
		assert.Zero(t, breaches(t, r, "nic"))
	}
}

// Telemetry is told of 16 violations at once and of 1000 a second; all are counted.
func TestTelemetryIsRateLimitedInTheRun(t *testing.T) {
	r := simulate(t, suite(t, "placements=[nic]", "attacks=[{kind: rogue_vf, vf: 3, rate: 10M/s}]"))
	a := r.Attacks[0]
	assert.InDelta(t, 16+1.5, a.Reported, 1.5)
	assert.Equal(t, a.Refused, a.Reported+a.Silent)
	assert.Greater(t, a.Refused, 10_000.0)
}

// Comparison is fair: with and without an attack the victims send the same packets, and where the firewall has nothing to
// do for them nothing changes at all.
func TestPairsMeetTheSamePackets(t *testing.T) {
	s := suite(t, "dsn.pcie_firewall=false")
	s.Placements = []string{"nic"}
	for i := range s.Attacks {
		offered := map[string]stats.Count{}
		for _, set := range []string{"none", "alone", "all"} {
			j := jobFor(t, s, "nic")
			planned := trial.PlannedBy[*attacks.Attacks](j.Features)
			number := map[string]int{"none": attacks.Baseline, "alone": planned.Alone(i)}[set]
			j.Variant = trial.Variant{Of: planned, Number: number}
			o, err := j.Run(context.Background())
			require.NoError(t, err)
			offered[set] = attacks.VictimsOf(o, i).Offered
			assert.Positive(t, offered[set].Packets)
		}
		assert.Equal(t, offered["none"], offered["alone"])
		assert.Equal(t, offered["none"], offered["all"])
	}
}

// probing is an attack of each kind that needs a PCIe function or the host's memory.
const probing = "attacks=[{kind: rogue_vf}, {kind: compromised_host}, {kind: doorbell_flood}, {kind: dma_flood}]"

// Where no path leads, a run with attacks is a run without them.
func TestNoPathChangesNothing(t *testing.T) {
	for _, name := range []string{"tor", "appliance"} {
		with := simulate(t, only(suite(t, probing), name))
		without := simulate(t, only(suite(t, "attacks=[]"), name))
		for i := range with.Results {
			assert.Zero(t, with.Results[i].Metrics["security.breaches"])
			assert.Contains(t, with.Results[i].Metrics, "security.breaches")
			delete(with.Results[i].Metrics, "security.breaches")
			assert.NotContains(t, without.Results[i].Metrics, "security.breaches")
		}
		with.Attacks = nil
		with.Expectations, without.Expectations = nil, nil
		with.Scenario.SHA256, without.Scenario.SHA256 = "", ""
		assert.Equal(t, text(t, without), text(t, with))
	}
	r := simulate(t, suite(t, "rack.server.nic.sriov=false", "placements=[nic]", probing))
	for _, a := range attacksIn(r, "nic") {
		if a.VF != nil {
			assert.Equal(t, result.NoPath, a.Outcome)
			assert.Contains(t, a.Why, "no virtual function")
		} else {
			assert.Equal(t, result.RefusedHow, a.Outcome)
		}
	}
}

// A way with a firewall that is watched, but no attack, takes as long as one without.
func TestAStateOfAttackAloneCostsNothing(t *testing.T) {
	lone := []string{"placements=[nic]", "traffic=[{name: a, sizes: 400B, load: 1kpps, arrivals: constant, direction: both}]", "rack.servers=1"}
	with := jobFor(t, suite(t, append(lone, "attacks=[{kind: rogue_vf}]")...), "nic")
	with.Variant = trial.Variant{Of: trial.PlannedBy[*attacks.Attacks](with.Features), Number: attacks.Baseline}
	without := jobFor(t, suite(t, append(lone, "attacks=[]")...), "nic")
	a, err := with.Run(context.Background())
	require.NoError(t, err)
	b, err := without.Run(context.Background())
	require.NoError(t, err)
	require.Positive(t, a.Counters[0].Latency.Count())
	assert.Equal(t, b.Counters[0].Latency, a.Counters[0].Latency)
	assert.Equal(t, b.Counters[1].Latency, a.Counters[1].Latency)
}

// The report is the same step by step and with any number of workers.
func TestAttacksStepByStep(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	for _, on := range []string{"true", "false"} {
		s := suite(t, "dsn.pcie_firewall="+on, "placements=[software, nic, bump-in-the-wire]", "run.duration=1ms", "run.warmup=100us",
			"attacks.1.at=500us", "attacks.0.at=700us", "attacks.4.rate=5M/s")
		var want string
		for i, opt := range []Options{{Jobs: 1}, {Jobs: 4}, {Jobs: 3, Stepwise: true}} {
			opt.TraceSeq = -1
			r, _, err := Scenario(context.Background(), s, opt)
			require.NoError(t, err)
			if i == 0 {
				want = text(t, r)
			}
			require.Equal(t, want, text(t, r))
		}
	}
}

// Accesses of an attack are no packets of a capture, and a trace shows their way too.
func TestAttacksBesideTapsAndTraces(t *testing.T) {
	s := suite(t, "placements=[nic]", "run.duration=600us", "attacks.1.at=500us")
	_, traces, err := Scenario(context.Background(), s, Options{Jobs: 1, TraceSeq: 0, Taps: tap.NewSet(1000)})
	require.NoError(t, err)
	seen := false
	for _, tr := range traces {
		seen = seen || len(tr.Path) > 6 && tr.Path[:6] == "attack"
	}
	assert.True(t, seen)
}

// An interrupted run does not pretend to have compared.
func TestInterruptedComparison(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	r, _, err := Scenario(ctx, suite(t, "placements=[nic]"), Options{Jobs: 1, TraceSeq: -1, Progress: func(done, all int) {
		if n++; n == 2 {
			cancel() // the main run and the one without attacks
		}
		assert.Equal(t, 1+1+5, all)
	}})
	require.ErrorIs(t, err, context.Canceled)
	assert.False(t, r.Complete)
	assert.Empty(t, r.Attacks)
	require.NotEmpty(t, r.Results)
	assert.NotContains(t, r.Results[0].Metrics, "security.breaches")
}

// The shipped scenario says what it expects, and gets it; with the firewall off it does not.
func TestShippedAttacks(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	s, err := load.File("../attacks.yaml", nil)
	require.NoError(t, err)
	for _, e := range simulate(t, s).Expectations {
		assert.Equal(t, expect.Holds, e.Verdict, "%s: %s", e.Text, e.Why)
	}
	fails := 0
	for _, e := range simulate(t, suite(t, "dsn.pcie_firewall=false")).Expectations {
		if e.Verdict == expect.Fails {
			fails++
		}
	}
	assert.GreaterOrEqual(t, fails, 3)
}

// A server without a hypervisor has no DSN in software to attack, and cards whose firewall is too small are refused.
func TestAttacksOnWhatCannotBe(t *testing.T) {
	r := simulate(t, suite(t, "rack.server.virtualization=bare-metal", "placements=[software]"))
	assert.Empty(t, r.Attacks)
	r = simulate(t, suite(t, "placements=[nic]", fixture(t, "dsn.pcie_firewall.windows", "16")))
	assert.Equal(t, result.Unsupported, r.Results[0].Status)
	assert.Contains(t, r.Results[0].Reasons[0], "8 virtual functions")
}

// A SYN flood comes as packets, to every placement. What the firewall lets through is no breach where it bounds the
// connections that nobody completes; without a bound everything gets through.
func TestSYNFloodAsAnAttack(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	const flood = "attacks=[{kind: syn_flood, server: 1, at: 1ms, rate: 1M/s}]"
	r := simulate(t, suite(t, flood))
	require.Len(t, r.Attacks, 5)
	chips := map[string]float64{"tor": 4, "appliance": 4}
	for _, a := range r.Attacks {
		assert.Equal(t, result.RefusedHow, a.Outcome, a.Placement)
		assert.InDelta(t, 1000, a.Tried, 130, "1 ms of it")
		assert.InDelta(t, a.Tried-a.Refused, 100*max(1, chips[a.Placement]), 25, "%s: what the limit lets through, or is lost", a.Placement)
		assert.Equal(t, "connections", a.Targets[0].Target)
		assert.Greater(t, a.Targets[0].Throttled, a.Refused/2, "cookies")
		assert.Less(t, a.Targets[0].Throttled, a.Refused, "rules deny some of the strangers' addresses")
		assert.Nil(t, a.VF)
		assert.Zero(t, breaches(t, r, a.Placement))
		m := row(t, r, a.Placement, result.All, result.All).Metrics
		assert.Zero(t, m["drops.syn_cookie"], "packets of the attack are in no row")
	}
	for _, firewall := range []string{"{stateful: true}", "{stateful: false}"} {
		r = simulate(t, suite(t, flood, "services.2.firewall="+firewall))
		for _, a := range r.Attacks {
			assert.Equal(t, result.BreachedHow, a.Outcome, a.Placement)
			assert.InDelta(t, a.Tried, a.Succeeded, 0.1*a.Tried, a.Placement)
			assert.NotEmpty(t, a.Targets[0].Effect)
			assert.EqualValues(t, 1, breaches(t, r, a.Placement))
		}
	}
	// Rules that deny the strangers refuse them all, limit or not.
	r = simulate(t, suite(t, flood, "services.2.firewall={stateful: true, rules: [{action: deny, proto: tcp}]}", "placements=[nic]"))
	assert.Equal(t, result.RefusedHow, r.Attacks[0].Outcome)
	assert.Equal(t, r.Attacks[0].Tried, r.Attacks[0].Refused)
	assert.Zero(t, r.Attacks[0].Targets[0].Throttled)
}
