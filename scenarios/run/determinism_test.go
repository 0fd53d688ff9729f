package run

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/hw"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// blend is a capture and a mix together, both ways, through all placements.
const blend = `version: 1
name: blend
rack:
  servers: 2
  server: {cores: 32, vms: 8, pcie: {gen: 4, lanes: 16}, nic: {rate: 25Gbps}}
  uplink: 100Gbps
services: [ipsec, vxlan, firewall, route]
traffic:
  - {name: mix, pcap: ../captures/mix.pcap, load: 40%, direction: both}
  - {name: noise, sizes: imix, arrivals: poisson, load: 20%, direction: both, flows: {concurrent: 300, size: 100kbit}}
run: {duration: 150us, warmup: 20us, seed: 7, replications: 3}
`

// managers give the DSN's ports two classes each and a buffer that both ports fill. Both classes come at the same instants.
var managers = []string{
	"dsn.traffic_manager={buffer: 20kB, classes: [{name: gold, weight: 2, max_rate: 15Gbps, ecn_threshold: 1kB}, {name: bulk, alpha: 1/2}]}",
	"traffic=[{name: a, sizes: 400B, load: 40%}, {name: b, sizes: 400B, load: 40%, arrivals: constant, direction: both, class: gold}]",
}

// patterns are who VMs exchange packets with; the direction is that of the first share.
var patterns = []string{"{north_south: 100%}", "{north_south: 40%, east_west: 60%}", "{north_south: 50%, same_server: 50%}",
	"{north_south: 20%, east_west: 40%, same_server: 40%}"}

// report runs a scenario and returns the report's bytes.
func report(t *testing.T, s *scenarios.Scenario, opt Options) string {
	t.Helper()
	opt.TraceSeq = -1
	r, _, err := Scenario(context.Background(), s, opt)
	require.NoError(t, err)
	return text(t, r)
}

// same compares two reports and prints the first line that differs: they are long.
func same(t require.TestingT, want, got, how string) {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		require.Equal(t, w[i], g[i], "%s, line %d", how, i+1)
	}
	require.Len(t, g, len(w), how)
}

// Random racks, chains and loads, with sources in step so that packets often reach a place at the same picosecond: an
// event for every hop changes nothing.
func TestRunningAheadChangesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	rapid.Check(t, func(r *rapid.T) {
		services := rapid.SampledFrom([]string{"[]", "[firewall]", "[ipsec, firewall]", "[ipsec, vxlan, firewall, route]",
			"[{policer: {cir: 500Mbps, cbs: 2kB}}, {mirror: {one_in: 2}}]",
			"[{mirror: {one_in: 3}}, {policer: {cir: 2Gbps, cbs: 2kB, per: server}}, ipsec, vxlan, {mirror: {snap: 64B}}, " +
				"{policer: {cir: 500Mbps, cbs: 2kB, ebs: 2kB}}, firewall, route]"}).Draw(r, "services")
		sets := []string{
			"services=" + services,
			fmt.Sprintf("rack.servers=%d", rapid.IntRange(2, 3).Draw(r, "servers")),
			fmt.Sprintf("traffic.0.load=%d%%", rapid.IntRange(1, 100).Draw(r, "load")),
			fmt.Sprintf("traffic.0.sizes=%dB", rapid.SampledFrom([]int{64, 128, 400, 1500}).Draw(r, "size")),
			"traffic.0.arrivals=" + rapid.SampledFrom([]string{"constant", "poisson"}).Draw(r, "arrivals"),
			"traffic.0.direction=" + rapid.SampledFrom([]string{"inbound", "outbound", "both"}).Draw(r, "direction"),
			fmt.Sprintf("traffic.0.flows.concurrent=%d", rapid.SampledFrom([]int{1, 4, 100}).Draw(r, "flows")),
			"traffic.0.pattern=" + rapid.SampledFrom(patterns).Draw(r, "pattern"),
			fmt.Sprintf("dsn.software.cores=%d", rapid.IntRange(1, 4).Draw(r, "cores")),
			fmt.Sprintf("dsn.count={tor: %d, appliance: %d}", rapid.IntRange(1, 3).Draw(r, "tor"), rapid.IntRange(1, 3).Draw(r, "appliance")),
			"placements=[" + rapid.SampledFrom(scenarios.AllPlacements()).Draw(r, "placement") + "]", "run.duration=8us", "run.warmup=0s",
		}
		if rapid.Bool().Draw(r, "traffic manager") {
			sets = append(managers, sets...) // the traffic first, so that what is drawn for it holds
		}
		s := scenario(t, plainRack, sets...)
		same(r, report(t, s, Options{Jobs: 1}), report(t, s, Options{Jobs: 1, Stepwise: true}), "hop by hop")
	})
}

// Equal scenario and seed give equal bytes: when it runs twice, with one worker or eight, and when every hop is an
// event instead of those at joins only.
func TestReportsAreBitIdentical(t *testing.T) {
	for _, c := range []struct {
		name string
		s    *scenarios.Scenario
	}{
		{"quickstart", quickstart(t, "run.replications=1")},
		{"three replications", quickstart(t, "run.replications=3", "run.duration=100us")},
		{"a capture and a mix", scenario(t, blend)},
		{"by class", scenario(t, blend, "traffic.1.load=150%", "run.replications=1", "traffic.1.class=gold",
			"dsn.traffic_manager={buffer: 100kB, classes: [{name: gold, priority: strict, max_rate: 9Gbps}, {name: bulk, ecn_threshold: 10kB}]}")},
		{"overload", scenario(t, blend, "traffic.1.load=150%", "traffic.1.direction=inbound", "run.replications=1",
			fixture(t, "switch.port_buffer", "100kB", "dsn.crypto.queue", "20", "host.ring_packets", "30"))},
	} {
		t.Run(c.name, func(t *testing.T) {
			first := report(t, c.s, Options{Jobs: 1})
			for _, name := range scenarios.AllPlacements() {
				require.Contains(t, first, fmt.Sprintf(`"placement": %q`, name))
			}
			same(t, first, report(t, c.s, Options{Jobs: 1}), "again")
			same(t, first, report(t, c.s, Options{Jobs: 8}), "on 8 workers")
			same(t, first, report(t, c.s, Options{Jobs: 1, Stepwise: true}), "hop by hop")
			same(t, first, report(t, c.s, Options{Jobs: 8, Stepwise: true}), "hop by hop on 8 workers")
		})
	}
}

// The comparison above can fail: another seed and another replication give other figures.
func TestSeedsAndReplicationsDiffer(t *testing.T) {
	base := scenario(t, blend, "run.replications=1")
	other := scenario(t, blend, "run.replications=1", "run.seed=8")
	assert.NotEqual(t, report(t, base, Options{}), report(t, other, Options{}))

	r := simulate(t, scenario(t, blend))
	for _, name := range scenarios.AllPlacements() {
		x := row(t, r, name, "all", "all")
		assert.Equal(t, 3, x.Replications)
		for _, metric := range []string{"latency.mean", "offered.mpps", "throughput.gbps"} {
			assert.Positive(t, x.CI95[metric], "%s %s: replications differ", name, metric)
		}
	}
}

// What stations report is the mean over the replications, not their sum.
func TestStationsAreMeansOverReplications(t *testing.T) {
	one := simulate(t, scenario(t, plainRack, "run.replications=1"))
	three := simulate(t, scenario(t, plainRack, "run.replications=3"))
	a, b := stationOf(t, &one.Results[0], "tor.port[0]"), stationOf(t, &three.Results[0], "tor.port[0]")
	assert.InDelta(t, 0.08*(8+400+12), a.ServiceMeanNs, 1e-9, "preamble, frame and gap at 100 Gbps")
	assert.InDelta(t, a.ServiceMeanNs, b.ServiceMeanNs, 1e-9)
	assert.InEpsilon(t, a.Visits, b.Visits, 0.01)
	assert.InDelta(t, a.Utilization, b.Utilization, 0.01)
	assert.InDelta(t, a.WaitMeanNs, b.WaitMeanNs, 1)
}

// meeting is a source of one packet.
type meeting struct {
	path uint16
	at   units.Time
	sent bool
}

func (m *meeting) Next(p *packet.Packet) bool {
	if m.sent {
		return false
	}
	m.sent = true
	p.Path, p.Sent, p.Bytes = m.path, m.at, [2]uint32{992, 992}
	return true
}

// pass is a place that takes no time.
type pass struct{}

func (pass) Serve(at units.Time, _ *packet.Packet) (station.Visit, bool) {
	return station.Visit{Start: at, Leave: at, Out: at}, true
}
func (pass) Name() string           { return "pass" }
func (pass) DropReason() uint8      { return 0 }
func (pass) Ordered() bool          { return true }
func (pass) Measure(station.Window) {}
func (pass) Usage() []station.Usage { return nil }

// deliveries keeps when the packet of each source was delivered.
type deliveries map[int]units.Time

func (d deliveries) Delivered(p *packet.Packet, at units.Time) { d[p.Source()] = at }
func (d deliveries) Dropped(*packet.Packet, units.Time, uint8) {}

// Two packets reach a place at the same picosecond, one of them over a place that takes no time, as the flow table takes
// none for a flow in its cache. The first source goes first, hop by hop too.
func TestTiesBehindAPlaceThatTakesNoTime(t *testing.T) {
	for _, stepwise := range []bool{false, true} {
		d := deliveries{}
		e := sim.NewEngine(d)
		e.Stepwise = stepwise
		port := func(name string) int32 { return e.AddFIFO(hw.EthernetPort(name, 100*units.Gbps, 0, 0)) }
		first, shared := port("first"), port("shared")
		e.AddPath(sim.Path{Hops: []sim.Hop{{Op: sim.OpVisit, Node: first}, {Op: sim.OpStation, Node: e.AddStation(pass{})}, {Op: sim.OpVisit, Node: shared}}})
		e.AddPath(sim.Path{Hops: []sim.Hop{{Op: sim.OpVisit, Node: shared}}})
		// 1000 B with the preamble take 80 ns.
		e.AddSource(&meeting{path: 0, at: units.At(20 * units.Nanosecond)})
		e.AddSource(&meeting{path: 1, at: units.At(100 * units.Nanosecond)})
		e.Prepare([][]int{{0}, {1}}, station.Window{To: units.Forever})
		require.NoError(t, e.Run(context.Background()))
		assert.Equal(t, units.At(180*units.Nanosecond), d[0], "stepwise %t", stepwise)
		assert.Greater(t, d[1].Ps(), d[0].Ps(), "stepwise %t", stepwise)
	}
}

// A placement gives the same figures alone and among others, and the order of the list is that of the report only.
func TestPlacementsDoNotDependOnEachOther(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	all := simulate(t, scenario(t, blend))
	backwards := simulate(t, scenario(t, blend, "placements=[appliance, tor, bump-in-the-wire, nic, software]"))
	for _, name := range scenarios.AllPlacements() {
		alone := simulate(t, scenario(t, blend, "placements=["+name+"]"))
		assert.Equal(t, row(t, all, name, "all", "all"), row(t, alone, name, "all", "all"))
		assert.Equal(t, row(t, all, name, "noise", "inbound"), row(t, backwards, name, "noise", "inbound"))
		assert.Equal(t, all.Sources, alone.Sources, "every placement is offered the same")
	}
	assert.Equal(t, "appliance", backwards.Results[0].Placement)
}
