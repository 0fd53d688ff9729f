package run

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// boxes is a rack that has its services in an appliance, or each in a box of its own, at a load that makes no queues.
const boxes = `version: 1
name: boxes
rack:
  servers: 3
  server: {cores: 32, vms: 8, pcie: {gen: 4, lanes: 16}, nic: {rate: 25Gbps}}
  uplink: 100Gbps
dsn: {count: {appliance: 1}}
services: [ipsec, vxlan, firewall, route]
traffic: [{name: a, sizes: 400B, load: 4%, direction: both, flows: {concurrent: 500}}]
run: {duration: 2ms, warmup: 200us, seed: 3}
placements: [appliance, discrete]
prices: reference
`

// with replaces the services of boxes.
func with(services string) string {
	return strings.Replace(boxes, "ipsec, vxlan, firewall, route", services, 1)
}

// Four boxes cost eight crossings, eight ports and four chassis where one DSN with the whole chain costs two, two and one; latency,
// power and money follow.
func TestBoxesCostCrossings(t *testing.T) {
	r := simulate(t, scenario(t, boxes))
	one, four := row(t, r, "appliance", "all", "all").Metrics, row(t, r, "discrete", "all", "all").Metrics
	assert.Equal(t, 2.0, one["tromboning.link_crossings"])
	assert.Equal(t, 8.0, four["tromboning.link_crossings"])
	assert.Equal(t, 2.0, one["tor.extra_ports"])
	assert.Equal(t, 8.0, four["tor.extra_ports"])
	assert.Zero(t, four["loss.ratio"])
	assert.Greater(t, four["latency.mean"]-one["latency.mean"], 3*1000.0, "three boxes more, a microsecond each")
	assert.InDelta(t, 3*(150+20)+6*5.5, four["power.total"]-one["power.total"], 3, "chassis, chips and ports, and their links")
	assert.InDelta(t, 75, four["power.budget"], 0)
	assert.Greater(t, four["cost.per_server"], one["cost.per_server"]+3*3000/3, "three chassis over three servers")
	assert.InEpsilon(t, one["crypto.gbps"], four["crypto.gbps"], 0.01)
}

// What services do is the same in boxes: what rules and routes refuse, what is metered, tracked, translated and balanced. A box
// sees what is in front of it only: a packet without a route is not seen by what follows.
func TestServicesWorkInTheirBoxes(t *testing.T) {
	zeroIsFine := map[string]float64{"flows.rejected": 1}
	for _, c := range []struct {
		services string
		equal    []string // metrics that are the same to the last packet
		near     []string // that depend on when packets come
	}{
		{"vxlan, {firewall: {rules: [{action: deny, proto: tcp, src: 10.0.0.0/10}]}}", []string{"loss.ratio", "drops.policy"}, nil},
		{"ipsec, {firewall: {rules: [{action: deny, proto: tcp, dst: 10.128.0.0/10}]}}, {route: {routes: 1000, default: false}}",
			[]string{"loss.ratio"}, nil},
		{"vxlan, {firewall: {stateful: true, flows: 100k, rules: [{action: deny, src: 10.0.0.0/10}]}}", []string{"loss.ratio", "flows.active", "flows.rejected"}, []string{"flows.new_per_second"}},
		{"vxlan, {nat: {inside: 10.0.0.0/9, pool: 198.18.0.0/28, ports: 1024-1030}}", []string{"nat.bindings"}, []string{"loss.ratio", "drops.nat_no_port"}},
		{"vxlan, {lb: {vips: [{address: 0.0.0.0/0, port: 443, proto: tcp, backends: [\"10.1.0.1:8080\", \"10.1.0.2:8080\"]}]}}", []string{"lb.flows"},
			nil},
		{"ipsec, vxlan, {policer: {per: vm, cir: 60Mbps, cbs: 16kB, red: drop}}", nil, []string{"policer.green.gbps", "policer.red.gbps", "loss.ratio"}},
		{"{policer: {per: server, cir: 300Mbps, cbs: 16kB, red: drop}}, ipsec, vxlan", nil, []string{"policer.green.gbps", "policer.red.gbps", "loss.ratio"}},
	} {
		for _, chips := range []string{"1", "3"} {
			r := simulate(t, scenario(t, with(c.services), "dsn.count={appliance: "+chips+", discrete: "+chips+"}", "run.cold=true"))
			one, each := row(t, r, "appliance", "all", "all"), row(t, r, "discrete", "all", "all")
			require.Equal(t, result.OK, each.Status, "%s %v", c.services, each.Reasons)
			for _, name := range c.equal {
				require.Contains(t, one.Metrics, name, c.services)
				require.Positive(t, one.Metrics[name]+zeroIsFine[name], "%s of %s", name, c.services)
				assert.Equal(t, one.Metrics[name], each.Metrics[name], "%s of %s, %s chips", name, c.services, chips)
			}
			for _, name := range c.near {
				require.Positive(t, one.Metrics[name], "%s of %s", name, c.services)
				assert.InEpsilon(t, one.Metrics[name], each.Metrics[name], 0.03, "%s of %s, %s chips", name, c.services, chips)
			}
		}
	}
}

// A packet is refused in the box of the service that refuses it, and the boxes behind do not see it.
func TestRefusedInTheirOwnBox(t *testing.T) {
	const chain = "ipsec, vxlan, {firewall: {rules: [{action: deny, src: 10.0.0.0/10}], default: permit}}, route"
	r := simulate(t, scenario(t, with(chain), "traffic.0.direction=inbound", "placements=[discrete]"))
	x := row(t, r, "discrete", "all", "all")
	in := stationOf(t, x, "discrete.vxlan.parser").Visits
	through := stationOf(t, x, "discrete.route.parser").Visits
	assert.InEpsilon(t, in, stationOf(t, x, "discrete.firewall.parser").Visits, 0.01)
	assert.InEpsilon(t, in*(1-x.Metrics["loss.ratio"]), through, 0.02)
	assert.Greater(t, x.Metrics["drops.policy"], 100.0)
}

// Where nothing is lost, each station of the boxes is as busy as Explain says, which has a stage map for each box.
func TestExplainOfBoxes(t *testing.T) {
	s := scenario(t, boxes, "traffic.0.load=40%", "placements=[discrete]")
	e := explained(t, s)
	require.Len(t, e.Boxes, 4)
	assert.Nil(t, e.Pipeline)
	assert.Equal(t, "firewall", e.Boxes[2].Service)
	assert.Equal(t, 3, e.Boxes[2].Serves)
	x := row(t, simulate(t, s), "discrete", "all", "all")
	seen := 0
	for _, c := range e.Stations {
		if strings.Contains(c.Name, "arm-") || strings.HasSuffix(c.Name, ".crypto") || strings.HasSuffix(c.Name, "parser") {
			assert.InEpsilon(t, c.Utilization, stationOf(t, x, c.Name).Utilization, 0.05, c.Name)
			seen++
		}
	}
	assert.Equal(t, 4*4+1+4*2, seen, "four arms, parser and deparser of each box, and one crypto complex")
}

// Packets between VMs pass the boxes that have something to say, not those of tunnels; each is two crossings.
func TestBoxesBetweenVMs(t *testing.T) {
	r := simulate(t, scenario(t, boxes, "traffic.0={name: a, sizes: 400B, load: 4%, pattern: {east_west: 50%, same_server: 50%}}"))
	assert.Equal(t, 2.0*2, row(t, r, "discrete", "all", "east-west").Metrics["tromboning.link_crossings"])
	assert.Equal(t, 2.0*2+2, row(t, r, "discrete", "all", "same-server").Metrics["tromboning.link_crossings"], "and the server's own link")
	for _, s := range row(t, r, "discrete", "all", "all").Stations {
		assert.NotContains(t, s.Name, "ipsec")
		assert.NotContains(t, s.Name, "vxlan")
	}
	assert.Zero(t, row(t, r, "discrete", "all", "all").Metrics["loss.ratio"])
}

// The result does not depend on workers or on running ahead; with classes, with pinned servers, and between VMs.
func TestBoxesAreDeterministic(t *testing.T) {
	for _, sets := range [][]string{
		{"traffic.0.load=90%"},
		{"dsn.spread=server", "dsn.count.discrete=2", "traffic.0.pattern={north_south: 40%, east_west: 30%, same_server: 30%}"},
		{"dsn.traffic_manager={classes: [{name: one}]}", "rack.uplinks=2"},
		{"services.0={ipsec: {setup: on_demand}}", "dsn.power.over=throttle", "dsn.power.budget=21W"},
	} {
		s := scenario(t, boxes, append(sets, "run.duration=600us")...)
		first := report(t, s, Options{Jobs: 1})
		require.NotContains(t, first, result.Unsupported)
		same(t, first, report(t, s, Options{Jobs: 4}), "four workers")
		same(t, first, report(t, s, Options{Jobs: 1, Stepwise: true}), "hop by hop")
	}
}

// It is not one of the placements of a scenario that names none, has no way for workloads, and cannot hold every chain.
func TestDiscreteIsAskedFor(t *testing.T) {
	s := scenario(t, strings.Replace(boxes, "placements: [appliance, discrete]\n", "", 1))
	assert.NotContains(t, s.Placements, "discrete")
	r := simulate(t, scenario(t, boxes, "rack.tor.ports=10")) // three servers and the uplink leave six
	assert.Equal(t, result.OK, row(t, r, "appliance", "all", "all").Status)
	assert.Equal(t, result.Undeployable, row(t, r, "discrete", "all", "all").Status, "eight ports")
	r = simulate(t, scenario(t, with("geneve, telemetry")))
	x := row(t, r, "discrete", "all", "all")
	assert.Equal(t, result.Unsupported, x.Status)
	assert.Contains(t, x.Reasons[0], "telemetry cannot have a box of its own")
}
