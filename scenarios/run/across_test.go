package run

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// rack3 is three servers whose VMs exchange packets with everyone, at a load that makes no queues.
const rack3 = `version: 1
name: rack3
rack:
  servers: 3
  server: {cores: 32, vms: 8, pcie: {gen: 4, lanes: 16}, nic: {rate: 25Gbps}}
  uplink: 100Gbps
services: [ipsec, vxlan, firewall, route]
traffic:
  - {name: mix, sizes: 400B, load: 4%, pattern: {north_south: 50%, east_west: 30%, same_server: 20%}}
run: {duration: 1ms, warmup: 200us, seed: 2}
`

func hardware() []string { return scenarios.AllPlacements()[1:] }

// Shares of the load are what is offered: north-south in each direction, the others once. All of it arrives.
func TestPatternDividesTheLoad(t *testing.T) {
	r := simulate(t, scenario(t, rack3, "traffic.0.arrivals=constant", "run.duration=3ms"))
	whole := 3 * 0.04 * 25e9 / (8 * 420) / 1e6 // Mpps of three servers
	for _, name := range scenarios.AllPlacements() {
		for dir, share := range map[string]float64{"inbound": 0.5, "outbound": 0.5, "east-west": 0.3, "same-server": 0.2} {
			m := row(t, r, name, "all", dir).Metrics
			assert.InEpsilon(t, share*whole, m["offered.mpps"], 0.005, "%s %s", name, dir)
			assert.InEpsilon(t, m["offered.mpps"], m["throughput.mpps"], 0.02, "%s %s", name, dir)
			assert.Zero(t, m["loss.ratio"], "%s %s", name, dir)
		}
		assert.InEpsilon(t, 1.5*whole, row(t, r, name, "all", "all").Metrics["offered.mpps"], 0.005, name)
	}
}

// The link crossings away from a box and back, by hand: a card's switch turns packets round inside; a bump in the wire is a
// link away from its NIC; a ToR is a link away from the server, and an appliance one more.
func TestHairpinsCrossTheTopologysLinks(t *testing.T) {
	r := simulate(t, scenario(t, rack3))
	want := map[string][4]float64{ // inbound, outbound, east-west, same-server
		"software": {0, 0, 0, 0}, "nic": {0, 0, 0, 0}, "bump-in-the-wire": {0, 0, 0, 2}, "tor": {0, 0, 0, 2}, "appliance": {2, 2, 2, 4},
	}
	for name, crossings := range want {
		for i, dir := range []string{"inbound", "outbound", "east-west", "same-server"} {
			assert.Equal(t, crossings[i], row(t, r, name, "all", dir).Metrics["tromboning.link_crossings"], "%s %s", name, dir)
		}
	}
	all := row(t, r, "appliance", "all", "all").Metrics["tromboning.link_crossings"]
	assert.InDelta(t, (2*1.3+4*0.2)/1.5, all, 0.02, "the mean over what is sent")
}

// Between VMs of one server the DSN in the NIC is the fastest of the hardware placements, at every quantile.
func TestNICIsFastestWithinAServer(t *testing.T) {
	r := simulate(t, scenario(t, rack3, "traffic.0.load=40%"))
	nic := row(t, r, "nic", "all", "same-server").Metrics
	for _, name := range hardware()[1:] {
		m := row(t, r, name, "all", "same-server").Metrics
		for _, q := range []string{"min", "mean", "p50", "p99", "p999", "max"} {
			assert.Less(t, nic["latency."+q], m["latency."+q], "%s %s", name, q)
		}
	}
}

// 100 m more on a cable cost each crossing 500 ns: those that the topology says, and no others. Traffic is so thin that
// nothing else moves.
func TestCablesOfHairpins(t *testing.T) {
	thin := []string{"traffic.0.load=0.2%", "traffic.0.arrivals=constant", "traffic.0.pattern={same_server: 50%, east_west: 50%}",
		"placements=[nic, bump-in-the-wire, tor, appliance]"}
	near := simulate(t, scenario(t, rack3, append(thin, "rack.cables={server_tor: 10m, tor_appliance: 10m}")...))
	for cable, crossed := range map[string]map[string][2]float64{ // east-west, same-server
		"server_tor":    {"nic": {2, 0}, "bump-in-the-wire": {2, 0}, "tor": {2, 2}, "appliance": {2, 2}},
		"tor_appliance": {"nic": {0, 0}, "bump-in-the-wire": {0, 0}, "tor": {0, 0}, "appliance": {2, 2}},
	} {
		far := simulate(t, scenario(t, rack3, append(thin, "rack.cables={server_tor: 10m, tor_appliance: 10m}", "rack.cables."+cable+"=110m")...))
		for name, n := range crossed {
			for i, dir := range []string{"east-west", "same-server"} {
				before, after := row(t, near, name, "all", dir).Metrics, row(t, far, name, "all", dir).Metrics
				assert.InDelta(t, 500*n[i], after["latency.min"]-before["latency.min"], 2, "%s %s %s", cable, name, dir)
			}
		}
	}
}

// Packets in the rack never meet the uplink, however narrow it is, and those to the spine do.
func TestRackTrafficStaysInTheRack(t *testing.T) {
	r := simulate(t, scenario(t, rack3, "rack.uplink=10Gbps", "traffic.0.load=60%", "traffic.0.pattern={east_west: 80%, same_server: 20%}",
		"placements=[nic, bump-in-the-wire, tor, appliance]"))
	for _, name := range hardware() {
		x := row(t, r, name, "all", "all")
		assert.Zero(t, x.Metrics["loss.ratio"], name)
		for _, s := range x.Stations {
			assert.NotContains(t, []string{"spine.port", "tor.uplink"}, s.Name, name)
		}
	}
}

// Where each server has a DSN, both ends of a connection between servers track it; a shared one does so once.
func TestBothEndsTrackAConnection(t *testing.T) {
	tracking := []string{"services=[ipsec, vxlan, {firewall: {stateful: true}}, route]", "traffic.0.pattern={east_west: 100%}", "traffic.0.flows={concurrent: 5}",
		"run.warmup=0s", "dsn.count={tor: 1, appliance: 1}"}
	r := simulate(t, scenario(t, rack3, tracking...))
	active := func(name string) float64 { return row(t, r, name, "all", "all").Metrics["flows.active"] }
	assert.Equal(t, 15.0, active("tor"))
	assert.Equal(t, 15.0, active("appliance"))
	assert.Equal(t, 30.0, active("nic"))
	assert.Equal(t, 30.0, active("bump-in-the-wire"))
	assert.Equal(t, 30.0, active("software"))
}

// A receiver is one of the others, the same for all packets of a flow, and all get their share.
func TestPeersAreEvenlyChosen(t *testing.T) {
	between := trial.Peers{Server: 2, Servers: 5, Only: -1, Paths: []uint16{10, 11, 12, 13, 14}, Tunnels: 8, Functions: input.Functions{All: 8}}
	within := trial.Peers{Server: 2, Servers: 5, Only: -1, Same: true, Paths: make([]uint16, 5), Tunnels: 8, Functions: input.Functions{All: 8}}
	servers, vms := map[uint16]int{}, map[uint16]int{}
	const n = 40_000
	for i := range uint32(n) {
		p := packet.Packet{VF: 3}
		between.Fill(&p, i*107_374)
		servers[p.To]++
		require.Equal(t, 10+p.To, p.Path)
		require.Equal(t, uint32(2*p.To)*8+uint32(p.Peer), p.PeerSA, "the security association of what comes in")
		within.Fill(&p, i*107_374)
		require.EqualValues(t, 2, p.To)
		vms[p.Peer]++
	}
	assert.Len(t, servers, 4)
	assert.NotContains(t, servers, uint16(2))
	assert.Len(t, vms, 7)
	assert.NotContains(t, vms, uint16(3))
	for to, count := range servers {
		assert.InEpsilon(t, n/4, count, 0.05, "server %d", to)
	}
	for vm, count := range vms {
		assert.InEpsilon(t, n/7, count, 0.05, "VM %d", vm)
	}
}

// Every placement is offered the same packets, and the check would notice if one were not.
func TestStreamsAreComparedByteForByte(t *testing.T) {
	s := scenario(t, rack3, "run.replications=2")
	list := []*Plan{{}, {}}
	for i, name := range []string{"nic", "tor"} {
		only := scenario(t, rack3, "run.replications=2", "placements=["+name+"]")
		list[i].Outcomes = outcomesOf(t, only)
		require.Len(t, list[i].Outcomes, s.Run.Replications)
	}
	require.NoError(t, sameStreams(list))
	a, b := list[0].Outcomes[0], list[0].Outcomes[1]
	assert.NotEqual(t, a.Stream(0), b.Stream(0), "replications differ")
	f := &list[1].Outcomes[1].Sources[5].Digest
	*f ^= 1
	assert.ErrorIs(t, sameStreams(list), ErrStreams)
}

// The survey's figures of a matrix are those of a run.
func TestExplainOfAMatrix(t *testing.T) {
	sets := []string{"traffic.0.load=40%", "traffic.0.arrivals=constant", "run.duration=4ms", "placements=[bump-in-the-wire, tor]", "traffic.0.flows={concurrent: 20k}"}
	r := simulate(t, scenario(t, rack3, sets...))
	for _, e := range mustExplain(t, scenario(t, rack3, sets...)).Placements {
		for _, c := range e.Stations {
			if c.Name == "tor.port[0]" || c.Name == "tor.uplink" || c.Name == "server.port[0]" {
				got := stationOf(t, row(t, r, e.Placement, "all", "all"), c.Name)
				assert.InEpsilon(t, c.Utilization, got.Utilization, 0.04, "%s %s", e.Placement, c.Name)
			}
		}
	}
}

func trafficPacket(at units.Duration, frame, flow uint32, record int32) traffic.Packet {
	p := traffic.Packet{At: units.At(at), Frame: frame, Record: record}
	p.Flow = flow
	return p
}

// Every field of a packet, and the order of packets, changes the digest.
func TestDigestSeesEveryField(t *testing.T) {
	base := trafficPacket(1000, 64, 5, -1)
	seen := map[trial.Digest]bool{}
	for _, p := range []struct {
		at          units.Duration
		frame, flow uint32
		record      int32
	}{{1000, 64, 5, -1}, {1001, 64, 5, -1}, {1000, 65, 5, -1}, {1000, 64, 6, -1}, {1000, 64, 5, 0}, {1000, 64, 5, 1}} {
		var d trial.Digest
		q := trafficPacket(p.at, p.frame, p.flow, p.record)
		d.Add(&q)
		seen[d] = true
	}
	assert.Len(t, seen, 6)
	var ab, ba trial.Digest
	other := trafficPacket(2000, 64, 5, -1)
	ab.Add(&base)
	ab.Add(&other)
	ba.Add(&other)
	ba.Add(&base)
	assert.NotEqual(t, ab, ba, "order counts")
}

// A VLAN tag is 4 B more on the links between a server and a DSN outside it, and nowhere else: a full link carries the fewer
// frames, in both directions, and that of a DSN in the NIC as many as before.
func TestTagsMakeFramesLonger(t *testing.T) {
	full := []string{"traffic=[{name: a, sizes: 400B, load: 110%, arrivals: poisson, direction: outbound}]", "services=[]", "placements=[nic, tor, appliance, bump-in-the-wire]",
		"run.duration=2ms", "run.warmup=1ms"}
	plain := simulate(t, scenario(t, rack3, full...))
	tagged := simulate(t, scenario(t, rack3, append(full, "rack.server.nic.tagging=vlan")...))
	for name, ratio := range map[string]float64{"nic": 1, "tor": 420.0 / 424, "appliance": 420.0 / 424, "bump-in-the-wire": 420.0 / 424} {
		a, b := row(t, plain, name, "all", "all").Metrics, row(t, tagged, name, "all", "all").Metrics
		assert.InEpsilon(t, ratio, b["throughput.mpps"]/a["throughput.mpps"], 0.002, name)
	}
}
