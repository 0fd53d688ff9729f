package run

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios/load"
)

// rekeyed is a server with 200 tunnels and packets for all of them both ways.
const rekeyed = `version: 1
name: rekeyed
rack:
  server: {cores: 32, vms: 8, pcie: {gen: 4, lanes: 16}, nic: {rate: 25Gbps}}
  uplink: 100Gbps
services: [{ipsec: {tunnels: 200, setup: on_demand}}]
traffic: [{name: a, sizes: 400B, load: 200kpps, direction: both, flows: {concurrent: 5k}}]
run: {duration: 100ms, warmup: 0s, seed: 1}
placements: [nic]
`

// The engine of the reference chip makes 4,000 handshakes a second: 200 tunnels have keys after 50 ms and the exchange.
// At the start all of them are asked for at once; on demand as packets come, which is soon, and the packets that cannot
// wait are lost.
func TestTunnelsGetKeys(t *testing.T) {
	start := metrics(t, rekeyed, "services=[{ipsec: {tunnels: 200, setup: at_start}}]")
	assert.InDelta(t, 2000, start["crypto.handshakes_per_second"], 1e-9, "200 in 100 ms")
	assert.InEpsilon(t, 50.2e6, start["crypto.setup_latency.max"], 1e-9)
	assert.InEpsilon(t, 25.7e6, start["crypto.setup_latency.mean"], 1e-9)
	assert.Positive(t, start["drops.no_sa"])
	assert.InDelta(t, 50e6, start["latency.max"], 1e6, "the longest wait")

	demand := metrics(t, rekeyed)
	assert.InDelta(t, 2000, demand["crypto.handshakes_per_second"], 1e-9)
	assert.InEpsilon(t, 50.2e6, demand["crypto.setup_latency.max"], 0.05)

	// Ten times the units, and room for all packets.
	fast := fixture(t, "dsn.asymmetric.units", "40", "dsn.asymmetric.queue", "65536")
	quick := metrics(t, rekeyed, fast)
	assert.Zero(t, quick["drops.no_sa"])
	assert.Less(t, quick["latency.max"], 8e6)

	without := metrics(t, rekeyed, "services=[{ipsec: {tunnels: 200}}]")
	assert.NotContains(t, without, "crypto.handshakes_per_second")
	assert.Less(t, without["latency.max"], 1e5)
}

// Rekeying costs nothing while the engine keeps up: 200 tunnels each 100 ms are half of what it does. At four times that
// packets wait for keys or are lost.
func TestRekeying(t *testing.T) {
	long := []string{"run.duration=600ms", "run.warmup=200ms", "traffic.0.load=50kpps"}
	m := metrics(t, rekeyed, append(long, "services=[{ipsec: {tunnels: 200, setup: at_start, rekey: 100ms}}]")...)
	assert.InEpsilon(t, 200/0.1, m["crypto.handshakes_per_second"], 0.05)
	assert.Less(t, m["latency.max"], 1e5)
	assert.Zero(t, m["loss.ratio"])

	m = metrics(t, rekeyed, append(long, "services=[{ipsec: {tunnels: 200, setup: at_start, rekey: 25ms}}]")...)
	assert.InEpsilon(t, 4000, m["crypto.handshakes_per_second"], 0.01, "all that it does")
	assert.Greater(t, m["latency.p99"], 1e6)
}

// In software the cores make the handshakes: 196 us each, in which nothing else is done.
func TestHandshakesInSoftware(t *testing.T) {
	calm := fixture(t, "host.stall.mean_interval", "0s")
	software := []string{"placements=[software]", "traffic.0.load=20kpps", "dsn.software.cores=4", calm}
	without := metrics(t, rekeyed, append(software, "services=[{ipsec: {tunnels: 200}}]")...)
	m := metrics(t, rekeyed, software...)
	each := 550_000 / 2.8
	assert.InDelta(t, 2000, m["crypto.handshakes_per_second"], 1e-9)
	assert.GreaterOrEqual(t, m["crypto.setup_latency.mean"], each)
	assert.Greater(t, m["latency.max"], without["latency.max"]+each)
	assert.InDelta(t, without["latency.p50"], m["latency.p50"], 2000)

	// At the start each core has a quarter of the handshakes before its first packet.
	start := metrics(t, rekeyed, append(software, "services=[{ipsec: {tunnels: 200, setup: at_start}}]")...)
	assert.InDelta(t, 2000, start["crypto.handshakes_per_second"], 1e-9)
	assert.InEpsilon(t, 50*each, start["crypto.setup_latency.max"], 1e-3)
	assert.InDelta(t, 50*each, start["latency.max"], 1e5)

	busy := metrics(t, rekeyed, append(software, "services=[{ipsec: {tunnels: 200, setup: on_demand, rekey: 5ms}}]")...)
	assert.Greater(t, busy["crypto.handshakes_per_second"], 10_000.0)
	assert.Greater(t, busy["latency.p99"], m["latency.p99"])
}

// Whoever makes the keys, a report is the same bytes however the engine runs.
func TestHandshakesAreBitIdentical(t *testing.T) {
	for _, services := range []string{"[{ipsec: {tunnels: 30, setup: on_demand, rekey: 2ms}}, {firewall: {stateful: true}}]",
		"[{ipsec: {tunnels: 50, setup: at_start, rekey: 3ms}}]"} {
		s := scenario(t, rekeyed, "services="+services, "rack.servers=2", "run.duration=10ms", "run.warmup=1ms",
			"placements=[software, nic, bump-in-the-wire, tor, appliance]", fixture(t, "dsn.asymmetric.queue", "20", "dsn.crypto.sa_cache", "8"))
		first := report(t, s, Options{Jobs: 1})
		for _, part := range []string{"dsn[0].handshake", "tor.dsn.handshake", "no_sa"} {
			assert.Contains(t, first, part)
		}
		same(t, first, report(t, s, Options{Jobs: 4}), "on 4 workers")
		same(t, first, report(t, s, Options{Jobs: 1, Stepwise: true}), "hop by hop")
	}
}

func TestShippedTunnelSetUp(t *testing.T) {
	s, err := load.File("../tunnel-setup.yaml", []string{"run.replications=1", "expect=[]"})
	require.NoError(t, err)
	r := simulate(t, s)
	nic := row(t, r, "nic", "all", "all").Metrics
	assert.Positive(t, nic["crypto.handshakes_per_second"])
}
