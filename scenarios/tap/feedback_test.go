package tap_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/run"
	"github.com/dsnsim/dsnsim/scenarios/tap"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
)

// sent runs the quickstart's capture outbound through a chain and returns the folder of what passed the DSN.
func sent(t *testing.T, chain, placement string) string {
	t.Helper()
	s, err := load.File(filepath.Join("..", "quickstart.yaml"), append(short[1:2:2], "run.replications=1",
		"run.duration=400us", "dsn.count.tor=1", "dsn.count.appliance=1", "traffic.0.direction=outbound", "services="+chain))
	require.NoError(t, err)
	_, dir := passed(t, s, placement)
	return dir
}

// passed runs a scenario in one placement and returns the report and the folder of what passed the DSN.
func passed(t *testing.T, s *scenarios.Scenario, placement string) (*result.Report, string) {
	t.Helper()
	s.Placements = []string{placement}
	taps := tap.NewSet(10_000)
	report, _, err := run.Scenario(context.Background(), s, run.Options{Jobs: 2, TraceSeq: -1, Taps: taps})
	require.NoError(t, err)
	require.Equal(t, result.OK, report.Results[0].Status, report.Results[0].Reasons)
	dir := t.TempDir()
	require.NoError(t, taps.Write(dir, tap.About{Tunnels: s.Stack(), Seed: s.Run.Seed}))
	return report, dir
}

// back returns a scenario that brings a capture in from the network through a chain.
func back(t *testing.T, chain, keys string) *scenarios.Scenario {
	t.Helper()
	text := fmt.Sprintf(`version: 1
rack: {server: {vms: 8, cores: 32, pcie: {gen: 4, lanes: 16}, nic: {rate: 25Gbps}}, uplink: 100Gbps}
dsn: {profile: reference-100g, count: {tor: 1, appliance: 1}}
services: %s
traffic: [{name: back, pcap: %s, on_wire: true, interface: net}]
run: {duration: 10ms, warmup: 0s, seed: 1}
`, chain, keys)
	s, err := load.Bytes("back.yaml", []byte(text), nil)
	require.NoError(t, err)
	return s
}

// side returns a hash of each frame of one interface of a capture, sorted.
func side(t *testing.T, file, name string) []string {
	t.Helper()
	c, err := capture.ReadInterface(file, name)
	require.NoError(t, err)
	var list []string
	for _, r := range c.Records {
		require.Len(t, r.Data, r.Wire)
		list = append(list, fmt.Sprintf("%d B %x", r.Wire, sha256.Sum256(r.Data)))
	}
	slices.Sort(list)
	return list
}

// packets is side for the IP packets in the frames, without what is in front of them and Ethernet padding behind.
func packets(t *testing.T, file, name string) []string {
	t.Helper()
	c, err := capture.ReadInterface(file, name)
	require.NoError(t, err)
	var list []string
	for _, r := range c.Records {
		s := header.Parse(r.Data)
		data := r.Data[s.L3():]
		switch s.Version {
		case 4:
			data = data[:header.IPv4(data).TotalLen()]
		case 6:
			data = data[:header.IPv6Len+header.IPv6(data).PayloadLen()]
		default:
			continue
		}
		list = append(list, fmt.Sprintf("%d B %x", len(data), sha256.Sum256(data)))
	}
	slices.Sort(list)
	return list
}

// What left the DSN comes in again, is authenticated, decrypted and decapsulated with the keys that were written beside it, and
// is at the VM what the other VM sent, byte by byte.
func TestWhatLeftComesInAgain(t *testing.T) {
	for _, c := range []struct {
		chain, extra, placement string
	}{
		{"[ipsec, vxlan, firewall, route]", "keys: %s/esp_sa", "nic"},
		{"[ipsec, vxlan]", "keys: %s/esp_sa", "appliance"},
		{"[{ipsec: {key_bits: 256, esn: true, anti_replay: 4096}}, {geneve: {vni: 5000}}, telemetry, {firewall: {stateful: true}}]",
			"keys: %s/esp_sa", "tor"},
		{"[ipsec, gre, firewall]", "keys: %s/esp_sa", "software"},
		{"[geneve, telemetry]", "decapsulate: true, loop: false", "nic"},
		{"[vxlan]", "decapsulate: true, loop: false", "software"},
	} {
		dir := sent(t, c.chain, c.placement)
		file := filepath.Join(dir, c.placement+".pcapng")
		extra := c.extra
		if strings.Contains(extra, "%") {
			extra = fmt.Sprintf(extra, dir)
		}
		s := back(t, c.chain, file+", "+extra)
		report, again := passed(t, s, c.placement)
		want := side(t, file, "vm")
		require.Greater(t, len(want), 500)
		got := side(t, filepath.Join(again, c.placement+".pcapng"), "vm")
		require.Equal(t, want, got, c.chain)
		assert.Equal(t, side(t, file, "net"), side(t, filepath.Join(again, c.placement+".pcapng"), "net"), "%s: the records as they are", c.chain)
		m := report.Results[0].Metrics
		assert.Zero(t, m["loss.ratio"], c.chain)
		assert.InDelta(t, len(want), report.Sources[0].Packets, 0)
	}
}

// ESP alone carries IP packets: they come out as they went in, behind the Ethernet addresses of the outer frame. What is not
// IP went in the clear, and is not taken from there.
func TestPacketsComeInAgain(t *testing.T) {
	dir := sent(t, "[ipsec]", "bump-in-the-wire")
	file := filepath.Join(dir, "bump-in-the-wire.pcapng")
	report, again := passed(t, back(t, "[ipsec]", file+", keys: "+dir+"/esp_sa"), "bump-in-the-wire")
	want := packets(t, file, "vm")
	require.Greater(t, len(want), 500)
	require.Equal(t, want, packets(t, filepath.Join(again, "bump-in-the-wire.pcapng"), "vm"))
	clear := len(side(t, file, "vm")) - len(want)
	assert.Positive(t, clear)
	assert.Equal(t, float64(clear), report.Results[0].Metrics["drops.no_sa"])
}

// altered writes a copy of the net side of a capture, with records changed, left out or repeated, and returns its path.
func altered(t *testing.T, file string, change func(records []capture.Record) []capture.Record) string {
	t.Helper()
	c, err := capture.ReadInterface(file, "net")
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "altered.pcapng")
	f, err := os.Create(path)
	require.NoError(t, err)
	w, err := capture.NewNgWriter(f, capture.NgSection{}, []capture.NgInterface{{Name: "net"}})
	require.NoError(t, err)
	for i, r := range change(c.Records) {
		r.TimeNs = int64(i) * 1000
		require.NoError(t, w.Write(0, r, ""))
	}
	require.NoError(t, f.Close())
	return path
}

// attacked returns a capture of 403 packets of a run with one tunnel, of which three are forged, three of no association that
// is known, and three come again or too late.
func attacked(t *testing.T, dir string) string {
	t.Helper()
	return altered(t, filepath.Join(dir, "nic.pcapng"), func(records []capture.Record) []capture.Record {
		require.Greater(t, len(records), 400)
		list := slices.Clone(records[:400])
		forge := func(i, at int) {
			list[i].Data = slices.Clone(list[i].Data)
			list[i].Data[(len(list[i].Data)+at)%len(list[i].Data)] ^= 1
		}
		forge(10, -1)                                               // ICV
		forge(11, 60)                                               // payload
		forge(12, 14+20+4)                                          // sequence number: as if far ahead, so the ICV is wrong, and the window stays
		forge(13, 14+20)                                            // SPI
		list[14] = capture.Record{Wire: 60, Data: make([]byte, 60)} // no IP
		list[15].Data = list[15].Data[:80]                          // snapped
		late := list[20]
		list = slices.Insert(list, 30, list[25], list[25]) // twice
		list = append(list, late)                          // 380 later
		list = slices.Delete(list, 20, 21)
		return append(list, records[400])
	})
}

// A forged packet, one that comes twice, one that comes too late, one of a tunnel whose key is not known, one in the clear and
// one that is cut are refused, each for its reason, in every placement; the others arrive.
func TestWhatIsRefused(t *testing.T) {
	const chain = "[{ipsec: {tunnels: 1}}, vxlan, firewall]"
	dir := sent(t, chain, "nic")
	keys := "keys: " + dir + "/esp_sa"
	file := attacked(t, dir)
	for _, placement := range scenarios.AllPlacements() {
		s := back(t, chain, file+", "+keys)
		report, again := passed(t, s, placement)
		m := report.Results[0].Metrics
		for reason, want := range map[string]float64{"auth": 3, "no_sa": 3, "replay": 3, "tunnel": 0, "policy": 0} {
			assert.Equal(t, want, m["drops."+reason], "%s: %s", placement, reason)
		}
		assert.Contains(t, strings.Join(report.Notes, "\n"), "back: 9 of the 403 records of the capture are refused: no_sa 3, replay 3, auth 3")
		out := filepath.Join(again, placement+".pcapng")
		assert.Equal(t, 403-9, len(side(t, out, "vm")), placement)
		drops, err := capture.ReadInterface(out, "drops")
		require.NoError(t, err)
		assert.Equal(t, 9, len(drops.Records), placement)
		if placement == "nic" {
			comments := map[string]int{}
			for _, row := range tshark(t, out, "frame.interface_name", "frame.comment") {
				if row[0] == "drops" {
					comments[row[1]]++
				}
			}
			assert.Equal(t, map[string]int{"dropped at tunnel end: no_sa": 3, "dropped at tunnel end: replay": 3,
				"dropped at tunnel end: auth": 3}, comments)
		}
	}

	// However the engine runs, the same are refused.
	s := back(t, chain, file+", "+keys)
	reports := map[bool]*result.Report{}
	for _, stepwise := range []bool{false, true} {
		report, _, err := run.Scenario(context.Background(), s, run.Options{Jobs: 2, TraceSeq: -1, Stepwise: stepwise})
		require.NoError(t, err)
		reports[stepwise] = report
	}
	assert.Equal(t, reports[false], reports[true])
}

// What is refused depends on the chain and the keys.
func TestWhatIsRefusedDependsOnTheChain(t *testing.T) {
	const chain = "[{ipsec: {tunnels: 1}}, vxlan, firewall]"
	dir := sent(t, chain, "nic")
	keys := "keys: " + dir + "/esp_sa"
	file := attacked(t, dir)

	// Without a window the replays arrive, and a lap follows the other.
	s := back(t, "[{ipsec: {tunnels: 1, anti_replay: 0}}, vxlan, firewall]", file+", loop: true, load: 1Gbps, "+keys)
	report, _ := passed(t, s, "nic")
	m := report.Results[0].Metrics
	assert.Zero(t, m["drops.replay"])
	assert.Positive(t, m["drops.auth"])
	assert.Greater(t, report.Sources[0].Packets, uint64(1000))

	// With another overlay in the chain, what is decrypted is no packet of it.
	s = back(t, "[{ipsec: {tunnels: 1}}, gre]", file+", "+keys)
	report, _ = passed(t, s, "nic")
	assert.Equal(t, 394.0, report.Results[0].Metrics["drops.tunnel"])

	// With other keys nothing is authentic.
	text, err := os.ReadFile(filepath.Join(dir, "esp_sa"))
	require.NoError(t, err)
	wrong := filepath.Join(t.TempDir(), "wrong")
	require.NoError(t, os.WriteFile(wrong, []byte(swapped(string(text))), 0o600))
	report, _ = passed(t, back(t, chain, file+", keys: "+wrong), "nic")
	assert.Equal(t, 400.0, report.Results[0].Metrics["drops.auth"]+report.Results[0].Metrics["drops.replay"])
}

// swapped returns a table of keys with the first digits of each key the other way round.
func swapped(keys string) string {
	const before = `[RFC4106]","0x`
	at := strings.Index(keys, before) + len(before)
	b := []byte(keys)
	slices.Reverse(b[at : at+8])
	return string(b)
}
