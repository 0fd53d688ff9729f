package run

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// closedLoops is one server at 25 Gbps whose connections bring data in.
const closedLoops = `version: 1
name: closed
rack:
  server: {cores: 32, vms: 8, pcie: {gen: 4, lanes: 16}, nic: {rate: 25Gbps}}
  uplink: 100Gbps
services: []
traffic: [{name: a, tcp: {connections: 1, congestion: reno, initial_window: 4, max_window: 4, delayed_ack: 1}, sizes: 1518B}]
run: {duration: 4ms, warmup: 1ms, seed: 1}
placements: [nic]
`

// A window of W segments that the path holds is sent once each round trip: W segments in it by Little's law. 100 m more of cable make the
// round trip 1 us longer, and the connection that much slower; twice as many connections bring twice as much.
func TestWindowOverRoundTrip(t *testing.T) {
	m := metrics(t, closedLoops)
	const window, data = 4, 1460 * 8
	assert.InEpsilon(t, window*data/m["tcp.rtt.mean"], m["tcp.goodput.gbps"], 0.02)
	assert.Zero(t, m["tcp.retransmitted.ratio"])
	far := metrics(t, closedLoops, "rack.cables.tor_spine=200m")
	assert.InDelta(t, 1000, far["tcp.rtt.mean"]-m["tcp.rtt.mean"], 20)
	assert.InEpsilon(t, m["tcp.goodput.gbps"]*m["tcp.rtt.mean"]/far["tcp.rtt.mean"], far["tcp.goodput.gbps"], 0.01)
	two := metrics(t, closedLoops, "traffic.0.tcp.connections=2", "traffic.0.tcp.max_window=2", "traffic.0.tcp.initial_window=2")
	assert.InEpsilon(t, m["tcp.goodput.gbps"], two["tcp.goodput.gbps"], 0.1)
}

// Where the windows are more than the path holds, the link is full, of frames of which all but headers is data.
func TestConnectionsFillTheLink(t *testing.T) {
	for _, control := range []string{"reno", "cubic", "dctcp"} {
		for _, direction := range []string{"inbound", "outbound"} {
			r := simulate(t, scenario(t, closedLoops, "traffic.0.direction="+direction,
				"traffic.0.tcp={connections: 8, congestion: "+control+", max_window: 50}", "run.duration=8ms", "run.warmup=3ms"))
			m := row(t, r, "nic", "all", direction).Metrics
			assert.InEpsilon(t, 25*1518/1538.0, m["throughput.gbps"], 0.01, "%s %s", control, direction)
			assert.InEpsilon(t, m["throughput.gbps"]*1460/1518, m["tcp.goodput.gbps"], 0.02, "%s %s", control, direction)
			acks := map[string]string{"inbound": "outbound", "outbound": "inbound"}[direction]
			back := row(t, r, "nic", "all", acks).Metrics
			assert.InEpsilon(t, m["throughput.mpps"]/2, back["throughput.mpps"], 0.05, "an acknowledgement for two segments")
		}
	}
}

// A shaper of 10 Gbps in the DSN is the bottleneck. Reno without ECN fills the buffer and loses some; DCTCP keeps the queue near where marks
// begin, and loses nothing; both bring what the shaper lets by.
func TestMarksKeepTheQueueShort(t *testing.T) {
	shaped := func(control string, more ...string) map[string]float64 {
		return metrics(t, closedLoops, append(more, "placements=[bump-in-the-wire]", "run.duration=20ms", "run.warmup=5ms",
			"traffic.0.tcp={connections: 4, congestion: "+control+", ecn: false, max_window: 500}",
			"dsn.traffic_manager={buffer: 300kB, classes: [{name: x, max_rate: 10Gbps, ecn_threshold: 30kB}]}")...)
	}
	reno, dctcp := shaped("reno"), shaped("dctcp")
	assert.Positive(t, reno["tcp.retransmitted.ratio"])
	assert.Positive(t, reno["drops.dsn_queue"])
	assert.Zero(t, dctcp["tcp.retransmitted.ratio"])
	assert.Greater(t, reno["latency.p99"], 110e3, "ns: most of 150 kB at 10 Gbps, what the dynamic threshold leaves one class of 300 kB")
	assert.Less(t, dctcp["latency.p99"], 80e3, "ns: 30 kB at 10 Gbps, and what comes until the senders know")
	for _, m := range []map[string]float64{reno, dctcp} {
		assert.InEpsilon(t, 10*1460/1518.0, m["tcp.goodput.gbps"], 0.04)
	}
}

// A transfer of one segment takes a round trip, one of ten times the first window four (10, 20, 40, 30), unless the link is full.
func TestCompletionTimes(t *testing.T) {
	open := []string{"traffic.0.tcp={connections: 1, congestion: reno, delayed_ack: 1, think: 5us}"}
	one := metrics(t, closedLoops, append(open, "traffic.0.flows={distribution: exponential, size: 8b}")...)
	assert.InEpsilon(t, one["tcp.rtt.mean"], one["tcp.fct.mean"], 0.01)
	path := "../../sim/traffic/testdata/hundred.cdf"
	hundred := metrics(t, closedLoops, append(open, "traffic.0.flows={distribution: "+path+"}", "rack.cables.tor_spine=10km")...)
	assert.InEpsilon(t, 4*hundred["tcp.rtt.mean"], hundred["tcp.fct.mean"], 0.05)
}

// Connections react to the placement: what they are offered differs, and the report is the same hop by hop and on any number of workers.
func TestClosedLoopsAreDeterministic(t *testing.T) {
	s := scenario(t, closedLoops, "services=[ipsec, vxlan, {firewall: {stateful: true}}]", "traffic.0.flows={distribution: hadoop}",
		"traffic.0.tcp={connections: 5, think: 10us}", "placements=[software, nic, bump-in-the-wire, tor, appliance]", "rack.servers=2", "run.replications=2", "run.duration=600us", "run.warmup=100us")
	first := report(t, s, Options{Jobs: 1})
	same(t, first, report(t, s, Options{Jobs: 4}), "on 4 workers")
	same(t, first, report(t, s, Options{Jobs: 1, Stepwise: true}), "hop by hop")
}

// A window of one segment is acknowledged after the receiver has waited for another: a segment each 200 us and a round trip, not each
// timeout of the sender.
func TestSmallWindowsDoNotStandStill(t *testing.T) {
	m := metrics(t, closedLoops, "traffic.0.tcp={connections: 1, congestion: reno, initial_window: 1, max_window: 1, delayed_ack: 2}", "run.duration=8ms")
	assert.Zero(t, m["tcp.retransmitted.ratio"])
	assert.Greater(t, m["tcp.rtt.mean"], 200e3)
	assert.Less(t, m["tcp.rtt.mean"], 210e3)
	assert.InEpsilon(t, 1460*8/m["tcp.rtt.mean"], m["tcp.goodput.gbps"], 0.05)
}
