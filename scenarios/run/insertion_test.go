package run

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// churn is 64 B frames of flows that carry eight of them: so many new flows a second as an eighth of the packets.
const churn = `version: 1
name: churn
rack:
  server: {cores: 32, vms: 8, pcie: {gen: 4, lanes: 16}, nic: {rate: 100Gbps}}
  uplink: 100Gbps
services: [{firewall: {stateful: true}}]
traffic: [{name: a, sizes: 64B, load: 400kpps, flows: {concurrent: 500, size: 4096b}}]
run: {duration: 30ms, warmup: 5ms, seed: 1}
placements: [nic]
`

// The learner enters what comes. The chip's cores enter it too while they are fast enough, but first packets wait for them;
// beyond what four cores do, new flows are lost.
func TestWhoEntersFlows(t *testing.T) {
	hardware := metrics(t, churn)
	assert.InEpsilon(t, 50_000, hardware["flows.new_per_second"], 0.05)
	assert.Zero(t, hardware["flows.rejected"])
	assert.Less(t, hardware["latency.max"], 5000.0)

	// 68,300 cycles at 2 GHz are 34 us; with the way there and back a packet waits 36 us.
	arm := metrics(t, churn, "dsn.insertion=arm")
	assert.InEpsilon(t, hardware["flows.new_per_second"], arm["flows.new_per_second"], 0.01)
	assert.InDelta(t, hardware["latency.p50"], arm["latency.p50"], 50)
	assert.InDelta(t, 36_150, arm["latency.p90"]-hardware["latency.p90"], 8000, "an eighth of the packets begins a flow")
	assert.Zero(t, arm["reorder.ratio"])

	// Four times as much is more than the 117,000 flows a second of four cores.
	r := simulate(t, scenario(t, churn, "dsn.insertion=arm", "traffic.0.load=1600kpps", "run.duration=60ms", "run.warmup=20ms"))
	flood := r.Results[0].Metrics
	cores := stationOf(t, &r.Results[0], "dsn[0].arm")
	assert.InDelta(t, 1, cores.Utilization, 1e-3)
	assert.InDelta(t, cores.Drops, flood["drops.upcall_queue"], 10, "packets on their way at both ends of the window")
	assert.InEpsilon(t, 4*2e9/68_300, flood["flows.new_per_second"], 0.03)
	assert.Positive(t, flood["drops.upcall_queue"])
	assert.Positive(t, flood["flows.rejected"])
	assert.Zero(t, flood["reorder.ratio"])
	learner := metrics(t, churn, "traffic.0.load=1600kpps")
	assert.InEpsilon(t, 200_000, learner["flows.new_per_second"], 0.05)
	assert.Zero(t, learner["loss.ratio"])

	// Cores that only enter do 964,000 a second and keep no packet.
	pass := metrics(t, churn, "dsn.insertion=arm", "dsn.upcall=pass", "traffic.0.load=1600kpps")
	assert.InEpsilon(t, 200_000, pass["flows.new_per_second"], 0.05)
	assert.InDelta(t, learner["latency.p99"], pass["latency.p99"], 50)
}

// Upcalls let packets overtake: the report is the same however the engine runs, in every placement and with everything else
// that shares the chip.
func TestUpcallsAreBitIdentical(t *testing.T) {
	for _, services := range []string{"[{firewall: {stateful: true}}]", "[{ipsec: {tunnels: 20}}, vxlan, {firewall: {stateful: true}}]"} {
		s := scenario(t, churn, "dsn.insertion=arm", "services="+services, "placements=[software, nic, bump-in-the-wire, tor, appliance]",
			"traffic.0.direction=both", "traffic.0.load=1Mpps", "run.duration=2ms", "run.warmup=200us", "rack.servers=2",
			fixture(t, "dsn.crypto.sa_cache", "8", "dsn.flow_cache.entries", "64", "dsn.arm.queue", "64"))
		first := report(t, s, Options{Jobs: 1})
		assert.Contains(t, first, "dsn[0].arm")
		same(t, first, report(t, s, Options{Jobs: 4}), "on 4 workers")
		same(t, first, report(t, s, Options{Jobs: 1, Stepwise: true}), "hop by hop")
	}
}
