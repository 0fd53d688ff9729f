package run

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/arithmetic"
)

// narrow is eight servers of 25 Gbps that send and receive 80% of their links, 160 Gbps, over uplinks of 100 Gbps.
const narrow = `version: 1
name: narrow
rack:
  servers: 8
  server: {cores: 32, vms: 8, pcie: {gen: 4, lanes: 16}, nic: {rate: 25Gbps}}
  uplink: 100Gbps
services: []
traffic: [{name: a, sizes: 1500B, load: 80%, direction: both, flows: {concurrent: 1000}}]
run: {duration: 600us, warmup: 250us, seed: 1}
prices: reference
`

// One uplink loses what it cannot carry, 60 of 160 Gbps in each direction, once its buffer is full; two lose nothing, and
// neither do four of half the rate. Software has work to do on its own and is left out.
func TestOversubscribedUplinks(t *testing.T) {
	shallow := fixture(t, "switch.port_buffer", "100kB")
	placements := "placements=[nic, bump-in-the-wire, tor, appliance]"
	for _, c := range []struct {
		sets  []string
		loss  float64
		ratio float64
	}{
		{nil, 1 - 100.0/160, 2},
		{[]string{"rack.uplinks=2"}, 0, 1},
		{[]string{"rack.uplinks=4", "rack.uplink=50Gbps"}, 0, 1},
		{[]string{"rack.uplinks=3", "rack.uplink=40Gbps"}, 1 - 120.0/160, 200.0 / 120},
	} {
		r := simulate(t, scenario(t, narrow, append(c.sets, shallow, placements, "dsn.count={tor: 2, appliance: 4}")...))
		for _, name := range hardware() {
			for _, dir := range []string{"inbound", "outbound"} {
				m := row(t, r, name, "all", dir).Metrics
				assert.InDelta(t, c.loss, m["loss.ratio"], 0.015, "%s %s %v", name, dir, c.sets)
				assert.InDelta(t, c.ratio, m["uplink.oversubscription"], 1e-9)
				at := map[string]string{"inbound": "drops.spine_queue", "outbound": "drops.tor_queue"}[dir]
				assert.Equal(t, c.loss > 0, m[at] > 0, "%s %s %v", name, dir, c.sets)
			}
		}
	}
}

// Flows spread evenly over the uplinks in both directions, and each keeps to one: nothing is reordered by them.
func TestFlowsKeepTheirUplink(t *testing.T) {
	r := simulate(t, scenario(t, narrow, "rack.uplinks=3", "placements=[nic, tor]"))
	for _, name := range []string{"nic", "tor"} {
		x := row(t, r, name, "all", "all")
		assert.Zero(t, x.Metrics["reorder.ratio"])
		for _, port := range []string{"spine.port", "tor.uplink"} {
			for i := range 3 {
				assert.InEpsilon(t, 160.0/300, stationOf(t, x, fmt.Sprintf("%s[%d]", port, i)).Utilization, 0.12, "%s[%d] %s", port, i, name)
			}
		}
	}
}

// Explain says how much the uplinks are oversubscribed, and finds the same share on each, also where their number and that of
// the chips have no common divisor.
func TestExplainOfUplinks(t *testing.T) {
	e, err := arithmetic.Explain(scenario(t, narrow, "rack.uplinks=3", "placements=[tor]", "dsn.count.tor=4"))
	require.NoError(t, err)
	assert.Equal(t, arithmetic.Uplinks{Count: 3, Gbps: 100, Servers: 8, ServerGbps: 25, Oversubscription: 200.0 / 300}, e.Uplinks)
	seen := 0
	for _, s := range e.Placements[0].Stations {
		if strings.HasPrefix(s.Name, "tor.uplink") || strings.HasPrefix(s.Name, "spine.port") {
			assert.InEpsilon(t, 160.0/300, s.Utilization, 1e-9, s.Name)
			assert.Equal(t, 3, s.Alike)
			seen++
		}
	}
	assert.Equal(t, 2, seen)
}

// Each uplink beyond the first takes a port of the ToR, in power and in money, and none of those that the DSN needs.
func TestUplinksTakePorts(t *testing.T) {
	one := row(t, simulate(t, scenario(t, narrow, "placements=[tor]", "traffic.0.load=20%")), "tor", "all", "all")
	four := row(t, simulate(t, scenario(t, narrow, "placements=[tor]", "traffic.0.load=20%", "rack.uplinks=4")), "tor", "all", "all")
	assert.InDelta(t, 3*5.5, four.Metrics["power.total"]-one.Metrics["power.total"], 0.5, "three ports of 5.5 W")
	assert.Equal(t, one.Metrics["tor.extra_ports"], four.Metrics["tor.extra_ports"])
	ports := int64(0)
	cost := four.Section("cost")
	for i, r := range cost.Rows {
		assert.NotEqual(t, "ToR port", r.Label, "those are what a DSN asks for, by which Table 9-1 goes")
		if r.Label == "ToR port of an uplink" {
			ports += int64(cost.Number(i, "count"))
		}
	}
	assert.EqualValues(t, 3, ports)
	assert.Greater(t, four.Metrics["cost.per_server"], one.Metrics["cost.per_server"])
}

// A server whose link is faster than one uplink sends and receives over all of them.
func TestOneServerFillsTwoUplinks(t *testing.T) {
	sets := []string{"rack.servers=1", "rack.server.nic.rate=100Gbps", "rack.server.pcie.gen=5", "rack.uplink=50Gbps", "placements=[nic]",
		"traffic.0.arrivals=constant", "traffic.0.load=90%"}
	m := row(t, simulate(t, scenario(t, narrow, append(sets, "rack.uplinks=2")...)), "nic", "all", "inbound").Metrics
	assert.InEpsilon(t, 0.9*100*1500/1520, m["throughput.gbps"], 0.02)
	_, err := arithmetic.Explain(scenario(t, narrow, sets...))
	require.ErrorContains(t, err, "the line is rack.uplink")
}

// Stepping through every hop gives the same with several uplinks.
func TestUplinksStepwise(t *testing.T) {
	for _, name := range scenarios.AllPlacements() {
		s := scenario(t, rack3, "rack.uplinks=3", "rack.uplink=25Gbps", "traffic.0.load=60%", "run.duration=400us", "placements=["+name+"]")
		same(t, report(t, s, Options{Jobs: 1}), report(t, s, Options{Jobs: 1, Stepwise: true}), name)
	}
}
