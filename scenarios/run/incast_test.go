package run

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dsnsim/dsnsim/scenarios/demand"
)

// answers is eight servers, of which some send 20 frames to server 2 at once.
const answers = `version: 1
name: answers
rack:
  servers: 8
  server: {cores: 32, vms: 8, pcie: {gen: 4, lanes: 16}, nic: {rate: 25Gbps}}
  uplink: 100Gbps
services: []
traffic:
  - {name: a, sizes: 1500B, incast: {to: 2, burst: 30kB, every: 1ms}}
run: {duration: 4ms, warmup: 500us, seed: 2}
placements: [nic, bump-in-the-wire, tor, appliance]
`

// n bursts of k frames meet in the port to the receiver, which sends the last frame n k slots after the first came. That frame was
// sent k-1 slots after the first of its burst: it waits (n-1) k slots longer than with one sender.
func TestIncastQueuesAllButOneBurst(t *testing.T) {
	const slot, frames = 1520 * 8 / 25.0, 20 // ns
	alone := simulate(t, scenario(t, answers, "traffic.0.incast.senders=1"))
	for _, n := range []int{2, 4, 7} {
		r := simulate(t, scenario(t, answers, fmt.Sprintf("traffic.0.incast.senders=%d", n)))
		for _, name := range hardware() {
			m, one := row(t, r, name, "all", "all").Metrics, row(t, alone, name, "all", "all").Metrics
			assert.Zero(t, m["loss.ratio"])
			assert.InDelta(t, float64(n-1)*frames*slot, m["latency.max"]-one["latency.max"], 2*slot, "%s, %d senders", name, n)
			assert.InEpsilon(t, float64(n)*frames*3/3500, m["offered.mpps"], 1e-6, "%s, %d senders: three bursts in the window of 3.5 ms", name, n)
		}
	}
}

// What the port's buffer does not hold is lost, all of it there, and by a bigger spread less.
func TestIncastOverflowsTheBuffer(t *testing.T) {
	sets := []string{shallow(t), "placements=[nic]", "traffic.0.incast.burst=100kB"} // 60 kB of buffer
	lost := 2.0
	for _, spread := range []string{"0us", "50us", "300us"} {
		m := metrics(t, answers, append(sets, "traffic.0.incast.spread="+spread)...)
		assert.Less(t, m["loss.ratio"], lost, spread)
		lost = m["loss.ratio"]
		if spread == "0us" {
			// While a frame goes out, seven come; all but what the buffer holds and what goes out meanwhile is lost.
			sent, kept := 7*67.0, 67+60e3/1500
			assert.InDelta(t, 1-kept/sent, m["loss.ratio"], 0.01)
			assert.InEpsilon(t, m["drops.tor_queue"], m["loss.ratio"]*sent*3, 1e-6)
		}
	}
}

// Only the senders send, and only to the receiver: no other port of the ToR has a packet.
func TestIncastHasItsSenders(t *testing.T) {
	c := demand.Incast{To: 2, Senders: 3}
	var list []int
	for server := range 8 {
		if c.SendsTo(server) {
			list = append(list, server)
		}
	}
	assert.Equal(t, []int{0, 1, 3}, list)
	r := simulate(t, scenario(t, answers, "traffic.0.incast.senders=3", "placements=[tor]"))
	x := row(t, r, "tor", "all", "all")
	assert.Positive(t, stationOf(t, x, "tor.port[2]").Visits)
	for _, s := range x.Stations {
		for _, server := range []int{0, 1, 3, 4, 5, 6, 7} {
			assert.NotEqual(t, fmt.Sprintf("tor.port[%d]", server), s.Name)
		}
	}
}

// The survey counts what the senders send.
func TestExplainOfAnIncast(t *testing.T) {
	sets := []string{"placements=[bump-in-the-wire]", "run.duration=10500us"}
	r := simulate(t, scenario(t, answers, sets...))
	e := explained(t, scenario(t, answers, sets...))
	for _, c := range e.Stations {
		if c.Name == "tor.port[2]" || c.Name == "server.port[0]" {
			assert.InEpsilon(t, c.Utilization, stationOf(t, &r.Results[0], c.Name).Utilization, 0.06, c.Name)
		}
	}
	assert.InEpsilon(t, 7*20*1500*8/1e6, e.Offered.Gbps, 1e-6)
}
