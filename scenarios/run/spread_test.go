package run

import (
	"strings"
	"testing"

	"github.com/dsnsim/dsnsim/scenarios/arithmetic"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// skewed is a rack whose servers 0 and 4 send as much as 160 Gbps of tenant frames into an appliance of four chips, each on an
// arm of 100 Gbps; the other six are nearly idle.
const skewed = `version: 1
name: skewed
rack:
  servers: 8
  server: {cores: 32, vms: 8, pcie: {gen: 5, lanes: 16}, nic: {rate: 100Gbps}}
  uplink: 800Gbps
services: []
traffic:
  - {name: hot, sizes: 1500B, load: 80%, direction: outbound, arrivals: constant, servers: [0, 4]}
  - {name: cold, sizes: 1500B, load: 0.5%, direction: outbound, arrivals: constant, servers: [1, 2, 3, 5, 6, 7]}
run: {duration: 300us, warmup: 60us, seed: 1}
placements: [appliance]
`

// Under skewed load the chip that has both hot servers carries 100 of their 160 Gbps, and the others idle; flows that are
// hashed over all chips all arrive.
func TestPinningLosesUnderSkewedLoad(t *testing.T) {
	shallow := fixture(t, "switch.port_buffer", "64kB")
	for spread, loss := range map[string]float64{"flow": 0, "server": 1 - 100.0/160} {
		r := simulate(t, scenario(t, skewed, shallow, "dsn.spread="+spread))
		assert.InDelta(t, loss, row(t, r, "appliance", "hot", "all").Metrics["loss.ratio"], 0.01, spread)
		assert.Zero(t, row(t, r, "appliance", "cold", "all").Metrics["loss.ratio"], spread)
		busy := 0
		for _, s := range row(t, r, "appliance", "all", "all").Stations {
			if strings.HasPrefix(s.Name, "tor.arm-server") && s.Utilization > 0.3 {
				busy++
			}
		}
		assert.Equal(t, map[string]int{"flow": 4, "server": 1}[spread], busy, spread)
	}
}

// Explain finds the same limit without traffic, and the same even share.
func TestExplainOfSkewedLoad(t *testing.T) {
	for spread, want := range map[string]float64{"flow": 163.0 / 4 / 100, "server": 1.6} {
		e, err := arithmetic.Explain(scenario(t, skewed, "dsn.spread="+spread))
		require.NoError(t, err)
		for _, s := range e.Placements[0].Stations {
			if strings.HasPrefix(s.Name, "tor.arm-server") {
				assert.InEpsilon(t, want, s.Utilization, 0.02, spread)
			}
		}
	}
}

// A firewall that follows connections sees both directions of a server's flows on the server's chip: what denies by default
// lets replies in all the same. Each chip enters its own servers' flows only.
func TestConnectionsOfPinnedServers(t *testing.T) {
	const text = `version: 1
name: pinned
rack: {servers: 6, server: {cores: 32, vms: 4, pcie: {gen: 4, lanes: 16}, nic: {rate: 25Gbps}}, uplink: 100Gbps}
dsn: {count: {tor: 3}}
services: [vxlan, {firewall: {stateful: true, flows: 100k}}]
traffic: [{name: a, sizes: 400B, load: 10%, direction: both, flows: {concurrent: 50}, pattern: {north_south: 50%, east_west: 50%}}]
run: {duration: 1ms, warmup: 100us, seed: 1}
placements: [tor]
`
	active := map[string]float64{}
	for _, spread := range []string{"flow", "server", "port"} {
		s := scenario(t, text, "dsn.spread="+spread)
		m := row(t, simulate(t, s), "tor", "all", "all").Metrics
		assert.Zero(t, m["loss.ratio"], spread)
		active[spread] = m["flows.active"]
	}
	assert.Greater(t, active["flow"], 600.0)
	assert.Greater(t, active["server"], active["flow"], "those between servers of two chips are on both, as with cards")
}

// The tunnels of pinned servers get their keys from their own chip's units.
func TestHandshakesOfPinnedServers(t *testing.T) {
	const text = `version: 1
name: keys
rack: {servers: 6, server: {cores: 32, vms: 4, pcie: {gen: 4, lanes: 16}, nic: {rate: 25Gbps}}, uplink: 100Gbps}
dsn: {count: {tor: 2}, spread: server}
services: [{ipsec: {tunnels: 8, setup: at_start}}]
traffic: [{name: a, sizes: 400B, load: 1%, servers: [0, 2, 4]}]
run: {duration: 20ms, warmup: 0s, seed: 1}
placements: [tor]
`
	s := scenario(t, text, fixture(t, "dsn.asymmetric.units", "1", "dsn.asymmetric.handshake", "100us"))
	x := row(t, simulate(t, s), "tor", "all", "all")
	assert.EqualValues(t, 24, stationOf(t, x, "tor.dsn[0].handshake").Visits, "three servers of eight tunnels")
	for _, other := range x.Stations {
		assert.NotEqual(t, "tor.dsn[1].handshake", other.Name, "its servers are idle")
	}
	assert.InDelta(t, 24/0.02, x.Metrics["crypto.handshakes_per_second"], 1)
	s = scenario(t, strings.Replace(text, ", spread: server", "", 1), fixture(t, "dsn.asymmetric.units", "1", "dsn.asymmetric.handshake", "100us"))
	x = row(t, simulate(t, s), "tor", "all", "all")
	assert.EqualValues(t, 48, stationOf(t, x, "tor.dsn.handshake").Visits, "the box's engine makes those of all servers")
}

// Stepping through every hop gives the same as running ahead, and the same packets are offered however they are spread.
func TestPinnedStepwise(t *testing.T) {
	s := scenario(t, rack3, "dsn.spread=port", "traffic.0.load=60%", "run.duration=400us", "placements=[tor, appliance]")
	fast := simulate(t, s)
	same(t, report(t, s, Options{Jobs: 4}), report(t, s, Options{Jobs: 1, Stepwise: true}), "hop by hop")
	flow := simulate(t, scenario(t, rack3, "traffic.0.load=60%", "run.duration=400us", "placements=[tor, appliance]"))
	assert.Equal(t, flow.Sources, fast.Sources)
}
