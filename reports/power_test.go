package reports

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// poweredReport has the power of each placement by component.
func poweredReport() *result.Report {
	r := only(quickReport(), "software", "nic", "appliance")
	for i := range r.Results {
		res := &r.Results[i]
		if res.Class != result.All || res.Direction != result.All {
			continue
		}
		res.Power = map[string][]result.Power{
			"software": {{Component: "host cores", Side: "host", Watts: 56, NJPerPacket: 12_000}, {Component: "host nic", Side: "host", Watts: 28.4, NJPerPacket: 6000}},
			"nic": {{Component: "static", Side: "dsn", Watts: 40, DSNWatts: 20, NJPerPacket: 3300}, {Component: "parser", Side: "dsn", Watts: 0.0117, DSNWatts: 0.006, NJPerPacket: 0.9},
				{Component: "ethernet", Side: "dsn", Watts: 0.451, DSNWatts: 0.226, NJPerPacket: 37}},
			"appliance": {{Component: "static", Side: "dsn", Watts: 80, DSNWatts: 20, NJPerPacket: 6600}, {Component: "parser", Side: "dsn", Watts: 0.002, DSNWatts: 0.002, NJPerPacket: 0.4},
				{Component: "host nic", Side: "host", Watts: 28.6, NJPerPacket: 6000}, {Component: "chassis", Side: "rack", Watts: 150, NJPerPacket: 12_300}},
		}[res.Placement]
	}
	return r
}

func TestPowerByComponent(t *testing.T) {
	golden(t, "power.txt", powerBlock(t, render(t, "table", poweredReport(), Options{})))
	assert.Contains(t, render(t, "markdown", poweredReport(), Options{}), "| chassis | - | - | 150.00 |")
	assert.NotContains(t, render(t, "table", quickReport(), Options{}), "power by component", "nothing is known of it")
	bad := poweredReport()
	bad.Results[0].Power[0].Watts = math.Inf(1)
	require.ErrorContains(t, Write(&strings.Builder{}, "json", bad, Options{}), "power of host cores is not finite")
}

// powerBlock cuts the table out of a report.
func powerBlock(t *testing.T, text string) string {
	t.Helper()
	from := strings.Index(text, "Mean power by component")
	require.Positive(t, from)
	return text[from : from+strings.Index(text[from:], "\n\n")+1]
}
