package run

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/scenarios/arithmetic"
	"github.com/dsnsim/dsnsim/scenarios/parts/energy"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/trial"
)

// took returns how many watts a component took in a placement, 0 where it took nothing.
func took(r *result.Result, component string) float64 {
	return r.Section("power").Of(component, "watts")
}

// The components of a placement add up: in the ledger to the femtojoule, in the report as far as floats go.
func TestComponentsMakeTheTotal(t *testing.T) {
	// Cold, so that the memory takes power too: no flow misses the chip's cache later.
	s := scenario(t, plainRack, allPlaces("20%", "rack.servers=2", "run.replications=2", "run.cold=true")...)
	for _, j := range jobsOf(t, s, reference(t)) {
		o, err := j.Run(context.Background())
		require.NoError(t, err)
		var sum, one power.Sum
		owner, hungriest := trial.MeasuredBy[*energy.PowerDrawn](o).Hungriest(power.DSN)
		for _, c := range power.Components() {
			sum.Plus(trial.MeasuredBy[*energy.PowerDrawn](o).Component(c))
			if c.Side() == power.DSN {
				one.Plus(trial.MeasuredBy[*energy.PowerDrawn](o).Of(c, owner))
			}
		}
		require.Equal(t, trial.MeasuredBy[*energy.PowerDrawn](o).Total(nil), sum, j.Placement.Name)
		require.Equal(t, hungriest, one, j.Placement.Name)
	}
	report := simulate(t, s)
	for _, placement := range s.Placements {
		r := row(t, report, placement, result.All, result.All)
		var watts, one, nJ float64
		p := r.Section("power")
		for i := range p.Rows {
			w, dsn := p.Number(i, "watts"), p.Number(i, "dsn_watts")
			assert.Positive(t, w, "what takes nothing is left out")
			assert.Equal(t, p.Rows[i].Values[p.Column("side")] == "dsn", dsn > 0, p.Rows[i].Label)
			watts, one, nJ = watts+w, one+dsn, nJ+p.Number(i, "nj_per_packet")
		}
		assert.InEpsilon(t, r.Metrics["power.total"], watts, 1e-12, placement)
		assert.InDelta(t, r.Metrics["power.dsn"], one, 1e-12, placement)
		assert.InEpsilon(t, r.Metrics["energy.nj_per_packet"], nJ, 1e-12, placement)
		assert.Len(t, p.Rows, map[string]int{"software": 2, "nic": 7, "bump-in-the-wire": 7, "tor": 7, "appliance": 9}[placement], placement)
	}
}

// Cores of the chip that enter flows take their cycles, and each entry a write to memory, to the watt by hand.
func TestCoresOfTheChipTakePower(t *testing.T) {
	const flows = `traffic=[{name: t, sizes: 64B, arrivals: constant, load: 400kpps, flows: {concurrent: 200, size: 4096b}}]`
	sets := []string{"services=[{firewall: {stateful: true}}]", "run={duration: 4ms, warmup: 2ms}", flows}
	arm := row(t, simulate(t, scenario(t, plainRack, append(sets, "dsn.insertion=arm")...)), "nic", result.All, result.All)
	hardware := row(t, simulate(t, scenario(t, plainRack, sets...)), "nic", result.All, result.All)
	p := reference(t)
	cores := stationOf(t, arm, "dsn[0].arm")
	busy := cores.Visits * float64(p.DSN.ARM.InsertCycles.Value+p.DSN.ARM.UpcallCycles.Value)
	if arm.Metrics["drops.upcall_queue"] > 0 {
		t.Fatal("the cores must keep up")
	}
	perSecond := busy / 2e-3
	assert.InEpsilon(t, perSecond*float64(p.Power.ARMCycle.Value)/1e15, took(arm, "arm"), 1e-6)
	assert.Zero(t, took(hardware, "arm"))
	entry := float64(8 * 32 * p.Power.MemoryBit.Value)
	learner := stationOf(t, hardware, "dsn[0].learner")
	reads := stationOf(t, hardware, "dsn[0].flow-memory")
	assert.InEpsilon(t, (learner.Visits+reads.Visits)/2e-3*entry/1e15, took(hardware, "memory"), 1e-6)
}

// Handshakes hold units of the asymmetric engine, which the chips of a box share: so do they its power.
func TestHandshakesTakePower(t *testing.T) {
	sets := []string{"services=[{ipsec: {tunnels: 40, setup: at_start}}]", "placements=[nic, tor]", "run={duration: 15ms, warmup: 0s}",
		"traffic=[{name: t, sizes: 400B, load: 10kpps}]"}
	with := simulate(t, scenario(t, plainRack, sets...))
	sets[0] = "services=[{ipsec: {tunnels: 40}}]"
	without := simulate(t, scenario(t, plainRack, sets...))
	a := reference(t)
	handshake := float64(a.Power.AsymmetricUnit.Value) / 1e3 * a.DSN.Asymmetric.Handshake.Value.Seconds()
	for _, placement := range []string{"nic", "tor"} {
		more := took(row(t, with, placement, result.All, result.All), "crypto") - took(row(t, without, placement, result.All, result.All), "crypto")
		assert.InEpsilon(t, 40*handshake/15e-3, more, 0.01, placement)
	}
}

// The traffic manager's buffer is written and read for each byte that leaves by a port of the DSN; requests move none.
func TestBufferTakesPower(t *testing.T) {
	sets := allPlaces("20%", "placements=[software, nic, bump-in-the-wire, tor, appliance]", "services=[]",
		"dsn.traffic_manager={classes: [{name: all}]}")
	report := simulate(t, scenario(t, plainRack, sets...))
	s := reference(t).DSN.Stage
	perByte := float64((s.SRAMRead.Value + s.SRAMWrite.Value) / 16)
	bytes := 0.2 * 25e9 / (420 * 8) * 400 // a second
	for _, placement := range []string{"software", "nic", "bump-in-the-wire", "tor", "appliance"} {
		got := took(row(t, report, placement, result.All, result.All), "buffer")
		if placement == "software" {
			assert.Zero(t, got, "it has no buffer of a DSN")
			continue
		}
		assert.InEpsilon(t, bytes*perByte/1e15, got, 0.01, placement)
	}
}

// A mirror's copies take what they pass: the parser and the stages once more, and the ports on their way.
func TestCopiesTakePower(t *testing.T) {
	sets := allPlaces("20%", "placements=[nic]")
	report, traces, err := Scenario(context.Background(), scenario(t, plainRack, append(sets, "services=[{mirror: {encapsulation: gre}}]")...), Options{Jobs: 1, TraceSeq: 10})
	require.NoError(t, err)
	r := row(t, report, "nic", result.All, result.All)
	var stages, parser, ethernet power.Sum // of one packet, without its copy
	for _, e := range energy.SpentOn(traces[0].Of, &traces[0].Trace) {
		switch e.Component {
		case power.Stages:
			stages.Plus(e.Energy)
		case power.Parser:
			parser.Plus(e.Energy)
		case power.Ethernet:
			ethernet.Plus(e.Energy)
		}
	}
	mpps := r.Metrics["throughput.mpps"]
	require.InEpsilon(t, mpps, r.Metrics["mirror.mpps"], 0.02, "every packet is copied")
	assert.InEpsilon(t, 2*stages.Femtojoules()*mpps/1e9, took(r, "stages"), 0.02)
	assert.Greater(t, took(r, "parser"), 2*parser.Femtojoules()*mpps/1e9*0.98, "a copy's headers are longer")
	module := float64(reference(t).Power.CopperModule.Value) / 1e3
	copied := float64(reference(t).Power.EthernetBit.Value) * (400 - 4 + 42 + 4 + 20) * 8 // GRE around the frame without FCS
	assert.InEpsilon(t, (ethernet.Femtojoules()+copied)*mpps/1e9, took(r, "ethernet")-module, 0.02)
}

// A packet takes the same energy wherever its path is the same: the chips of tor and appliance, the cards of nic and
// bump-in-the-wire, and the NIC, slot and link of a server in all placements that leave it its NIC.
func TestSamePathTakesTheSameEnergy(t *testing.T) {
	sets := allPlaces("20%", "dsn.count={tor: 2, appliance: 2}", "placements=[software, nic, bump-in-the-wire, tor, appliance]")
	_, traces, err := Scenario(context.Background(), scenario(t, plainRack, sets...), Options{Jobs: 4, TraceSeq: 100})
	require.NoError(t, err)
	of := map[string]map[power.Component]power.Sum{}
	for _, tr := range traces {
		of[tr.Placement] = map[power.Component]power.Sum{}
		for _, e := range energy.SpentOn(tr.Of, &tr.Trace) {
			sum := of[tr.Placement][e.Component]
			sum.Plus(e.Energy)
			of[tr.Placement][e.Component] = sum
		}
	}
	for _, pair := range [][2]string{{"nic", "bump-in-the-wire"}, {"tor", "appliance"}} {
		for _, c := range []power.Component{power.Parser, power.Stages, power.Memory, power.Crypto} {
			assert.Equal(t, of[pair[0]][c], of[pair[1]][c], "%v of %s and %s", c, pair[0], pair[1])
		}
		assert.Positive(t, of[pair[0]][power.Stages].Femtojoules())
		assert.Positive(t, of[pair[0]][power.Crypto].Femtojoules())
	}
	assert.Positive(t, of["tor"][power.HostNIC].Femtojoules())
	assert.Equal(t, of["tor"][power.HostNIC], of["appliance"][power.HostNIC])
	// The cipher works on the same bytes wherever it is.
	assert.Equal(t, of["nic"][power.Crypto], of["tor"][power.Crypto])
}

// Where nothing is lost, each component takes what Explain says: of a mix and of a capture, in every placement.
func TestPowerIsWhatExplainSays(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	for _, sets := range [][]string{
		{"traffic.0.load=30%"},
		{"traffic.0={sizes: imix, load: 30%, direction: both, flows: {concurrent: 200k}}", "services=[{ipsec: {tunnels: 4000}}, vxlan, firewall, route]"},
		{"traffic.0={sizes: [64B, 1518B], load: 1Mpps, direction: inbound}", "services=[vxlan, route, {mirror: {one_in: 10}}]"},
		{"traffic.0.load=5Gbps", "dsn.traffic_manager={classes: [{name: all}]}"},
	} {
		s := quickstart(t, append([]string{"run.duration=4ms", "run.warmup=1ms", "expect=[]", "placements=[nic, bump-in-the-wire, tor, appliance]"}, sets...)...)
		x, err := arithmetic.Explain(s)
		require.NoError(t, err)
		r := simulate(t, s)
		for _, e := range x.Placements {
			all := row(t, r, e.Placement, "all", "all")
			require.Zero(t, all.Metrics["loss.ratio"], "%s %v", e.Placement, sets)
			assert.InDelta(t, all.Metrics["power.budget"], e.Power.Budget.Watts, 0)
			assert.InDelta(t, all.Metrics["power.dsn"], e.Power.DSNWatts, 0.02+0.03*(all.Metrics["power.dsn"]-e.Power.RestWatts), "%s %v", e.Placement, sets)
			sum := 0.0
			for _, p := range e.Power.Parts {
				want, dynamic := took(all, p.Component), p.NJPerPacket*e.Offered.Mpps/1e3
				sum += p.RestWatts + dynamic
				within := 0.002 + 0.04*dynamic
				if p.Component == "memory" {
					within = 0.002 + 0.35*dynamic // sets overflow before a cache is full: Explain's share of misses is a lower bound
				}
				if p.Component == "pcie" || p.Component == "host nic" {
					within = 0.002 + 0.15*dynamic // Explain fetches descriptors in whole batches, as a busy card does
				}
				assert.InDelta(t, want, p.RestWatts+dynamic, within, "%s of %s %v", p.Component, e.Placement, sets)
			}
			assert.InEpsilon(t, e.Power.TotalWatts, sum, 1e-9)
			assert.InDelta(t, all.Metrics["power.total"], sum, 0.05, "nothing is left out")
		}
	}
}

// The load at which Explain says that the budget is used up uses it up.
func TestTheBudgetLastsForTheLoadThatExplainNames(t *testing.T) {
	s := scenario(t, hot, "dsn.power={budget: 23W, over: violation}", "traffic.0.load=20%")
	e := explained(t, s)
	require.NotNil(t, e.Power.Scale)
	require.Greater(t, *e.Power.Scale, 1.0)
	at := func(share float64) float64 {
		return metrics(t, hot, "dsn.power={budget: 23W, over: violation}", fmt.Sprintf("traffic.0.load=%.0fkpps", share**e.Power.Scale*e.Offered.Mpps/2*1e3))["power.dsn"]
	}
	assert.Less(t, at(0.97), 23.0)
	assert.Greater(t, at(1.03), 23.0)
	assert.Zero(t, *explained(t, scenario(t, hot, "dsn.power={budget: 15W, over: violation}")).Power.Scale, "it takes more at rest")
	assert.Nil(t, explained(t, scenario(t, hot, "placements=[software]")).Power.Budget)
}
