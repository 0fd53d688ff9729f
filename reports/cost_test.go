package reports

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// pricedReport has the cost of each placement but one.
func pricedReport() *result.Report {
	r := only(quickReport(), "software", "nic", "appliance")
	for i := range r.Results {
		res := &r.Results[i]
		c := &result.Cost{List: "reference", Assumed: 10, Given: 1, Currency: "EUR", Years: 4, PUE: 1.5, Servers: 2, Items: []result.CostItem{}}
		switch res.Placement {
		case "nic":
			c.Items = append(c.Items, result.CostItem{Item: "DSN card", Count: 2, Each: 1500, Amount: 3000})
			c.Energy, c.EnergyKWh, c.Total = 256.5, 2137.5, 3256.5
		case "appliance":
			c.Items = append(c.Items, result.CostItem{Item: "DSN ASIC", Count: 4, Each: 600, Amount: 2400}, result.CostItem{Item: "ToR port", Count: 8, Each: 250, Amount: 2000})
			c.Energy, c.EnergyKWh, c.Total = 1913, 15_941, 6313
		default:
			continue
		}
		res.Metrics["cost.per_server"], res.Metrics["cost.per_gbps"] = c.Total/2, c.Total/38
		if res.Class == result.All && res.Direction == result.All {
			res.Cost = c
		}
	}
	return r
}

func TestCostInReports(t *testing.T) {
	text := render(t, "table", pricedReport(), Options{})
	from := strings.Index(text, "Cost of the rack")
	require.Positive(t, from)
	block := text[from:]
	golden(t, "cost.txt", block[:strings.Index(block, "\n\n")+1])
	assert.Contains(t, text, "cost per server, EUR")
	assert.Contains(t, render(t, "markdown", pricedReport(), Options{}), "| DSN card | - | 3000 | - |")
	assert.Contains(t, render(t, "csv", pricedReport(), Options{}), ",cost_per_server_currency,cost_per_gbps_currency,")
	assert.NotContains(t, render(t, "table", quickReport(), Options{}), "Cost of")

	var back result.Report
	require.NoError(t, json.Unmarshal([]byte(render(t, "json", pricedReport(), Options{})), &back))
	want := pricedReport()
	for i := range want.Results {
		assert.Equal(t, want.Results[i].Cost, back.Results[i].Cost)
	}
	bad := pricedReport()
	for i := range bad.Results {
		if bad.Results[i].Cost != nil {
			bad.Results[i].Cost.Total = math.NaN()
		}
	}
	require.ErrorContains(t, Write(&strings.Builder{}, "json", bad, Options{}), "its cost is not finite")
}
