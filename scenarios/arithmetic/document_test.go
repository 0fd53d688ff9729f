package arithmetic

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/golden"
	"github.com/dsnsim/dsnsim/reports"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// cloud is a rack that a chip in a server can serve from its stages, and one in the ToR from memory only.
const cloud = `version: 1
name: cloud
rack: {servers: 24, server: {vms: 8, nic: {rate: 25Gbps}}, uplink: 400Gbps}
services: [ipsec, vxlan, firewall, route]
traffic: [{name: web, sizes: 400B, load: 20%, direction: both, flows: {concurrent: 10k}}]
placements: [software, nic, tor]
`

func explained(t testing.TB, sets ...string) *Explanation {
	t.Helper()
	s, err := load.Bytes("cloud.yaml", []byte(cloud), sets)
	require.NoError(t, err)
	x, err := Explain(s)
	require.NoError(t, err)
	x.Tool = result.Tool{Version: "1.2.3"}
	return x
}

func explainText(t testing.TB, format string, x *Explanation, opt reports.Options) string {
	t.Helper()
	var out strings.Builder
	require.NoError(t, reports.WriteDocument(&out, format, x.Document(), opt))
	return out.String()
}

func TestExplainGolden(t *testing.T) {
	golden.Equal(t, "explain.txt", explainText(t, "table", explained(t), reports.Options{}))
	golden.Equal(t, "explain-refused.txt", explainText(t, "table",
		explained(t, "dsn.profile=tofino-like", "services=[vxlan, firewall, route]", "rack.server.virtualization=bare-metal"), reports.Options{Width: 100}))
}

// The table holds its width, however narrow.
func TestExplainKeepsTheWidth(t *testing.T) {
	x := explained(t)
	for _, w := range []int{40, 60, 80, 120} {
		for line := range strings.Lines(explainText(t, "table", x, reports.Options{Width: w})) {
			assert.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), w)
		}
	}
}

// JSON holds everything, and lists where there is nothing.
func TestExplainJSON(t *testing.T) {
	x := explained(t)
	var back Explanation
	require.NoError(t, json.Unmarshal([]byte(explainText(t, "json", x, reports.Options{})), &back))
	assert.Equal(t, x, &back)
	assert.Contains(t, explainText(t, "json", x, reports.Options{}), `"latency_cycles": 129`)
	assert.NotContains(t, explainText(t, "json", explained(t, "rack.server.virtualization=bare-metal", "placements=[software]"), reports.Options{}), "null")
}

// Equal chips are shown once.
func TestEqualChipsAreShownOnce(t *testing.T) {
	text := explainText(t, "table", explained(t, "placements=[nic, bump-in-the-wire, tor, appliance]"), reports.Options{})
	assert.Equal(t, 2, strings.Count(text, "stage map of a chip"))
	assert.Contains(t, text, "nic, bump-in-the-wire: stage map of a chip with the tables of 1 server; ")
	assert.Contains(t, text, "tor, appliance: stage map of a chip with the tables of 24 servers; ")
}

// An explanation tells what cannot be deployed from what perhaps can.
func TestForcedExplanation(t *testing.T) {
	x := &Explanation{Placements: []Estimate{
		{Placement: "nic", Status: result.OK, Forced: true, Reasons: []string{"no driver"}},
		{Placement: "bump-in-the-wire", Status: result.OK, Conditions: []string{"a slot"}},
		{Placement: "tor", Status: result.Undeployable, Reasons: []string{"the ToR stays"}},
	}}
	items := refused(x)
	assert.Equal(t, []result.Item{
		{Term: "nic", Text: "undeployable, worked out by force: no driver", Bad: true},
		{Term: "bump-in-the-wire", Text: "possibly: a slot"},
		{Term: "tor", Text: "undeployable: the ToR stays", Bad: true},
	}, items)
}
