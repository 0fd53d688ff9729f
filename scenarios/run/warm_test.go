package run

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/shareddata"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// manyFlows has far more open flows than a run of 300 us could enter.
const manyFlows = `version: 1
name: test
rack: {servers: 2, server: {vms: 4, nic: {rate: 100Gbps}}, uplink: 400Gbps}
services: [{firewall: {stateful: true, flows: 400k}}, route]
traffic: [{name: t, sizes: imix, load: 20%, direction: both, flows: {concurrent: 40k}}]
run: {duration: 300us, warmup: 60us, seed: 1}
`

// busyOf returns the utilisation of the busiest station whose name ends so, or 0.
func busyOf(r *result.Result, name string) (most float64) {
	for _, s := range r.Stations {
		if strings.HasSuffix(s.Name, name) {
			most = max(most, s.Utilization)
		}
	}
	return most
}

// Flows that are open when the run begins are in the tables, in every placement: the learner has nothing to do and refuses
// nobody. With empty tables it is busy all the time, and refuses many.
func TestOpenFlowsAreInTheTables(t *testing.T) {
	for _, name := range scenarios.AllPlacements() {
		warm := row(t, simulate(t, scenario(t, manyFlows, "placements=["+name+"]")), name, "all", "all")
		assert.Zero(t, warm.Metrics["flows.new_per_second"], name)
		assert.Zero(t, warm.Metrics["flows.rejected"], name)
		assert.Zero(t, busyOf(warm, ".learner"), name)
		assert.InDelta(t, 160_000, warm.Metrics["flows.active"], 50, "%s: but for made-up flows that are twice the same", name)
		cold := row(t, simulate(t, scenario(t, manyFlows, "run.cold=true", "placements=["+name+"]")), name, "all", "all")
		assert.Greater(t, cold.Metrics["flows.new_per_second"], 1e6, name)
		if name == "nic" || name == "bump-in-the-wire" {
			assert.Greater(t, cold.Metrics["flows.rejected"], 100.0, name)
			assert.Greater(t, busyOf(cold, ".learner"), 0.99, name)
		}
	}
}

// Flows that begin in the run are entered in the run, and no others.
func TestNewFlowsAreEnteredInTheRun(t *testing.T) {
	m := metrics(t, manyFlows, "placements=[nic]", "traffic.0.flows={concurrent: 1000, size: 64kbit}", "run.duration=6ms")
	const over = 8 * 441 // bits by which a flow's last packet exceeds its size: the mean square of imix over twice its mean
	assert.InEpsilon(t, m["offered.gbps"]*1e9/(64e3+over), m["flows.new_per_second"], 0.02)
	assert.Zero(t, m["flows.rejected"])
}

// A table that is smaller than the flows that are open holds what it can, and has no room for more.
func TestFullTables(t *testing.T) {
	m := metrics(t, manyFlows, "placements=[nic]", "services.0.firewall.flows=20k")
	assert.InDelta(t, 40_000, m["flows.active"], 500, "on two servers")
	assert.Greater(t, m["flows.rejected"], 100.0)
	assert.Zero(t, m["loss.ratio"], "the rules permit all of them")
}

// What rules and tables decide does not depend on whether tables are empty at first: no flow is let in that the rules refuse.
func TestRulesDecideAboutOpenFlows(t *testing.T) {
	const firewall = "{firewall: {stateful: true, rules: [{action: deny, src: 10.0.0.0/10}, {action: deny, dst: 10.192.0.0/10}]}}"
	for _, services := range []string{
		firewall,
		"vxlan, " + firewall + ", {route: {routes: 1000}}",
		"{nat: {inside: 10.0.0.0/9, pool: 198.18.0.0/28, ports: 1024-9999}}, " + firewall,
		"{lb: {vips: [{address: 10.128.0.0/10, port: 443, proto: tcp, backends: [\"10.1.0.1:8080\", \"10.1.0.2:8080\"]}]}}, " + firewall,
	} {
		for _, name := range []string{"software", "nic", "tor", "discrete"} {
			if name == "discrete" && !strings.HasPrefix(services, "vxlan") && services != firewall {
				continue // unsupported: a box of its own behind one that rewrites headers
			}
			sets := []string{"services=[" + services + "]", "placements=[" + name + "]", "traffic.0.load=1%", "traffic.0.flows.concurrent=200", "run={duration: 1ms, warmup: 0s}"}
			warm, cold := metrics(t, manyFlows, sets...), metrics(t, manyFlows, append(sets, "run.cold=true")...)
			for _, metric := range []string{"loss.ratio", "drops.policy", "drops.nat_no_binding", "drops.nat_no_port", "drops.session_table"} {
				assert.Equal(t, cold[metric], warm[metric], "%s of %s with %s", metric, name, services)
			}
			for _, metric := range []string{"nat.bindings", "lb.flows", "flows.active"} {
				assert.GreaterOrEqual(t, warm[metric], cold[metric], "%s: and those that send nothing in the run", metric)
			}
			require.Positive(t, warm["drops.policy"], services)
		}
	}
}

// Contexts of security associations are on the chip when the run begins, as many as it has room for, unless keys are still to come.
func TestContextsAreThere(t *testing.T) {
	const ipsec = "services=[{ipsec: {tunnels: 100}}]"
	fetched := func(sets ...string) float64 {
		r := row(t, simulate(t, scenario(t, manyFlows, append(sets, "placements=[nic]", "run.warmup=0s", "traffic.0.flows.concurrent=1000")...)), "nic", "all", "all")
		for _, s := range r.Stations {
			if strings.HasSuffix(s.Name, "-contexts") {
				return s.Visits
			}
		}
		return 0
	}
	assert.Zero(t, fetched(ipsec))
	assert.EqualValues(t, 200, fetched(ipsec, "run.cold=true"), "both directions of a server")
	assert.Positive(t, fetched("services=[{ipsec: {tunnels: 4000}}]"), "more than there is room for")
}

// The small captures of known faults of firewalls say the same whether tables are empty at first or not.
func TestCapturesOfFaultsWarmAndCold(t *testing.T) {
	for _, name := range []string{"syn-on-closed-flow", "echo-request-rides-back", "tenants-share-flow", "tenants-share-binding", "related-icmp4",
		"lb-port-reuse-after-drain", "fragmented-answer", "fragment-port-deny", "fragment-port-permit"} {
		path := shareddata.Path(t, "repro", name+".yaml")
		var got [2]map[string]float64
		for i, cold := range []string{"false", "true"} {
			s, err := load.File(path, []string{fmt.Sprintf("run.cold=%s", cold)})
			require.NoError(t, err)
			got[i] = row(t, simulate(t, s), "nic", "all", "all").Metrics
		}
		for _, metric := range []string{"loss.ratio", "drops.policy", "drops.nat_no_binding", "nat.bindings"} {
			assert.Equal(t, got[1][metric], got[0][metric], "%s of %s", metric, name)
		}
	}
}
