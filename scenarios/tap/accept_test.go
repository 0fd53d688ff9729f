package tap_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/scenarios/run"
	"github.com/dsnsim/dsnsim/scenarios/tap"
	"github.com/dsnsim/dsnsim/sim/capture"
)

// short runs the quickstart for a moment, so that tests are quick.
var short = []string{"run.duration=150us", "run.warmup=20us", "run.replications=2"}

// simulate runs the quickstart with overrides and returns the report as bytes. It writes captures when dir is not "".
func simulate(t *testing.T, dir string, packets int, opt run.Options, sets ...string) []byte {
	t.Helper()
	s, err := load.File(filepath.Join("..", "quickstart.yaml"), append(short[:3:3], sets...))
	require.NoError(t, err)
	opt.Jobs, opt.TraceSeq = 2, -1
	if dir != "" {
		opt.Taps = tap.NewSet(packets)
	}
	report, _, err := run.Scenario(context.Background(), s, opt)
	require.NoError(t, err)
	if dir != "" {
		about := tap.About{Application: "dsnsim test", Scenario: s.Name, Profile: s.DSN.Profile, Seed: s.Run.Seed, Tunnels: s.Stack()}
		require.NoError(t, opt.Taps.Write(dir, about))
	}
	data, err := json.Marshal(report)
	require.NoError(t, err)
	return data
}

func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	list, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, f := range list {
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		require.NoError(t, err)
		files[f.Name()] = string(data)
	}
	return files
}

// The report is the same with and without taps, and the files are the same however the engine runs.
func TestTapsChangeNothing(t *testing.T) {
	without := simulate(t, "", 0, run.Options{}, "traffic.0.load=90%")
	first, second := t.TempDir(), t.TempDir()
	assert.Equal(t, string(without), string(simulate(t, first, 700, run.Options{}, "traffic.0.load=90%")))
	simulate(t, second, 700, run.Options{Stepwise: true}, "traffic.0.load=90%")
	files := contents(t, first)
	assert.Equal(t, files, contents(t, second))
	var names []string
	for _, p := range scenarios.AllPlacements() {
		names = append(names, p+".pcapng")
		c, err := capture.Read(filepath.Join(first, p+".pcapng"))
		require.NoError(t, err)
		assert.Len(t, c.Records, 700)
		assert.Zero(t, c.SteppedBack)
	}
	names = append(names, "README.txt", "esp_sa", "preferences")
	assert.Len(t, files, len(names))
	for _, n := range names {
		assert.Contains(t, files, n)
	}
	for _, line := range strings.Split(strings.TrimSpace(files["esp_sa"]), "\n") {
		assert.Len(t, strings.Split(line, ","), 8)
	}
}

// tshark runs tshark on a file with the profile beside it, all checksums checked, and returns a row of fields a packet.
func tshark(t *testing.T, file string, fields ...string) [][]string {
	t.Helper()
	program, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("needs tshark")
	}
	args := []string{"-n", "-r", file, "-T", "fields", "-E", "occurrence=a"}
	for _, p := range []string{"ip", "tcp", "udp"} {
		args = append(args, "-o", p+".check_checksum:TRUE")
	}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	c := exec.Command(program, args...)
	c.Env = append(os.Environ(), "WIRESHARK_CONFIG_DIR="+filepath.Dir(file))
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	require.NoError(t, err, stderr.String())
	var rows [][]string
	for _, line := range strings.Split(strings.TrimSuffix(string(out), "\n"), "\n") {
		rows = append(rows, strings.Split(line, "\t"))
	}
	return rows
}

// replayed returns the frames of the quickstart's capture, padded as Ethernet pads them.
func replayed(t *testing.T) map[string]bool {
	t.Helper()
	c, err := capture.Read(filepath.Join("..", "captures", "mix.pcap"))
	require.NoError(t, err)
	frames := map[string]bool{}
	for _, r := range c.Records {
		require.Len(t, r.Data, r.Wire)
		frames[string(append(r.Data, make([]byte, max(0, 60-len(r.Data)))...))] = true
	}
	return frames
}

// Wireshark decrypts and authenticates every packet of every placement with the keys written, finds no wrong checksum,
// and takes out of the tunnels the frames of the capture that was replayed, byte by byte, the same on both sides.
func TestWiresharkAgrees(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	dir, frames := t.TempDir(), replayed(t)
	simulate(t, dir, 4000, run.Options{})
	for _, p := range scenarios.AllPlacements() {
		file := filepath.Join(dir, p+".pcapng")
		c, err := capture.Read(file)
		require.NoError(t, err)
		rows := tshark(t, file, "frame.interface_name", "frame.time_epoch", "esp.icv_good", "esp.icv_bad", "vxlan.vni",
			"ip.checksum.status", "tcp.checksum.status", "udp.checksum.status", "udp.payload")
		require.Len(t, rows, len(c.Records))
		var seen [2]map[string]int // of the network's and the VM's side
		seen[0], seen[1] = map[string]int{}, map[string]int{}
		last := map[string]string{}
		for i, row := range rows {
			frame := string(c.Records[i].Data)
			require.LessOrEqual(t, last[row[0]], row[1], "%s packet %d: time order", p, i+1)
			last[row[0]] = row[1]
			for _, status := range row[5:8] {
				require.NotContains(t, status, "0", "%s packet %d: a wrong checksum", p, i+1)
			}
			if row[0] == "vm" {
				seen[1][frame]++
			} else {
				require.Equal(t, []string{"1", "0"}, row[2:4], "%s packet %d: ICV", p, i+1)
				require.NotEmpty(t, row[4], "%s packet %d: VNI", p, i+1)
				payload, err := hex.DecodeString(strings.Split(row[8], ",")[0])
				require.NoError(t, err)
				frame = string(payload[8:]) // behind the VXLAN header
				seen[0][frame]++
			}
			require.True(t, frames[frame], "%s packet %d is not of the capture", p, i+1)
		}
		// The file holds the whole run, and nothing is lost at this load: what comes in on one side leaves on the other.
		assert.Equal(t, seen[0], seen[1], p)
		assert.Greater(t, len(rows), 800, p)
	}
}

// An overloaded DSN says of each frame that it loses where and why.
func TestDropsHaveComments(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	dir := t.TempDir()
	simulate(t, dir, 20_000, run.Options{}, "traffic.0.load=95%", "dsn.software.cores=1", "run.duration=1ms")
	rows := tshark(t, filepath.Join(dir, "software.pcapng"), "frame.interface_name", "frame.comment", "esp.icv_bad", "frame.time_epoch")
	drops := 0
	for _, row := range rows {
		assert.NotEqual(t, "1", row[2])
		if row[0] == "drops" {
			drops++
			assert.Regexp(t, `^dropped at host\[0\]\.core\[0\]: host_queue$`, row[1])
		} else {
			assert.Empty(t, row[1])
		}
	}
	assert.Greater(t, drops, 100)
}

// With other tunnels, or none, and made-up traffic, the files are as good: Wireshark finds each tunnel, its network and
// what it carries, and nothing wrong.
func TestOtherTraffic(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	for _, c := range []struct {
		chain, tunnels, network string
		keyBytes                int // with the salt
	}{
		{"[vxlan]", "udp:vxlan:eth", "4096", 0},
		{"[{geneve: {vni: 5000}}]", "udp:geneve:eth", "0x001388", 0},
		{"[{gre: {key: 5000}}, route]", "ip:gre:eth", "0x00001388", 0},
		{"[ipsec, firewall]", "esp:ip", "", 20},
		{"[{ipsec: {key_bits: 256}}, {geneve: {vni: 5000}}, telemetry]", "esp:ip:udp:geneve:eth", "0x001388", 36},
		{"[{ipsec: {key_bits: 256, anti_replay: 1024}}, gre]", "esp:ip:gre:eth", "0x00001000", 36},
		{"[firewall]", "", "", 0},
	} {
		dir := made(t, c.chain)
		files := contents(t, dir)
		keys, encrypted := files["esp_sa"]
		require.Equal(t, c.keyBytes > 0, encrypted, "%s: keys only where something is encrypted", c.chain)
		for _, line := range strings.Split(strings.TrimSpace(keys), "\n") {
			if encrypted {
				assert.Len(t, strings.Split(line, `","`)[5], 2+2*c.keyBytes)
			}
		}
		networks := map[string]bool{}
		for _, row := range tshark(t, filepath.Join(dir, "nic.pcapng"), "frame.interface_name", "frame.protocols", "esp.icv_good",
			"ip.checksum.status", "udp.checksum.status", "frame.comment", "vxlan.vni", "geneve.vni", "gre.key") {
			assert.Contains(t, row[1], "udp")
			if row[0] == "net" {
				assert.Contains(t, row[1], c.tunnels)
				assert.Equal(t, encrypted, row[2] == "1")
				networks[row[6]+row[7]+row[8]] = true
			}
			assert.NotContains(t, row[3], "0")
			assert.NotContains(t, row[4], "0")
			assert.Empty(t, row[5])
		}
		assert.True(t, networks[c.network], "%s: %v", c.chain, networks)
	}
}

// made runs made-up traffic through a chain in the NIC and returns the folder of the capture.
func made(t *testing.T, chain string) string {
	t.Helper()
	s, err := os.ReadFile(filepath.Join("..", "quickstart.yaml"))
	require.NoError(t, err)
	text := strings.Replace(string(s), "[ipsec, vxlan, firewall, route]", chain, 1)
	text = strings.Replace(text, "pcap: captures/mix.pcap     # relative to this file", "sizes: imix", 1)
	require.NotEqual(t, string(s), text)
	file := filepath.Join(t.TempDir(), "s.yaml")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	sc, err := load.File(file, short)
	require.NoError(t, err)
	sc.Placements = []string{"nic"}
	taps := tap.NewSet(1000)
	_, _, err = run.Scenario(context.Background(), sc, run.Options{Jobs: 1, TraceSeq: -1, Taps: taps})
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, taps.Write(dir, tap.About{Tunnels: sc.Stack(), Seed: 1}))
	return dir
}

// Extended sequence numbers are in the ICV, of which Wireshark up to 4.0 does not know: it decrypts the packets, and
// would take none of them.
func TestWiresharkDecryptsExtendedNumbers(t *testing.T) {
	dir := made(t, "[{ipsec: {esn: true}}, vxlan]")
	for _, row := range tshark(t, filepath.Join(dir, "nic.pcapng"), "frame.interface_name", "esp.icv_bad", "vxlan.vni", "frame.protocols") {
		if row[0] == "net" {
			assert.Equal(t, "1", row[1])
			assert.NotEmpty(t, row[2])
			assert.Contains(t, row[3], "vxlan:eth:ethertype:ip:udp")
		}
	}
}

// The telemetry that Wireshark finds is that of the run: what leaves the DSN says when it came in and how long it took.
func TestWiresharkReadsTelemetry(t *testing.T) {
	dir := made(t, "[geneve, telemetry]")
	seen := 0
	for _, row := range tshark(t, filepath.Join(dir, "nic.pcapng"), "frame.interface_name", "frame.time_epoch", "geneve.option.class",
		"geneve.option.type", "geneve.option", "_ws.malformed", "ip.src") {
		assert.Empty(t, row[5])
		if row[0] != "net" {
			assert.Empty(t, row[4], "the option is off at the VM")
			continue
		}
		require.Equal(t, []string{"0x0103", "0x01"}, row[2:4])
		option, err := hex.DecodeString(row[4])
		require.NoError(t, err)
		h, err := tunnel.OpenTelemetry(option)
		require.NoError(t, err)
		if h.Node == 1 {
			assert.Equal(t, tunnel.UnknownLatency, h.LatencyNs)
			continue
		}
		seen++
		assert.True(t, strings.HasPrefix(row[6], "172.17.0.0"))
		seconds, fraction, _ := strings.Cut(row[1], ".")
		at, err := strconv.ParseUint(seconds+fraction, 10, 64)
		require.NoError(t, err)
		assert.Equal(t, at, h.EgressNs, "the instant of the packet in the file")
		assert.InDelta(t, h.EgressNs-h.IngressNs, h.LatencyNs, 1)
		assert.Greater(t, h.LatencyNs, uint32(50))
	}
	assert.Greater(t, seen, 100)
}

func TestCapinfosSaysNanoseconds(t *testing.T) {
	program, err := exec.LookPath("capinfos")
	if err != nil {
		t.Skip("needs capinfos")
	}
	dir := t.TempDir()
	simulate(t, dir, 500, run.Options{})
	out, err := exec.Command(program, filepath.Join(dir, "nic.pcapng")).Output()
	require.NoError(t, err)
	for _, want := range []string{"nanoseconds (9)", "Strict time order:   True", "Number of interfaces in file: 3",
		"Capture application: dsnsim test", "placement nic", "the first 500 of ", "Name = drops"} {
		assert.Contains(t, string(out), want)
	}
}
