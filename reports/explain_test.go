package reports

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios/result"

	"github.com/dsnsim/dsnsim/scenarios/arithmetic"
	"github.com/dsnsim/dsnsim/scenarios/load"
)

// cloud is a rack that a chip in a server can serve from its stages, and one in the ToR from memory only.
const cloud = `version: 1
name: cloud
rack: {servers: 24, server: {vms: 8, nic: {rate: 25Gbps}}, uplink: 400Gbps}
services: [ipsec, vxlan, firewall, route]
traffic: [{name: web, sizes: 400B, load: 20%, direction: both, flows: {concurrent: 10k}}]
placements: [software, nic, tor]
`

func explained(t testing.TB, sets ...string) *result.Explanation {
	t.Helper()
	s, err := load.Bytes("cloud.yaml", []byte(cloud), sets)
	require.NoError(t, err)
	x, err := arithmetic.Explain(s)
	require.NoError(t, err)
	x.Tool = result.Tool{Version: "1.2.3"}
	return x
}

func explainText(t testing.TB, format string, x *result.Explanation, opt Options) string {
	t.Helper()
	var out strings.Builder
	require.NoError(t, WriteExplanation(&out, format, x, opt))
	return out.String()
}

func TestExplainGolden(t *testing.T) {
	golden(t, "explain.txt", explainText(t, "table", explained(t), Options{}))
	golden(t, "explain-refused.txt", explainText(t, "table",
		explained(t, "dsn.profile=tofino-like", "services=[vxlan, firewall, route]", "rack.server.virtualization=bare-metal"), Options{Width: 100}))
}

// The table holds its width, however narrow.
func TestExplainKeepsTheWidth(t *testing.T) {
	x := explained(t)
	for _, w := range []int{40, 60, 80, 120} {
		for line := range strings.Lines(explainText(t, "table", x, Options{Width: w})) {
			assert.LessOrEqual(t, width(strings.TrimSuffix(line, "\n")), w)
		}
	}
}

// JSON holds everything, and lists where there is nothing.
func TestExplainJSON(t *testing.T) {
	x := explained(t)
	var back result.Explanation
	require.NoError(t, json.Unmarshal([]byte(explainText(t, "json", x, Options{})), &back))
	assert.Equal(t, complete(x), &back)
	assert.Contains(t, explainText(t, "json", x, Options{}), `"latency_cycles": 129`)
	empty := explainText(t, "json", &result.Explanation{Placements: []result.Estimate{{Placement: "nic"}}}, Options{})
	assert.NotContains(t, empty, "null")
}

// Equal chips are shown once.
func TestEqualChipsAreShownOnce(t *testing.T) {
	text := explainText(t, "table", explained(t, "placements=[nic, bump-in-the-wire, tor, appliance]"), Options{})
	assert.Equal(t, 2, strings.Count(text, "stage map of a chip"))
	assert.Contains(t, text, "nic, bump-in-the-wire: stage map of a chip with the tables of 1 server; ")
	assert.Contains(t, text, "tor, appliance: stage map of a chip with the tables of 24 servers; ")
}

func TestExplainFormats(t *testing.T) {
	err := WriteExplanation(&strings.Builder{}, "jsn", &result.Explanation{}, Options{})
	require.EqualError(t, err, `format "jsn" of an explanation is not known; did you mean "json"? (valid: table, json)`)
	full := errors.New("disk full")
	for _, f := range ExplainNames() {
		require.ErrorIs(t, WriteExplanation(unwritable{full}, f, explained(t), Options{}), full)
	}
}

type unwritable struct{ err error }

func (f unwritable) Write([]byte) (int, error) { return 0, f.err }

func TestSizesOfMemory(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1 kB", 129_792: "130 kB", 999_500: "1 MB", 8_589_934_592: "8.59 GB"} {
		assert.Equal(t, want, size(n))
	}
}
