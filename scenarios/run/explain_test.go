package run

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/arithmetic"
	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/offered"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// explained returns what Explain says of the first placement.
func explained(t testing.TB, s *scenarios.Scenario) *arithmetic.Estimate {
	t.Helper()
	x, err := arithmetic.Explain(s)
	require.NoError(t, err)
	require.NotEmpty(t, x.Placements)
	return &x.Placements[0]
}

// Where nothing is lost, each station is as busy as Explain says: a mix and a capture, both directions, two servers, in
// all placements with a chip. Stations that hardly work are compared loosely.
func TestUtilisationIsWhatExplainSays(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	for _, sets := range [][]string{
		{"traffic.0.load=30%"},
		{"traffic.0={sizes: imix, load: 30%, direction: both, flows: {concurrent: 20k}}"},
		{"traffic.0={sizes: [64B, 1518B], load: 2Mpps, direction: inbound, flows: {concurrent: 20k}}"},
		{"traffic.0.load=30%", "traffic.0.arrivals=recorded"},
		{"traffic.0.load=5Gbps", "traffic.0.on_wire=true"},
	} {
		s := quickstart(t, append([]string{"run.duration=3ms", "expect=[]", "placements=[nic, bump-in-the-wire, tor, appliance]"}, sets...)...)
		x, err := arithmetic.Explain(s)
		require.NoError(t, err)
		r := simulate(t, s)
		for _, e := range x.Placements {
			all := row(t, r, e.Placement, "all", "all")
			require.Zero(t, all.Metrics["loss.ratio"], "%v", sets)
			assert.InEpsilon(t, all.Metrics["offered.mpps"], e.Offered.Mpps, 0.02, "%s %v", e.Placement, sets)
			assert.InEpsilon(t, all.Metrics["offered.gbps"], e.Offered.Gbps, 0.02, "%s %v", e.Placement, sets)
			compared := 0
			for _, want := range e.Stations {
				if want.Utilization == 0 {
					compared++ // a run lists what was used only
				}
				for _, got := range all.Stations {
					if got.Name == want.Name {
						compared += min(1, int(math.Ceil(want.Utilization)))
						assert.InDelta(t, got.Utilization, want.Utilization, 0.01+0.03*want.Utilization, "%s %s %v", e.Placement, want.Name, sets)
					}
				}
			}
			assert.Equal(t, len(e.Stations), compared, "%s %v: every station of Explain is one of the run", e.Placement, sets)
		}
	}
}

// With more load than a placement can carry, it delivers what Explain's limit says: through a NIC that the server's link
// bounds, one that its slot bounds, one that its cipher bounds, and through software, which its cores bound, stalls
// included. All packets have one size: of a mix, a full queue of bytes takes the small ones first.
func TestSaturationReachesTheLimit(t *testing.T) {
	const text = `version: 1
name: saturated
rack: {servers: 1, server: {nic: {rate: 100Gbps}, pcie: {gen: 4, lanes: 16}}, uplink: 400Gbps}
services: [ipsec, vxlan, firewall, route]
traffic: [{name: a, sizes: 400B, load: 95%, direction: inbound, flows: {concurrent: 5k}}]
run: {duration: 3ms, warmup: 1ms}
`
	slow := fixture(t, "dsn.crypto.cores", "1", "dsn.crypto.clock", "500MHz")
	for _, c := range []struct {
		name, placement, bottleneck string
		sets                        []string
		tolerance                   float64
	}{
		{"link", "nic", "tor.port[0]", nil, 0.005},
		{"slot", "nic", "pcie.up[0]", []string{"rack.server.pcie={gen: 3, lanes: 4}"}, 0.02},
		{"cipher", "nic", "dsn[0].crypto", []string{slow}, 0.02},
		{"outbound slot", "nic", "pcie.down[0]", []string{"rack.server.pcie={gen: 3, lanes: 4}", "traffic.0.direction=outbound"}, 0.02},
		{"cores", "software", "host[0].core", []string{"run={duration: 60ms, warmup: 10ms}", "traffic.0.load=40%", "dsn.software.cores=4"}, 0.03},
		{"cores without stalls", "software", "host[0].core", []string{"traffic.0.load=40%", "dsn.software.cores=4", fixture(t, "host.stall.mean_interval", "0s")}, 0.01},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := scenario(t, text, append(c.sets, "placements=["+c.placement+"]")...)
			e := explained(t, s)
			assert.Contains(t, e.Bottleneck, c.bottleneck)
			require.Less(t, e.Scale, 0.95, "the load must be too much")
			m := row(t, simulate(t, s), c.placement, "all", "all")
			assert.InEpsilon(t, e.Limit.Mpps, m.Metrics["throughput.mpps"], c.tolerance)
			t.Logf("%s: limit %.3f Mpps %.2f Gbps, simulated %.3f Mpps %.2f Gbps, bottleneck %s", c.name, e.Limit.Mpps, e.Limit.Gbps,
				m.Metrics["throughput.mpps"], m.Metrics["throughput.gbps"], m.Bottleneck)
		})
	}
}

// Below the limit nothing is lost of a mix, above it something is.
func TestTheLimitDivides(t *testing.T) {
	const text = `version: 1
name: divided
rack: {servers: 1, server: {nic: {rate: 100Gbps}, pcie: {gen: 3, lanes: 4}}, uplink: 400Gbps}
services: [ipsec, vxlan, firewall, route]
traffic: [{name: a, sizes: imix, load: 10%, direction: inbound}]
run: {duration: 3ms, warmup: 1ms}
placements: [nic]
`
	e := explained(t, scenario(t, text))
	require.Equal(t, "pcie.up[0]", e.Bottleneck)
	loss := func(of float64) float64 {
		return metrics(t, text, fmt.Sprintf("traffic.0.load=%.0fkpps", of*e.Limit.Mpps*1e3))["loss.ratio"]
	}
	assert.Zero(t, loss(0.97))
	assert.Positive(t, loss(1.3))
}

// The figures of one station by hand: 400 B at 100 Gbps take 33.6 ns with preamble and gap.
func TestCapacityByHand(t *testing.T) {
	e := explained(t, scenario(t, plainRack))
	for _, c := range e.Stations {
		if c.Name == "tor.port[0]" {
			assert.InDelta(t, 420*8/100.0, c.ServiceNs, 1e-9)
			assert.InDelta(t, 1000/33.6, c.CapacityMpps, 1e-6)
			assert.Equal(t, "inbound", c.Direction)
			assert.EqualValues(t, 1, c.Visits)
			assert.InDelta(t, c.OfferedMpps/c.CapacityMpps, c.Utilization, 1e-9)
			return
		}
	}
	t.Fatal("the port is not there")
}

// Stations that differ by their number only are one line, that of the busiest; nothing comes before the busiest of all.
func TestStationsAreRanked(t *testing.T) {
	for _, e := range mustExplain(t, quickstart(t, "rack.servers=3")).Placements {
		names := map[string]bool{}
		for i, c := range e.Stations {
			general := arithmetic.Numbered.ReplaceAllString(c.Name, "[]")
			assert.False(t, names[general], c.Name)
			names[general] = true
			if i > 0 {
				assert.LessOrEqual(t, c.Utilization, e.Stations[i-1].Utilization)
			}
			switch general {
			case "tor.port[]", "server.port[]", "pcie.up[]":
				assert.Equal(t, 3, c.Alike, "%s %s", e.Placement, c.Name)
			case "tor.dsn[].parser":
				assert.Equal(t, 4, c.Alike)
				assert.InDelta(t, 2, c.Visits, 1e-9, "a packet of a chain with ipsec passes twice")
				assert.Equal(t, "both", c.Direction)
			case "spine.port":
				assert.Equal(t, 1, c.Alike)
			}
		}
		assert.Equal(t, e.Stations[0].Name, e.Bottleneck)
		assert.InDelta(t, 1, e.Scale*e.Stations[0].Utilization, 1e-9)
	}
}

func mustExplain(t testing.TB, s *scenarios.Scenario) *arithmetic.Explanation {
	t.Helper()
	x, err := arithmetic.Explain(s)
	require.NoError(t, err)
	return x
}

// The offers are the classes and directions of all servers, and the same in every placement.
func TestOffers(t *testing.T) {
	x := mustExplain(t, scenario(t, all, "rack.servers=3", "traffic.0.load=1Mpps"))
	require.Len(t, x.Offers, 2)
	for _, o := range x.Offers {
		assert.Equal(t, "a", o.Class)
		assert.InDelta(t, 3, o.Mpps, 1e-9, "a million a second from each of three servers")
		assert.InDelta(t, 400, o.FrameMeanBytes, 1e-9)
		assert.InDelta(t, 506, o.WireMeanBytes, 1e-9)
		assert.InDelta(t, 3*400*8/1e3, o.Gbps, 1e-9)
	}
	for _, e := range x.Placements {
		assert.InDelta(t, 6, e.Offered.Mpps, 1e-9, e.Placement)
	}
}

// Flows that do not fit the cache, and flows that begin, make work for the memory.
func TestFlowsMakeWorkForTheMemory(t *testing.T) {
	busy := func(sets ...string) float64 {
		s := scenario(t, all, append([]string{"placements=[nic]", "traffic.0.load=30%"}, sets...)...)
		for _, c := range explained(t, s).Stations {
			if c.Name == "dsn[0].flow-memory" {
				return c.Utilization
			}
		}
		return -1
	}
	assert.Zero(t, busy())
	assert.Positive(t, busy("traffic.0.flows.concurrent=1M"))
	assert.Positive(t, busy("traffic.0.flows.size=1Mbit"))
	assert.InEpsilon(t, 400*8/1e4, busy("traffic.0.flows.size=10kbit")/busy("traffic.0.flows.size=3200bit"), 1e-9,
		"flows of one packet all miss")
	assert.EqualValues(t, -1, busy("services=[vxlan, {firewall: {stateful: false}}, route]"), "nothing in memory, no visit")
}

// What is refused goes no further: the stations behind the filter are as busy as in a run, with a capture and a list of
// rules and with a mix and made-up ones.
func TestRefusedPacketsAreNotCarried(t *testing.T) {
	for _, sets := range [][]string{
		{"services=[vxlan, {firewall: {rules: [{action: deny, proto: udp}, {action: deny, proto: tcp, dport: 80}], stateful: false}}]"},
		{"services=[vxlan, {firewall: {rules: [{action: deny, src: 10.0.0.0/10}], stateful: false}}]",
			"traffic.0={sizes: 400B, load: 30%, direction: both, flows: {concurrent: 4k}}"},
	} {
		s := quickstart(t, append([]string{"run.duration=3ms", "expect=[]", "placements=[nic]", "traffic.0.load=30%"}, sets...)...)
		e := explained(t, s)
		all := row(t, simulate(t, s), "nic", "all", "all")
		require.Greater(t, all.Metrics["loss.ratio"], 0.1)
		seen := map[string]bool{}
		for _, want := range e.Stations {
			for _, got := range all.Stations {
				if got.Name == want.Name {
					seen[got.Name] = true
					assert.InDelta(t, got.Utilization, want.Utilization, 0.01+0.03*want.Utilization, got.Name)
				}
			}
		}
		assert.True(t, seen["pcie.up[0]"] && seen["server.port[0]"])
	}
}

// Lists, files and counts fill the tables; a range of ports takes several entries.
func TestContentsOfTables(t *testing.T) {
	rules := filepath.Join(t.TempDir(), "my.rules")
	require.NoError(t, os.WriteFile(rules, []byte("@10.0.0.0/8\t0.0.0.0/0\t0 : 65535\t1024 : 65535\t0x06/0xff\t0x0000/0x0000\n"), 0o600))
	for _, c := range []struct {
		services      string
		rules, routes int64
	}{
		{"[firewall, route]", 0, 0},
		{"[{firewall: {rules: 500}}, {route: {routes: 50}}]", 0, 0},
		// Any address is IPv4 and IPv6; 1 to 65534 takes 30 prefixes.
		{"[{firewall: {rules: [{action: deny}, {action: deny, proto: tcp, dport: 1-65534}]}}]", 2 + 60, 0},
		{"[{firewall: {rules: " + rules + ", action: deny}}]", 6, 0},
		{"[{route: {routes: testdata/half.prefixes}}]", 0, 8},
	} {
		s := scenario(t, all, "services="+c.services)
		inputs, err := input.Prepare(s, profileOf(t, s), false)
		require.NoError(t, err)
		got, err := input.Contents(s, inputs)
		require.NoError(t, err)
		assert.Equal(t, c.rules, got.Rules, c.services)
		assert.Equal(t, c.routes, got.Routes, c.services)
		assert.EqualValues(t, 2000, got.Flows)
	}
}

// The map is that of the chip, and what lives in memory is told with the room that there is.
func TestPipelineOfTheExplanation(t *testing.T) {
	x := mustExplain(t, scenario(t, all, "rack.servers=24"))
	for _, e := range x.Placements {
		if e.Placement == "software" {
			assert.Nil(t, e.Pipeline)
			continue
		}
		p := e.Pipeline
		require.NotNil(t, p, e.Placement)
		require.Len(t, p.Stages, 12)
		sum, sram, tcam, used := int64(4), int64(0), int64(0), 0
		for i, s := range p.Stages {
			assert.Equal(t, i+1, s.Number)
			sum += s.LatencyCycles
			sram, tcam = sram+s.SRAM.Used, tcam+s.TCAM.Used
			if len(s.Parts) > 0 {
				used++
			}
		}
		assert.Equal(t, p.LatencyCycles, sum)
		assert.Equal(t, p.SRAM, arithmetic.Fit{Used: sram, Available: 960})
		assert.Equal(t, p.TCAM, arithmetic.Fit{Used: tcam, Available: 288})
		assert.Equal(t, p.InUse, used)
		assert.Equal(t, 2, p.Passes)
		require.NotNil(t, p.Memory)
		assert.EqualValues(t, 8<<30, p.Memory.Bytes.Available)
		bytes, reads := int64(0), 0
		for _, m := range p.Memory.Tables {
			bytes, reads = bytes+m.Bytes, reads+m.Reads
		}
		assert.Equal(t, p.Memory.Bytes.Used, bytes)
		assert.Equal(t, p.Memory.Reads, reads)
		if e.Placement == "tor" {
			assert.Equal(t, 24, p.Serves)
			assert.EqualValues(t, 24*2000, p.Memory.Flows)
			assert.Len(t, p.Memory.Tables, 3, "192,000 rules and routes spill")
		} else if e.Placement == "nic" {
			assert.Equal(t, 1, p.Serves)
			assert.Len(t, p.Memory.Tables, 1)
		}
	}
}

// A placement whose chip cannot hold the tables is refused with the reason, in a run and in its explanation alike; the
// others go on.
func TestTablesThatDoNotFitAreRefused(t *testing.T) {
	sets := []string{"dsn.profile=tofino-like", "services=[vxlan, firewall, route]", "rack.servers=3"}
	want := map[string]string{"tor": "table acl: 24k ternary rules of 308 bit need 329 TCAM blocks, the 12 stages have 288; reduce rules or use a profile with more"}
	want["appliance"] = want["tor"]
	s := scenario(t, all, sets...)
	r, x := simulate(t, s), mustExplain(t, s)
	require.Len(t, x.Placements, 5)
	for _, e := range x.Placements {
		reasons, refused := want[e.Placement]
		got := row(t, r, e.Placement, "all", "all")
		assert.Equal(t, got.Status, e.Status, e.Placement)
		assert.Equal(t, got.Reasons, e.Reasons, e.Placement)
		assert.Equal(t, refused, e.Status == result.Unsupported, "%s: %v", e.Placement, e.Reasons)
		if refused {
			assert.Equal(t, []string{reasons}, e.Reasons)
			assert.Empty(t, e.Stations)
		}
	}
	x = mustExplain(t, scenario(t, all, "rack.server.virtualization=bare-metal"))
	assert.Equal(t, result.Undeployable, x.Placements[0].Status)
	assert.Equal(t, result.OK, x.Placements[1].Status)
	assert.NotEmpty(t, x.Offers, "those of the first placement that works")
}

// Errors are those of a run.
func TestExplainRefusesWhatARunRefuses(t *testing.T) {
	for _, c := range []struct{ set, want string }{
		{"dsn.profile=no-such", `there is no profile "no-such"`},
		{"traffic.0.pcap=absent.pcap", "absent.pcap"},
		{"traffic.0.load=200%", "which the line of 25Gbps cannot carry"},
		{"rack.uplink=99Gbps", "no Ethernet figures for 99Gbps"},
	} {
		_, err := arithmetic.Explain(quickstart(t, c.set))
		require.ErrorContains(t, err, c.want, c.set)
	}
}

// A mix of so many devices gives each of them its share of each size.
func TestMixSpreadsEvenly(t *testing.T) {
	s := scenario(t, all, "traffic.0.sizes={64B: 7, 1518B: 1}")
	inputs, err := input.Prepare(s, profileOf(t, s), false)
	require.NoError(t, err)
	for _, members := range []int{1, 3, 4, 7, 256} {
		list := offered.Mix(inputs[0], members)
		require.Len(t, list, 2*members)
		each := make([]float64, members)
		small := 0.0
		for _, p := range list {
			each[uint64(p.Hash)*uint64(members)>>32] += p.Share
			if p.Bytes[packet.Plain] == 64 {
				small += p.Share
			}
		}
		for _, share := range each {
			assert.InDelta(t, 1/float64(members), share, 1e-12)
		}
		assert.InDelta(t, 7.0/8, small, 1e-12)
	}
}

// A load in each of its forms gives the same rate of packets.
func TestPacketRates(t *testing.T) {
	const link, frame = 25 * units.Gbps, 400.0
	for _, l := range []demand.Load{{Set: true, Ratio: 40 * units.Percent}, {Set: true, Rate: 10 * units.Gbps}} {
		assert.InDelta(t, 10e9/8/420, offered.PacketRate(l, link, frame, 5), 1e-6)
	}
	assert.InDelta(t, 7e6, offered.PacketRate(demand.Load{Set: true, Packets: 7_000_000}, link, frame, 5), 1e-9)
	assert.InDelta(t, 5, offered.PacketRate(demand.Load{}, link, frame, 5), 1e-9, "as recorded")
}
