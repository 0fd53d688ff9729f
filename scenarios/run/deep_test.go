package run

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
)

// extended returns an IPv6 frame with n destination options before TCP to port 80.
func extended(n int) []byte {
	data := append(make([]byte, 12), 0x86, 0xdd)
	ip := make([]byte, header.IPv6Len)
	next := func(i int) byte {
		if i < n {
			return 60
		}
		return header.ProtoTCP
	}
	length := 8*n + 20 + 100
	ip[0], ip[4], ip[5], ip[6], ip[7], ip[23], ip[39] = 0x60, byte(length>>8), byte(length), next(0), 64, 1, 2
	data = append(data, ip...)
	for i := range n {
		data = append(data, next(i+1), 0, 1, 4, 0, 0, 0, 0)
	}
	tcp := make([]byte, 120)
	tcp[3], tcp[12] = 80, 0x50
	return append(data, tcp...)
}

// deepCapture is a capture of which every second frame has six extension headers, two more than the parser follows.
func deepCapture(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "deep.pcapng")
	f, err := os.Create(path)
	require.NoError(t, err)
	defer f.Close()
	w, err := capture.NewNgWriter(f, capture.NgSection{}, []capture.NgInterface{{Name: "a"}})
	require.NoError(t, err)
	for i := range 20 {
		data := extended(6 * (i & 1))
		require.NoError(t, w.Write(0, capture.Record{TimeNs: int64(i) * 1000, Wire: len(data), Data: data}, ""))
	}
	return path
}

// What the parser does not reach is passed, punted or dropped, as the scenario says, and counted; software parses all.
func TestTooDeepHeaders(t *testing.T) {
	path := deepCapture(t)
	run := func(tooDeep string, sets ...string) *result.Report {
		return simulate(t, scenario(t, plainRack, append([]string{"placements=[software, nic]", "run.duration=1ms", "dsn.parser.too_deep=" + tooDeep,
			"traffic=[{name: a, pcap: " + path + ", load: 0.2%, direction: inbound}]"}, sets...)...))
	}
	all := func(r *result.Report, placement string) map[string]float64 {
		return row(t, r, placement, result.All, result.All).Metrics
	}
	pass, punt, drop := run("pass"), run("punt"), run("drop")
	for _, r := range []*result.Report{pass, punt, drop} {
		assert.InDelta(t, 0.5, all(r, "nic")["parser.too_deep"], 0.02)
		assert.Zero(t, all(r, "software")["parser.too_deep"])
		assert.Zero(t, all(r, "software")["drops.parser"])
	}
	assert.Zero(t, all(pass, "nic")["loss.ratio"])
	assert.Zero(t, all(punt, "nic")["loss.ratio"])
	assert.InDelta(t, 0.5, all(drop, "nic")["loss.ratio"], 0.02)
	assert.InDelta(t, all(drop, "nic")["loss.ratio"], all(drop, "nic")["parser.too_deep"], 1e-9)
	// A general core takes 1.5 us; the half that it parses is the slow half.
	assert.InDelta(t, all(pass, "nic")["latency.max"]+1500, all(punt, "nic")["latency.max"], 20)
	assert.InDelta(t, all(pass, "nic")["latency.min"], all(punt, "nic")["latency.min"], 1)
}

// A packet that goes on without ports meets rules for its addresses and protocol as a fragment does; one that a core has
// parsed meets those for its port.
func TestTooDeepPacketsHaveNoPorts(t *testing.T) {
	path := deepCapture(t)
	loss := func(tooDeep, port string) float64 {
		r := simulate(t, scenario(t, plainRack, "dsn.parser.too_deep="+tooDeep,
			"traffic=[{name: a, pcap: "+path+", load: 0.2%, direction: both}]",
			"services=[{firewall: {rules: [{action: deny, proto: tcp, dport: "+port+"}], default: permit, stateful: false}}]"))
		return row(t, r, "nic", result.All, result.All).Metrics["loss.ratio"]
	}
	assert.InDelta(t, 1, loss("punt", "80"), 1e-9)
	assert.InDelta(t, 1, loss("pass", "80"), 1e-9)
	assert.Zero(t, loss("punt", "81"))
	assert.InDelta(t, 0.5, loss("pass", "81"), 0.02, "without its port it may be the one that is denied")
}
