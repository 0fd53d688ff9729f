package run

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/scenarios/parts/energy"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// What a packet takes does not depend on how many there are: twice the load is twice the dynamic power, in every placement.
func TestTwiceThePacketsTakeTwiceTheDynamicEnergy(t *testing.T) {
	once := simulate(t, scenario(t, plainRack, allPlaces("20%")...))
	twice := simulate(t, scenario(t, plainRack, allPlaces("40%")...))
	none := simulate(t, scenario(t, plainRack, allPlaces("1kpps")...))
	for _, r := range once.Results {
		if r.Class != result.All || r.Direction != result.All || r.Placement == "software" { // whose cores do not keep up
			continue
		}
		rest := row(t, none, r.Placement, result.All, result.All).Metrics["power.total"]
		one := r.Metrics["power.total"] - rest
		two := row(t, twice, r.Placement, result.All, result.All).Metrics["power.total"] - rest
		assert.Positive(t, one, r.Placement)
		assert.InEpsilon(t, 2*one, two, 5e-3, r.Placement)
	}
}

// The watts of one placement by hand: 400 B at 20% of 25G for one server are 1.488 Mpps outbound on the nic placement.
func TestPowerByHand(t *testing.T) {
	s := scenario(t, plainRack, allPlaces("20%", "rack.cables.server_tor=10m", "services=[]", "placements=[nic]")...)
	p := reference(t)
	m := row(t, simulate(t, s), "nic", result.All, result.All).Metrics
	pps := 0.2 * 25e9 / (420 * 8)
	pJ := func(e int64) float64 { return float64(e) / 1e3 }
	perPacket := 420*8*pJ(int64(p.Power.EthernetBit.Value)) + // 25G towards the ToR, preamble and gap included
		54*pJ(int64(p.Power.ParserByte.Value)) // 54 B of headers
	dynamic := m["power.dsn"] - float64(p.Power.Static.Value+p.Power.SFPModule.Value)/1e3
	assert.Greater(t, dynamic*1e12/pps, perPacket)
	// PCIe carries the packet and its descriptors: 10% to 30% more than its bits, and a read request.
	rest := dynamic*1e12/pps - perPacket
	assert.Greater(t, rest, 400*8*pJ(int64(p.Power.PCIeBit.Value)))
	assert.Less(t, rest, 1.6*400*8*pJ(int64(p.Power.PCIeBit.Value)))
	assert.Zero(t, m["power.host"])
	assert.InDelta(t, m["power.dsn"], m["power.total"], 1e-9)
}

// A traced packet's operations, times the packets of the window, are the placement's dynamic energy: the trace and the
// ledger count the same visits.
func TestTraceAndLedgerAgree(t *testing.T) {
	s := scenario(t, plainRack, allPlaces("20%", "placements=[nic, bump-in-the-wire, tor, appliance]")...)
	report, traces, err := Scenario(context.Background(), s, Options{Jobs: 4, TraceSeq: 100})
	require.NoError(t, err)
	none := simulate(t, scenario(t, plainRack, allPlaces("1kpps")...))
	require.Len(t, traces, 4)
	for _, tr := range traces {
		m := row(t, report, tr.Placement, result.All, result.All).Metrics
		var sum power.Sum
		for _, e := range energy.SpentOn(tr.Of, &tr.Trace) {
			sum.Plus(e.Energy)
		}
		dynamic := m["power.total"] - row(t, none, tr.Placement, result.All, result.All).Metrics["power.total"]
		assert.InEpsilon(t, sum.Femtojoules()/1e9, dynamic/m["throughput.mpps"], 1e-2, tr.Placement) // uJ
	}
}

// Components make the total, and the DSN's share does not depend on who supplies the rest.
func TestPlacementsTakeWhatTheyNeed(t *testing.T) {
	report := simulate(t, scenario(t, plainRack, allPlaces("20%")...))
	m := map[string]map[string]float64{}
	for _, r := range report.Results {
		if r.Class == result.All && r.Direction == result.All {
			m[r.Placement] = r.Metrics
		}
	}
	assert.Zero(t, m["software"]["power.dsn"])
	assert.Zero(t, m["nic"]["power.host"], "the DSN is the NIC")
	assert.Positive(t, m["tor"]["power.host"], "servers keep their NICs")
	assert.InDelta(t, m["tor"]["power.host"], m["appliance"]["power.host"], 0.05)
	assert.Greater(t, m["appliance"]["power.total"], m["tor"]["power.total"]+150, "chassis and ports")
	assert.Greater(t, m["software"]["power.host"], m["tor"]["power.host"]+4*7-1, "four cores that poll")
}
