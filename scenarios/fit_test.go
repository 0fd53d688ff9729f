package scenarios_test

import (
	"testing"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const plainTraffic = "version: 1\ntraffic: [{sizes: imix, load: 5%}]\n"

func TestConstraintsOfARack(t *testing.T) {
	s := loaded(t, plainTraffic+`rack:
  servers: 24
  uplinks: 2
  deployment: brownfield
  tor: {ports: 32, free_ports: 4, replaceable: false}
  server:
    os: {legacy: true, certified: true}
    drivers: {dsn: upstreamed, nic: in-box}
    slots: {free: 2}
    nic: {dsn_capable: true}
`)
	r := &s.Rack
	four, no := 4, false
	assert.Equal(t, scenarios.ToR{Ports: 32, FreePorts: &four, Replaceable: &no}, r.ToR)
	assert.Equal(t, scenarios.OS{Legacy: true, Certified: true}, r.Server.OS)
	assert.Equal(t, scenarios.Drivers{DSN: "upstreamed", NIC: "in-box"}, r.Server.Drivers)
	assert.Equal(t, &scenarios.Slots{Free: 2, Form: "pcie"}, r.Server.Slots)
	assert.True(t, r.Server.NIC.DSNCapable)
	for _, c := range []struct {
		set    string
		free   int
		stated bool
	}{{"rack.tor={ports: 32}", 6, true}, {"rack.tor={free_ports: 0}", 0, true}, {"rack.tor={replaceable: true}", 0, false}} {
		s, err := load.Bytes("t.yaml", []byte(plainTraffic+"rack: {servers: 24, uplinks: 2}"), []string{c.set})
		require.NoError(t, err)
		free, stated := s.Rack.FreeToRPorts()
		assert.Equal(t, c.free, free, c.set)
		assert.Equal(t, c.stated, stated, c.set)
	}
	free, stated := loaded(t, plainTraffic).Rack.FreeToRPorts()
	assert.Zero(t, free)
	assert.False(t, stated)
}

func TestConstraintsThatCannotBe(t *testing.T) {
	for set, want := range map[string]string{
		"rack={servers: 24, tor: {ports: 24}}":                "expected at least 25 ports, for 24 servers and the uplinks, got 24",
		"rack={servers: 24, tor: {ports: 32, free_ports: 8}}": "expected at most 7 free ports, as 24 servers and the uplinks leave of 32, got 8",
		"rack.tor.free_ports=-1":                              "from 0 to 1024",
		"rack.server.slots={form: pcie}":                      "expected how many slots are free",
		"rack.server.slots={free: 1, form: pcie-doble}":       `did you mean "pcie-double"?`,
		"rack.server.drivers.dsn=inbox":                       `did you mean "in-box"?`,
		"rack.server.drivers.nic=upstreamd":                   `did you mean "upstreamed"?`,
		"rack.server.os.legasy=true":                          `did you mean "legacy"?`,
		"rack.tor.replaceable=maybe":                          "true or false",
	} {
		_, err := load.Bytes("t.yaml", []byte(plainTraffic), []string{set})
		assert.ErrorContains(t, err, want, set)
	}
}

// What is free beside the NIC decides what supplies a second card; without it, that is the NIC's slot.
func TestBudgetOfTheFreeSlot(t *testing.T) {
	for set, want := range map[string][2]string{
		"rack.servers=1":                            {"pcie-25w", "pcie-25w"},
		"rack.server.slot=ocp":                      {"ocp-25w", "ocp-25w"},
		"rack.server.slots={free: 1, form: ocp}":    {"pcie-25w", "ocp-25w"},
		"rack.server.slots={free: 0, form: pcie}":   {"pcie-25w", "pcie-25w"},
		"rack.server={slot: ocp, slots: {free: 1}}": {"ocp-25w", "pcie-25w"},
	} {
		s, err := load.Bytes("t.yaml", []byte(plainTraffic), []string{set})
		require.NoError(t, err)
		for i, placement := range []string{"nic", "bump-in-the-wire"} {
			b, ok := s.Budget(placement)
			require.True(t, ok)
			assert.Equal(t, want[i], b.Name, "%s: %s", placement, set)
		}
	}
	_, err := load.Bytes("t.yaml", []byte(plainTraffic), []string{"rack.server.slots={free: 1}", "rack.server.slot=ocp", "dsn.power.budget.bump-in-the-wire=pcie-25w"})
	assert.NoError(t, err, "beside an OCP NIC there is a PCIe slot")
	_, err = load.Bytes("t.yaml", []byte(plainTraffic), []string{"rack.server.slot=ocp", "dsn.power.budget.bump-in-the-wire=pcie-25w"})
	assert.ErrorContains(t, err, "rack.server.slot is ocp")
}
