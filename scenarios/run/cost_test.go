package run

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// The cost of each placement by hand, from its parts and its energy.
func TestCostByHand(t *testing.T) {
	const servers = 3
	s := scenario(t, plainRack, allPlaces("20%", "rack.servers=3", "dsn.count={tor: 2, appliance: 5}", "prices=reference", "run.replications=2", "dsn.software.cores=4")...)
	report := simulate(t, s)
	for placement, parts := range map[string]float64{
		"software":         servers * (4*150 + 400),
		"nic":              servers * 1500,
		"bump-in-the-wire": servers * (1500 + 400),
		"tor":              servers*400 + 2*600 + 6000,
		"appliance":        servers*400 + 5*600 + 10*250 + 3000,
	} {
		r := row(t, report, placement, result.All, result.All)
		kWh := r.Metrics["power.total"] / 1000 * 8765.82 * 4 * 1.5
		cost := r.Section("cost")
		require.NotNil(t, cost)
		assert.InEpsilon(t, kWh, cost.Fact("energy_kwh"), 1e-9, placement)
		assert.InEpsilon(t, 0.12*kWh, cost.Fact("energy"), 1e-9, placement)
		assert.InEpsilon(t, parts+0.12*kWh, cost.Fact("total"), 1e-9, placement)
		assert.InEpsilon(t, (parts+0.12*kWh)/servers, r.Metrics["cost.per_server"], 1e-9, placement)
		assert.InEpsilon(t, (parts+0.12*kWh)/r.Metrics["throughput.gbps"], r.Metrics["cost.per_gbps"], 1e-2, "%s: the mean of two quotients", placement)
		sum := 0.0
		for i := range cost.Rows {
			assert.InDelta(t, cost.Number(i, "count")*cost.Number(i, "each"), cost.Number(i, "amount"), 1e-9)
			sum += cost.Number(i, "amount")
		}
		assert.InDelta(t, parts, sum, 1e-9, placement)
		assert.InDelta(t, 11, cost.Fact("assumed"), 0)
		assert.Contains(t, cost.Title, ", USD")
	}
}

// In a rack that exists, the NICs are there, and the switch has to go.
func TestCostOfABrownfield(t *testing.T) {
	s := scenario(t, plainRack, allPlaces("20%", "rack.deployment=brownfield", "prices={}")...)
	report, _, err := Scenario(context.Background(), s, Options{Jobs: 2, TraceSeq: -1, Force: true})
	require.NoError(t, err)
	for placement, items := range map[string][]string{
		"software": {"host core"}, "nic": {"DSN card"}, "bump-in-the-wire": {"DSN card"},
		"tor": {"DSN ASIC", "ToR switch", "ToR premium for DSNs"}, "appliance": {"DSN ASIC", "ToR port", "appliance chassis"},
	} {
		var got []string
		for _, i := range row(t, report, placement, result.All, result.All).Section("cost").Rows {
			got = append(got, i.Label)
		}
		assert.Equal(t, items, got, placement)
	}
}

// Few servers are better off with cards, many with a shared ToR. The crossing is where the arithmetic says.
func TestCardsAgainstASharedToR(t *testing.T) {
	load := func(servers string) (card, tor float64) {
		s := scenario(t, plainRack, allPlaces("20%", "rack.servers="+servers, "rack.uplink=400Gbps", "prices={dsn_card: 1500 USD}", "placements=[nic, tor]", "services=[]")...)
		r := simulate(t, s)
		return row(t, r, "nic", result.All, result.All).Metrics["cost.per_server"], row(t, r, "tor", result.All, result.All).Metrics["cost.per_server"]
	}
	// A card with its 20 W costs 1500 + 126; a share in the ToR 400 + 89 for the NIC and its 14 W, and (8400 + 4 x 126) / n.
	card, tor := load("7")
	assert.Less(t, card, tor)
	card, tor = load("8")
	assert.Less(t, tor, card)
}

// Without prices there is no cost, and no packets no cost by Gbps.
func TestNoCostWithoutPrices(t *testing.T) {
	r := row(t, simulate(t, scenario(t, plainRack)), "nic", result.All, result.All)
	assert.Nil(t, r.Section("cost"))
	assert.NotContains(t, r.Metrics, "cost.per_server")
	r = row(t, simulate(t, scenario(t, plainRack, "traffic.0.load=1pps", "prices={}")), "nic", result.All, result.All)
	assert.Contains(t, r.Metrics, "cost.per_server")
	assert.NotContains(t, r.Metrics, "cost.per_gbps")
}
