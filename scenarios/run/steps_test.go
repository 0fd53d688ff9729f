package run

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/arithmetic"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/parts/services"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// policed is two servers that get more than their VMs may have.
const policed = `version: 1
name: policed
rack:
  servers: 2
  server: {cores: 32, vms: 4, pcie: {gen: 4, lanes: 16}, nic: {rate: 25Gbps}}
  uplink: 100Gbps
dsn: {count: {tor: 3, appliance: 2}, software: {cores: 8}}
services:
  - {policer: {per: vm, cir: 500Mbps, cbs: 10kB}}
traffic: [{name: a, sizes: 400B, load: 40%, direction: both, flows: {concurrent: 1000}}]
run: {duration: 3ms, warmup: 1ms, seed: 5}
`

// chips are the placements whose chips carry the load of the test; software cannot.
var chips = []string{"nic", "bump-in-the-wire", "tor", "appliance"}

// Of more than all rates, what is green is the committed rate of all meters together, wherever the DSN is, and however many
// chips the flows of a VM are spread over. It counts IP packets: 382 of 400 bytes.
func TestGreenIsTheCommittedRate(t *testing.T) {
	const window, ip, frame = 2e-3, 382., 400.
	for _, c := range []struct {
		per            string
		meters, rate   float64
		services, more string
	}{
		{"vm", 2 * 4 * 2, 0.5e9, "", ""},
		{"vm", 2 * 4 * 2, 0.5e9, ", {firewall: {stateful: true, default: permit}}", ""}, // steers flows away from their VM's chip
		{"server", 2 * 2, 2e9, "", ""},
		{"class", 2 * 2, 2e9, "", ""},
		{"server", 2, 2e9, "", ", direction: inbound"},
	} {
		services := fmt.Sprintf("services=[{policer: {per: %s, cir: %dbps, cbs: 10kB%s}}%s]", c.per, int64(c.rate), c.more, c.services)
		r := simulate(t, scenario(t, policed, services))
		for _, name := range chips {
			m := row(t, r, name, "all", "all").Metrics
			green := c.meters * c.rate
			// A meter's level at both ends of the window may differ by its burst.
			slack := c.meters * 8 * (10_000 + ip) / window
			assert.InDelta(t, green/1e9, m["policer.green.gbps"], slack/1e9, "%s per %s%s", name, c.per, c.more)
			assert.Zero(t, m["policer.yellow.gbps"], name)
			assert.Positive(t, m["drops.policer"], name)
			if c.more == "" {
				assert.InDelta(t, m["policer.green.gbps"]*frame/ip, m["throughput.gbps"], 0.01*green/1e9, "%s: what is green is delivered", name)
				assert.InDelta(t, m["policer.red.mpps"]*window*1e6, m["drops.policer"], 200, "%s: what is red is dropped", name)
			} else {
				assert.InDelta(t, 0.4*25, row(t, r, name, "all", "outbound").Metrics["throughput.gbps"]*420/400/2, 0.1, "outbound is not policed")
			}
		}
	}
}

// Two policers in a row are a hierarchy: a VM's rate and below it the server's. What the first drops costs the second nothing.
func TestPolicersInARow(t *testing.T) {
	const services = "services=[{policer: {per: server, cir: %s, cbs: 10kB}}, {policer: {per: vm, cir: 500Mbps, cbs: 10kB}}]"
	both := metrics(t, policed, fmt.Sprintf(services, "1Gbps"), "placements=[nic]")
	assert.InDelta(t, 4*400./382, both["throughput.gbps"], 0.2, "1 Gbps for each server and direction")
	wide := metrics(t, policed, fmt.Sprintf(services, "50Gbps"), "placements=[nic]")
	assert.InDelta(t, 16*0.5*400/382, wide["throughput.gbps"], 0.7, "the VMs' rates")
}

// Yellow and red packets pass where they may, or are dropped; a policer that only marks changes no other figure but the
// latency of its look-up.
func TestColoursAndActions(t *testing.T) {
	get := func(options string) map[string]float64 {
		return metrics(t, policed, "services=[{policer: {mode: trtcm, cir: 500Mbps, cbs: 10kB, pir: 700Mbps, pbs: 10kB, "+options+"}}]", "placements=[nic]")
	}
	pass := get("yellow: pass, red: drop")
	assert.InDelta(t, 8, pass["policer.green.gbps"], 0.7)
	assert.InDelta(t, 16*0.2, pass["policer.yellow.gbps"], 0.7)
	assert.InDelta(t, 16*0.7*400/382, pass["throughput.gbps"], 1)
	drop := get("yellow: drop, red: drop")
	assert.InDelta(t, 8*400./382, drop["throughput.gbps"], 1)
	assert.Greater(t, drop["drops.policer"], pass["drops.policer"])
	marks := get("yellow: mark, red: mark, dscp: {yellow: af12, red: 14}")
	assert.Zero(t, marks["loss.ratio"])
	assert.InDelta(t, marks["offered.mpps"], marks["policer.green.mpps"]+marks["policer.yellow.mpps"]+marks["policer.red.mpps"], 0.05)
	red := get("yellow: pass, red: pass")
	assert.Equal(t, marks["latency.p99"], red["latency.p99"])
}

// A policer that is aware keeps a colour or makes it worse: behind one that marks everything yellow, nothing is green.
func TestAwareOfColours(t *testing.T) {
	const services = "services=[{policer: {cir: 500Mbps, cbs: 10kB, ebs: 10kB, colour: %s, red: pass}}, {policer: {cir: 1bps, cbs: 0B, ebs: 1GiB, yellow: pass}}]"
	sets := []string{"placements=[nic]", "traffic.0.direction=inbound", "run.warmup=0s"}
	blind := metrics(t, policed, append(sets, fmt.Sprintf(strings.Replace(services, "[{", "[{", 1), "blind"))...)
	inbound := []string{"placements=[nic]", "traffic.0.direction=outbound", "run.warmup=0s"}
	aware := metrics(t, policed, append(inbound, fmt.Sprintf(services, "aware"))...)
	unaware := metrics(t, policed, append(inbound, fmt.Sprintf(services, "blind"))...)
	assert.Positive(t, blind["policer.green.gbps"])
	assert.Positive(t, unaware["policer.green.gbps"], "outbound the policer comes second, and does not look")
	assert.Zero(t, aware["policer.green.gbps"], "all was yellow before")
	assert.Positive(t, aware["policer.yellow.gbps"])
}

// mirrored is a server whose packets are mirrored in part.
const mirrored = `version: 1
name: mirrored
rack:
  servers: 1
  server: {cores: 32, vms: 4, pcie: {gen: 4, lanes: 16}, nic: {rate: 25Gbps}}
  uplink: 100Gbps
dsn: {count: {tor: 3, appliance: 2}, software: {cores: 16}}
services:
  - {mirror: {one_in: 10}}
traffic: [{name: a, sizes: 400B, load: 10%, direction: inbound, flows: {concurrent: 1000}}]
run: {duration: 1ms, warmup: 0s, seed: 5}
`

func profileOf(t *testing.T, s *scenarios.Scenario) *profile.Profile {
	t.Helper()
	p, err := profile.Load(s.DSN.Profile)
	require.NoError(t, err)
	return p
}

// balanceOf runs a scenario in one placement and returns what was counted over the whole run.
func balanceOf(t *testing.T, sets ...string) *trial.Outcome {
	t.Helper()
	s := scenario(t, mirrored, sets...)
	inputs, err := input.Prepare(s, profileOf(t, s), false)
	require.NoError(t, err)
	spec := input.StepsOf(s)
	pol, err := input.LoadPolicy(s, spec, inputs, nil)
	require.NoError(t, err)
	list, err := Plans(s, &input.Setting{Profile: profileOf(t, s), Spec: spec, Inputs: inputs}, Options{TraceSeq: -1})
	require.NoError(t, err)
	j := list[0].Jobs[0]
	j.Policy = pol
	o, err := j.Run(context.Background())
	require.NoError(t, err)
	return o
}

// One in so many packets is copied, exactly: each chip and core counts for itself. The copies are no packets of the tenants.
func TestOneInSoManyIsCopied(t *testing.T) {
	for _, name := range scenarios.AllPlacements() {
		devices := map[string]uint64{"software": 16, "nic": 1, "bump-in-the-wire": 1, "tor": 3, "appliance": 2}[name]
		for _, oneIn := range []uint64{1, 10, 333} {
			o := balanceOf(t, "placements=["+name+"]", fmt.Sprintf("services.0.mirror.one_in=%d", oneIn))
			b := o.Balance
			require.True(t, b.Holds())
			require.Zero(t, b.Dropped)
			assert.GreaterOrEqual(t, b.Copied, b.In/oneIn, name)
			assert.Less(t, b.Copied, b.In/oneIn+devices+1, name)
			assert.Equal(t, b.In, o.Counters[0].Offered.Packets)
			assert.Equal(t, b.In, o.Counters[0].Meter.Delivered.Packets, "copies do not count")
			assert.InDelta(t, b.Copied, trial.MeasuredBy[*services.ServiceCounts](o).Copies.Made.Packets, 100, "some are made after the window")
			assert.Equal(t, 450*trial.MeasuredBy[*services.ServiceCounts](o).Copies.Made.Packets, trial.MeasuredBy[*services.ServiceCounts](o).Copies.Made.Bytes, "a frame of 400 B in ERSPAN")
		}
	}
}

// By flow, all packets of some flows are copied, in proportion; twice the same ones.
func TestFlowsAreCopiedWhole(t *testing.T) {
	s := scenario(t, mirrored, "services.0.mirror={one_in: 10, by: flow}", "placements=[nic]")
	copied, all := map[uint32]int{}, map[uint32]int{}
	for _, j := range jobsOf(t, s, profileOf(t, s)) {
		j.OnEnd = func(p *packet.Packet, _ int) {
			if p.Copy == 0 {
				all[p.Flow]++
			} else {
				copied[p.Flow]++
			}
		}
		_, err := j.Run(context.Background())
		require.NoError(t, err)
	}
	for flow, n := range copied {
		assert.Equal(t, all[flow], n, "flow %d", flow)
	}
	assert.InDelta(t, len(all)/10, len(copied), 30)
}

// Rules say what is copied; snap and the encapsulation how long the copies are.
func TestRulesSnapAndEncapsulation(t *testing.T) {
	for _, c := range []struct {
		options string
		share   float64
		bytes   uint64
	}{
		{"{rules: [{proto: tcp, dport: 443}]}", 1, 450},
		{"{rules: [{proto: tcp, dport: 80}, {dst: 10.128.0.0/9}], snap: 128B}", 1, 128 + 4 + 50},
		{"{rules: [{proto: udp}]}", 0, 0},
		{"{rules: [{src: 10.0.0.0/10}], encapsulation: gre}", 0.5, 442},
		{"{rules: [{src: 10.0.0.0/10}], one_in: 4, snap: 64B, encapsulation: gre}", 0.125, 64 + 4 + 42},
		{"{direction: outbound}", 0, 0},
	} {
		o := balanceOf(t, "services.0.mirror="+c.options, "placements=[nic]")
		assert.InDelta(t, c.share*float64(o.Balance.In), float64(o.Balance.Copied), 0.1*float64(o.Balance.In), c.options)
		assert.Equal(t, c.bytes*trial.MeasuredBy[*services.ServiceCounts](o).Copies.Made.Packets, trial.MeasuredBy[*services.ServiceCounts](o).Copies.Made.Bytes, c.options)
	}
}

// Where a mirror stands says what it copies: encrypted packets in front of ipsec, VXLAN packets between, the tenant's behind.
func TestWhereTheMirrorStands(t *testing.T) {
	for chain, bytes := range map[string]uint64{
		"[mirror, ipsec, vxlan]": 506 + 50, "[ipsec, mirror, vxlan]": 450 + 50, "[ipsec, vxlan, mirror]": 450, "[vxlan, mirror]": 450,
		"[mirror, vxlan]": 450 + 50, "[mirror]": 450,
	} {
		for _, dir := range []string{"inbound", "outbound"} {
			for _, name := range scenarios.AllPlacements() {
				o := balanceOf(t, "services="+chain, "placements=["+name+"]", "traffic.0.direction="+dir, "run.duration=200us")
				require.Equal(t, o.Balance.In, o.Balance.Copied, "%s %s %s", chain, dir, name)
				assert.Equal(t, bytes*trial.MeasuredBy[*services.ServiceCounts](o).Copies.Made.Packets, trial.MeasuredBy[*services.ServiceCounts](o).Copies.Made.Bytes, "%s %s %s", chain, dir, name)
			}
		}
	}
}

// What a service in front of the mirror drops is not copied, and what one behind it drops is; outbound the other way round.
func TestMirrorsAndFilters(t *testing.T) {
	const deny = "{firewall: {rules: [{action: deny, src: 10.0.0.0/10}], default: permit, stateful: false}}"
	for _, c := range []struct{ chain, dir string }{
		{"[mirror, " + deny + "]", "inbound"}, {"[" + deny + ", mirror]", "outbound"},
		{"[mirror, {policer: {cir: 200Mbps, cbs: 10kB}}]", "inbound"}, {"[{policer: {cir: 200Mbps, cbs: 10kB}}, mirror]", "outbound"},
	} {
		for _, name := range scenarios.AllPlacements() {
			sets := []string{"services=" + c.chain, "placements=[" + name + "]"}
			o := balanceOf(t, append(sets, "traffic.0.direction="+c.dir)...)
			lost := o.Counters[0].Lost().Packets + o.Counters[1].Lost().Packets
			assert.Equal(t, o.Balance.In, o.Balance.Copied, "%s %s %s: copied first", c.chain, c.dir, name)
			assert.Positive(t, lost)
			other := map[string]string{"inbound": "outbound", "outbound": "inbound"}[c.dir]
			o = balanceOf(t, append(sets, "traffic.0.direction="+other)...)
			lost = o.Counters[0].Lost().Packets + o.Counters[1].Lost().Packets
			assert.Equal(t, o.Balance.In-lost, o.Balance.Copied, "%s %s %s: dropped first", c.chain, other, name)
			assert.Positive(t, lost)
		}
	}
}

// Copies take the link to the ToR: inbound packets that are mirrored leave no room for outbound ones. Nothing is lost without
// the mirror.
func TestCopiesTakeTheLink(t *testing.T) {
	sets := []string{"traffic=[{name: in, sizes: 1000B, load: 70%, direction: inbound}, {name: out, sizes: 1000B, load: 60%, direction: outbound}]",
		"services.0.mirror={one_in: 1, direction: inbound}", "placements=[nic]", "run.duration=6ms", fixture(t, "switch.port_buffer", "100kB")}
	r := simulate(t, scenario(t, mirrored, sets...))
	out, in := row(t, r, "nic", "out", "all").Metrics, row(t, r, "nic", "in", "all").Metrics
	assert.Zero(t, in["loss.ratio"], "the other direction of the link")
	// 70% with 50 B more for each 1020 B on the wire, and 60%: what is too much is lost, of the one or of the other.
	const copies, others = 0.7 * 1070 / 1020, 0.6
	assert.InDelta(t, copies+others-1, copies*out["mirror.loss.ratio"]+others*out["loss.ratio"], 0.02)
	assert.Greater(t, out["loss.ratio"], 0.2)
	assert.Greater(t, out["mirror.loss.ratio"], 0.1)
	assert.Greater(t, out["latency.p50"], 30e3, "behind a full buffer of 100 kB at 25 Gbps")
	assert.InDelta(t, 1, stationOf(t, row(t, r, "nic", "all", "all"), "server.port[0]").Utilization, 0.01)
	without := simulate(t, scenario(t, mirrored, append(sets, "services=[]")...))
	assert.Zero(t, row(t, without, "nic", "all", "all").Metrics["loss.ratio"])
	assert.NotContains(t, row(t, without, "nic", "all", "all").Metrics, "mirror.gbps")
}

// A core that mirrors carries fewer packets: each copy takes its cycles.
func TestCopiesTakeCycles(t *testing.T) {
	sets := []string{"placements=[software]", "dsn.software.cores=1", "traffic.0.load=100%", fixture(t, "host.stall.mean_interval", "1s")}
	with := metrics(t, mirrored, append(sets, "services.0.mirror.one_in=1")...)["throughput.mpps"]
	without := metrics(t, mirrored, append(sets, "services.0.mirror={rules: [{proto: udp}]}")...)["throughput.mpps"]
	p := profileOf(t, scenario(t, mirrored))
	sw := &p.Host.Software
	base := float64(2*sw.VSwitch.Cycles.Value+2*sw.VHost.Cycles.Value+sw.Mirror.Cycles.Value) + 0.2*400
	copies := float64(sw.Copy.Cycles.Value) + 0.1*400
	assert.InEpsilon(t, (base+copies)/base, without/with, 0.02)
}

// Without a policer or a mirror none of their figures is reported.
func TestNoFiguresWithoutTheServices(t *testing.T) {
	m := metrics(t, plainRack)
	for name := range m {
		assert.False(t, strings.HasPrefix(name, "policer.") || strings.HasPrefix(name, "mirror."), name)
	}
	assert.Zero(t, m["drops."+stats.DropPolicer.String()])
}

// Explain charges the copies in the mean: one in ten of the inbound packets, each as long as a copy, where outbound packets go;
// and a packet that is copied is still one packet there.
func TestExplainCountsCopies(t *testing.T) {
	get := func(dir string) (port, parser arithmetic.Capacity) {
		e, err := arithmetic.Explain(scenario(t, mirrored, "traffic.0.direction="+dir, "placements=[nic]"))
		require.NoError(t, err)
		for _, c := range e.Placements[0].Stations {
			switch {
			case strings.HasPrefix(c.Name, "server.port"):
				port = c
			case strings.HasSuffix(c.Name, ".parser"):
				parser = c
			}
		}
		return port, parser
	}
	const packets = 2.5e9 / 8 / 420 / 1e6 // Mpps
	port, parser := get("inbound")
	assert.InEpsilon(t, packets/10, port.OfferedMpps, 1e-3)
	assert.InEpsilon(t, 1, port.Visits, 1e-9)
	assert.InEpsilon(t, (450+20)*8/25., port.ServiceNs, 1e-3)
	assert.InEpsilon(t, packets, parser.OfferedMpps, 1e-3)
	assert.InEpsilon(t, 1.1, parser.Visits, 1e-3)
	port, _ = get("outbound")
	assert.InEpsilon(t, packets, port.OfferedMpps, 1e-3)
	assert.InEpsilon(t, 1.1, port.Visits, 1e-3)
	assert.InEpsilon(t, (420+0.1*470)*8/25., port.ServiceNs, 1e-3)
}

// Rules of a mirror look at the headers as the services in front have left them: outbound those that nat has rewritten where
// the mirror stands on the network's side of it, and those of the VM on the other.
func TestMirrorsAndNAT(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	const nat = "{nat: {inside: 10.0.0.0/9, pool: 198.18.128.0/28, ports: 1024-65535}}"
	const pool, inside = "{mirror: {rules: [{src: 198.18.128.0/28}]}}", "{mirror: {rules: [{src: 10.0.0.0/9}]}}"
	for chain, all := range map[string]bool{
		pool + ", " + nat: true, nat + ", " + pool: false, inside + ", " + nat: false, nat + ", " + inside: true,
	} {
		for _, name := range scenarios.AllPlacements() {
			b := balanceOf(t, "services=["+chain+"]", "placements=["+name+"]", "traffic.0.direction=outbound", "run.duration=200us").Balance
			want := uint64(0)
			if all {
				want = b.In - b.Dropped
			}
			assert.Equal(t, want, b.Copied, "%s %s", name, chain)
			assert.Zero(t, b.Dropped)
		}
	}
}
