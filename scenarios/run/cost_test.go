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
		require.NotNil(t, r.Cost)
		assert.InEpsilon(t, kWh, r.Cost.EnergyKWh, 1e-9, placement)
		assert.InEpsilon(t, 0.12*kWh, r.Cost.Energy, 1e-9, placement)
		assert.InEpsilon(t, parts+0.12*kWh, r.Cost.Total, 1e-9, placement)
		assert.InEpsilon(t, (parts+0.12*kWh)/servers, r.Metrics["cost.per_server"], 1e-9, placement)
		assert.InEpsilon(t, (parts+0.12*kWh)/r.Metrics["throughput.gbps"], r.Metrics["cost.per_gbps"], 1e-2, "%s: the mean of two quotients", placement)
		sum := 0.0
		for _, i := range r.Cost.Items {
			assert.InDelta(t, float64(i.Count)*i.Each, i.Amount, 1e-9)
			sum += i.Amount
		}
		assert.InDelta(t, parts, sum, 1e-9, placement)
		assert.Equal(t, 11, r.Cost.Assumed)
		assert.Equal(t, "USD", r.Cost.Currency)
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
		for _, i := range row(t, report, placement, result.All, result.All).Cost.Items {
			got = append(got, i.Item)
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
	assert.Nil(t, r.Cost)
	assert.NotContains(t, r.Metrics, "cost.per_server")
	r = row(t, simulate(t, scenario(t, plainRack, "traffic.0.load=1pps", "prices={}")), "nic", result.All, result.All)
	assert.Contains(t, r.Metrics, "cost.per_server")
	assert.NotContains(t, r.Metrics, "cost.per_gbps")
}
