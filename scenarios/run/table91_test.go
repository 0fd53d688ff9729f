package run

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/table91"
)

// fourServers is a rack that is simulated in no time.
const fourServers = `version: 1
name: test
rack:
  servers: 4
  server: {cores: 32, vms: 4, nic: {rate: 25Gbps}}
  uplink: 100Gbps
dsn: {profile: reference-100g}
services: [vxlan, firewall, route]
traffic: [{name: a, sizes: 400B, load: 20%, direction: both}]
run: {duration: 300us, warmup: 100us, seed: 1}
`

// derived returns Table 9-1.
func derived(t testing.TB, s *scenarios.Scenario, change func(placement.Placement) placement.Placement) *result.Table91 {
	t.Helper()
	r, _, err := Scenario(context.Background(), s, Options{Jobs: 4, TraceSeq: -1, Topology: change, Table91: true})
	require.NoError(t, err)
	require.NotNil(t, r.Table91)
	return r.Table91
}

// value returns the value of a cell.
func value(t testing.TB, from *result.Table91, property, placement string) string {
	t.Helper()
	c, known := from.Cell(property, placement)
	require.True(t, known, "%s/%s", property, placement)
	require.NotEmpty(t, c.Evidence, "%s/%s", property, placement)
	return c.Value
}

// why returns the evidence of a cell as one text.
func why(t testing.TB, from *result.Table91, property, placement string) string {
	t.Helper()
	c, known := from.Cell(property, placement)
	require.True(t, known, "%s/%s", property, placement)
	return strings.Join(c.Evidence, "\n")
}

// values returns a row by placement.
func values(t testing.TB, from *result.Table91, property string) map[string]string {
	t.Helper()
	list := map[string]string{}
	for _, p := range from.Placements {
		list[p] = value(t, from, property, p)
	}
	return list
}

func TestTable91OnlyOnDemand(t *testing.T) {
	require.Nil(t, simulate(t, scenario(t, fourServers)).Table91)
}

// What needs no attack and no special load.
func TestTable91OfASmallRack(t *testing.T) {
	got := derived(t, scenario(t, fourServers, "rack.uplinks=2"), nil) // whose second port is no placement's
	assert.Equal(t, map[string]string{"software": "Dependent on the server NIC", "nic": "Yes", "bump-in-the-wire": "Yes", "tor": "No", "appliance": "No"},
		values(t, got, table91.RDMAStorage))
	assert.Equal(t, map[string]string{"software": "No", "nic": "No", "bump-in-the-wire": "No", "tor": "No", "appliance": "Yes"}, values(t, got, table91.ExtraPort))
	assert.Equal(t, map[string]string{"software": "No", "nic": "No", "bump-in-the-wire": "No", "tor": "Yes", "appliance": "No"}, values(t, got, table91.SpecialToR))
	assert.Equal(t, map[string]string{"software": "Yes", "nic": "No", "bump-in-the-wire": "No", "tor": "No", "appliance": "No"}, values(t, got, table91.Compromised))
	none := "Minimal to nonexistent"
	assert.Equal(t, map[string]string{"software": "Very high", "nic": none, "bump-in-the-wire": none, "tor": none, "appliance": none}, values(t, got, table91.Footprint))
	assert.Contains(t, why(t, got, table91.Compromised, "software"), "policy: open, by the graph: kernel -> host memory -> policy")
	assert.Contains(t, why(t, got, table91.ExtraPort, "appliance"), "8 x ToR port")
}

// A PCIe link from the appliance into the servers gives it RDMA and storage.
func TestCabledApplianceDoesRDMA(t *testing.T) {
	got := derived(t, scenario(t, fourServers), func(p placement.Placement) placement.Placement {
		if p.Name == "appliance" {
			p = p.Cabled()
		}
		return p
	})
	assert.Equal(t, "Yes", value(t, got, table91.RDMAStorage, "appliance"))
	assert.Contains(t, why(t, got, table91.RDMAStorage, "appliance"), "chip -> iova of PF")
	assert.Equal(t, "No", value(t, got, table91.RDMAStorage, "tor"))
}

// The server's NIC decides for software, and for nobody else.
func TestServerNICDoesRDMA(t *testing.T) {
	without := derived(t, scenario(t, fourServers), nil)
	with := derived(t, scenario(t, fourServers, "rack.server.nic.rdma=true"), nil)
	assert.Equal(t, values(t, without, table91.RDMAStorage), values(t, with, table91.RDMAStorage))
	assert.Contains(t, why(t, without, table91.RDMAStorage, "software"), "the scenario's NIC does none")
	assert.Contains(t, why(t, with, table91.RDMAStorage, "software"), "the scenario's NIC does RDMA")
}

// A card that the host manages, or whose PCIe firewall is off, is compromised with the host; a box is not.
func TestManagementDecidesCompromise(t *testing.T) {
	for _, set := range []string{"dsn.management=host", "dsn.pcie_firewall=false"} {
		got := derived(t, scenario(t, fourServers, set), nil)
		assert.Equal(t, map[string]string{"software": "Yes", "nic": "Yes", "bump-in-the-wire": "Yes", "tor": "No", "appliance": "No"},
			values(t, got, table91.Compromised), set)
	}
}

// Runs say the same as the graph, and the evidence says that they did.
func TestCompromiseByRuns(t *testing.T) {
	attack := "attacks=[{kind: compromised_host, rate: 1M/s, targets: [policy, keys]}]"
	got := derived(t, scenario(t, fourServers, attack), nil)
	assert.Equal(t, map[string]string{"software": "Yes", "nic": "No", "bump-in-the-wire": "No", "tor": "No", "appliance": "No"}, values(t, got, table91.Compromised))
	assert.Regexp(t, `policy: succeeded, by the runs of attack 0 on server 0: [1-9]\d* of [1-9]`, why(t, got, table91.Compromised, "software"))
	assert.Regexp(t, `policy: refused, by the runs of attack 0 on server 0: 0 of [1-9]`, why(t, got, table91.Compromised, "nic"))
	assert.Contains(t, why(t, got, table91.Compromised, "tor"), "keys: no path, by the runs of attack 0 on server 0: the DSN has no PCIe function")
	assert.Contains(t, why(t, got, table91.Compromised, "nic"), "windows: closed, by the graph")
	assert.NotContains(t, why(t, got, table91.Compromised, "nic"), "policy: closed, by the graph")
}

// VMs without functions of their own need a virtual switch, whatever the DSN.
func TestVirtualSwitchIsAFootprint(t *testing.T) {
	got := derived(t, scenario(t, fourServers, "rack.server.nic.sriov=false"), nil)
	assert.Equal(t, "Very high", value(t, got, table91.Footprint, "tor"))
	assert.Equal(t, "Minimal to nonexistent", value(t, derived(t, scenario(t, fourServers, "rack.server.cores=1024"), nil), table91.Footprint, "software"))
}

// A bare-metal server has no place for software: nothing is measured, and what is known without a run stays.
func TestBareMetalIsNotMeasured(t *testing.T) {
	got := derived(t, scenario(t, fourServers, "rack.server.virtualization=bare-metal"), nil)
	for _, property := range []string{table91.Performance, table91.Footprint} {
		assert.Equal(t, table91.NotMeasured, value(t, got, property, "software"))
		assert.Contains(t, why(t, got, property, "software"), "no hypervisor")
	}
	assert.Equal(t, "Highest", value(t, got, table91.Performance, "nic"))
	assert.Equal(t, "Dependent on the server NIC", value(t, got, table91.RDMAStorage, "software"))
}

// The classes follow what is measured: other chips, other numbers of chips, other loads.
func TestClassFollowsTheMeasurements(t *testing.T) {
	class := func(placement string, sets ...string) string {
		return value(t, derived(t, scenario(t, fourServers, sets...), nil), table91.Performance, placement)
	}
	for p, want := range map[string]string{"nic": "Highest", "bump-in-the-wire": "Highest", "tor": "High", "appliance": "High"} {
		assert.Equal(t, want, class(p, "run.cold=true"), p) // a box that has to look flows up has one and a half times the tail of a card
		assert.Equal(t, "Highest", class(p), p)             // and 1.3 times where it has them at hand
	}
	assert.Equal(t, "Low", class("software"), "jitter beyond 100 us")
	slow := fixture(t, "dsn.clock", "10MHz") // 10 Mpps a chip, and chains of tens of us
	assert.Equal(t, "Intermediate", class("nic", slow, "services=[vxlan]", "traffic.0.load=5%"))
	rack := []string{"rack.servers=16", "rack.uplink=400Gbps", "run.cold=true"}
	with := func(chips int) []string {
		return append(rack, fmt.Sprintf("dsn.count={tor: %d, appliance: %[1]d}", chips))
	}
	for chips, want := range map[int][2]string{4: {"High", "capacity Highest"}, 2: {"High", "capacity High:"}, 1: {"Intermediate", "capacity Intermediate"}} {
		got := derived(t, scenario(t, fourServers, with(chips)...), nil)
		for _, p := range []string{"tor", "appliance"} {
			assert.Equal(t, want[0], value(t, got, table91.Performance, p), "%d chips for sixteen servers", chips)
			assert.Contains(t, why(t, got, table91.Performance, p), want[1], "%d chips for sixteen servers", chips)
		}
		assert.Equal(t, "Highest", value(t, got, table91.Performance, "nic"), "one chip each")
	}
	flooded := append(with(1), "traffic.0.load=60%", "run.duration=4ms", "run.warmup=3ms")
	assert.Equal(t, "Low", class("appliance", flooded...), "queues are full")
}

// The utilisation law, on which a placement's capacity rests, holds: what a run at a low load says that can pass is what
// passes when more is offered, and passes without loss when a little less is.
func TestCapacityIsWhatPassesAtMost(t *testing.T) {
	sets := []string{"rack.servers=16", "rack.uplink=400Gbps", "dsn.count={tor: 1, appliance: 1}", "run.duration=500us", "run.warmup=250us",
		"traffic.0.arrivals=constant", "placements=[nic, tor, appliance]"}
	at := func(load float64) []result.Result {
		return simulate(t, scenario(t, fourServers, append(sets, fmt.Sprintf("traffic.0.load=%.4f%%", 100*load))...)).Results
	}
	low := at(0.1)
	for i := range low {
		r := &low[i]
		if r.Class != result.All || r.Direction != result.All {
			continue
		}
		m := table91.Measured{ThroughputGbps: r.Metrics["throughput.gbps"], Utilization: r.Metrics["bottleneck.utilization"]}
		scale := 0.1 * m.CapacityGbps() / r.Metrics["offered.gbps"]
		below, above := at(0.93 * scale)[i].Metrics, at(1.1 * scale)[i].Metrics
		assert.Zero(t, below["loss.ratio"], r.Placement)
		assert.InEpsilon(t, 0.93*m.CapacityGbps(), below["throughput.gbps"], 0.03, r.Placement)
		assert.InEpsilon(t, m.CapacityGbps(), above["throughput.gbps"], 0.03, r.Placement)
	}
}

// Ports of the ToR that are not free: the appliance fits no rack, and its cell says so.
func TestToRWithoutSparePort(t *testing.T) {
	with := derived(t, scenario(t, fourServers, "rack.tor={ports: 32, free_ports: 8}"), nil)
	assert.Equal(t, "Yes", value(t, with, table91.ExtraPort, "appliance"))
	assert.Contains(t, why(t, with, table91.ExtraPort, "appliance"), "8 of the 8 free ports")
	without := derived(t, scenario(t, fourServers, "rack.tor={ports: 32, free_ports: 0}"), nil)
	assert.Equal(t, "Yes, but too few are free", value(t, without, table91.ExtraPort, "appliance"))
	assert.Equal(t, "None", value(t, without, table91.Applicability, "appliance"))
	assert.Equal(t, table91.NotMeasured, value(t, without, table91.Performance, "appliance"))
	assert.Equal(t, "Greenfield and Brownfield", value(t, without, table91.Applicability, "tor"))
	assert.Equal(t, "No", value(t, without, table91.ExtraPort, "tor"))
}

// What the servers are changes where a placement fits.
func TestConstraintsDecideWhereItFits(t *testing.T) {
	for _, c := range []struct{ set, property, placement, want string }{
		{"rack.servers=4", table91.Applicability, "nic", "Greenfield"},
		{"rack.server.nic.dsn_capable=true", table91.Applicability, "nic", "Greenfield and Brownfield"},
		{"rack.servers=4", table91.Applicability, "bump-in-the-wire", "Greenfield and possibly Brownfield"},
		{"rack.server.slots={free: 1}", table91.Applicability, "bump-in-the-wire", "Greenfield and Brownfield"},
		{"rack.server.slots={free: 0}", table91.Applicability, "bump-in-the-wire", "None"},
		{"rack.tor={replaceable: false}", table91.Applicability, "tor", "Greenfield"},
		{"rack.servers=4", table91.BareMetal, "software", "No support"},
		{"rack.servers=4", table91.BareMetal, "nic", "Good support, if drivers are available"},
		{"rack.server.drivers.dsn=in-box", table91.BareMetal, "nic", "Good support, if drivers are available"},
		{"rack.server.drivers.dsn=none", table91.BareMetal, "nic", "No support"},
		{"dsn.management=host", table91.BareMetal, "bump-in-the-wire", "No support"},
		{"rack.servers=4", table91.BareMetal, "tor", "Optimal support, independent of driver availability"},
	} {
		assert.Equal(t, c.want, value(t, derived(t, scenario(t, fourServers, c.set), nil), c.property, c.placement), "%v", c)
	}
}
