package tap_test

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/shareddata"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/scenarios/run"
	"github.com/dsnsim/dsnsim/scenarios/tap"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
)

// taken runs a scenario and returns the folder of its captures.
func taken(t *testing.T, s *scenarios.Scenario, packets int) string {
	t.Helper()
	dir := t.TempDir()
	taps := tap.NewSet(packets)
	_, _, err := run.Scenario(context.Background(), s, run.Options{Jobs: 2, TraceSeq: -1, Taps: taps})
	require.NoError(t, err)
	require.NoError(t, taps.Write(dir, tap.About{Scenario: s.Name, Profile: s.DSN.Profile, Seed: s.Run.Seed, Tunnels: s.Stack()}))
	return dir
}

// translating is a NIC that does nothing but NAT and load balancing, over one capture in both directions.
func translating(t *testing.T, pcap, services string) *scenarios.Scenario {
	t.Helper()
	text := `version: 1
rack: {servers: 1, server: {nic: {rate: 100Gbps}}}
services: [` + services + `]
traffic: [{name: c, pcap: "` + pcap + `", load: 20%, direction: both, loop: false}]
run: {duration: 20ms, warmup: 0s, seed: 1}
placements: [nic]
`
	s, err := load.Bytes("nat.yaml", []byte(text), nil)
	require.NoError(t, err)
	return s
}

const privateNAT = "{nat: {inside: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16], pool: 198.18.128.0/24}}"

// Wireshark finds no wrong checksum in what passes the shipped scenario, in any placement: the addresses of VMs do not leave,
// those of the pool do not come in, nobody outside sees a backend and no VM the VIP, in the tunnels that are around.
func TestWiresharkAgreesOnRewrittenPackets(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	s, err := load.File(filepath.Join("..", "nat-lb.yaml"), []string{"run.duration=5ms", "run.warmup=0s", "run.replications=1"})
	require.NoError(t, err)
	dir := taken(t, s, 20_000)
	within := func(addr, prefix string) bool {
		return netip.MustParsePrefix(prefix).Contains(netip.MustParseAddr(addr))
	}
	for _, p := range scenarios.AllPlacements() {
		count := map[string]int{}
		for i, row := range tshark(t, filepath.Join(dir, p+".pcapng"), "frame.interface_name", "ip.src", "ip.dst", "tcp.srcport", "tcp.dstport",
			"ip.checksum.status", "tcp.checksum.status", "udp.checksum.status", "icmp.checksum.status") {
			for _, status := range row[5:9] {
				require.NotContains(t, status, "0", "%s packet %d: a wrong checksum", p, i+1)
			}
			src, dst := strings.Split(row[1], ","), strings.Split(row[2], ",")
			if row[0] == "drops" || row[0] == "net" && len(src) < 2 || src[0] == "" {
				continue // IPv6 and what is no IP
			}
			outbound := row[0] == "net" && within(src[0], "172.17.0.0/16")
			from, to := src[len(src)-1], dst[len(dst)-1]
			switch {
			case outbound && within(from, "10.0.0.0/8"):
				require.True(t, within(to, "10.0.0.0/8"), "%s packet %d: %s leaves for %s", p, i+1, from, to)
			case outbound && within(from, "198.18.128.0/28"):
				count["translated"]++
			case outbound && within(from, "192.0.2.0/24") && row[3] == "80":
				count["from the VIP"]++
			case row[0] == "net" && within(to, "198.18.128.0/28"):
				count["to the pool"]++
			case row[0] == "vm" && within(to, "10.200.0.0/24") && row[4] == "8080":
				count["to backends"]++
			}
			if row[0] == "vm" {
				require.False(t, within(from, "198.18.128.0/28") || within(to, "198.18.128.0/28"), "%s packet %d: the pool inside", p, i+1)
			}
		}
		for _, kind := range []string{"translated", "from the VIP", "to the pool", "to backends"} {
			assert.Positive(t, count[kind], "%s: %s", p, kind)
		}
	}
}

// Captures of other people, none of whose checksums is wrong, have none wrong behind NAT: VLAN tags, ICMP, UDP without a
// checksum and TCP options among them. Each is about private addresses that talk to public ones.
func TestWiresharkAgreesOnOthersCaptures(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	for _, name := range []string{"mixed/desktop-boot.pcap", "mixed/teams.pcap", "mixed/webex.pcap", "mixed/gnutella.pcap", "stateful/http-onesided.pcap"} {
		file := shareddata.Path(t, append([]string{"data", "pcap"}, strings.Split(name, "/")...)...)
		dir := taken(t, translating(t, file, privateNAT), 100_000)
		translated := 0
		for i, row := range tshark(t, filepath.Join(dir, "nic.pcapng"), "frame.interface_name", "ip.src", "ip.dst",
			"ip.checksum.status", "tcp.checksum.status", "udp.checksum.status", "icmp.checksum.status") {
			for _, status := range row[3:7] {
				require.NotContains(t, status, "0", "%s packet %d: a wrong checksum", name, i+1)
			}
			if row[0] == "net" && (strings.HasPrefix(row[1], "198.18.128.") || strings.HasPrefix(row[2], "198.18.128.")) {
				translated++
			}
		}
		assert.Positive(t, translated, name)
	}
}

// bare returns a frame without what NAT may change, and requires its checksums to be right where they can be told.
func bare(t *testing.T, data []byte) string {
	t.Helper()
	frame := append([]byte(nil), data...)
	s := header.Parse(frame)
	if s.Version != 4 || s.Status != header.OK {
		return string(frame)
	}
	ip := header.IPv4(frame[s.L3():])
	require.Equal(t, ip.ComputeChecksum(), ip.Checksum())
	clear(ip[10:20])
	if s.Fragment == header.OtherFragment {
		return string(frame)
	}
	segment := frame[s.L4 : s.L3()+ip.TotalLen()]
	whole := s.Fragment == header.Whole
	switch s.Key.Proto {
	case header.ProtoTCP:
		require.True(t, !whole || header.TransportChecksum(&s.Key, header.ProtoTCP, segment) == 0)
		clear(segment[:4])
		clear(segment[16:18])
	case header.ProtoUDP:
		require.True(t, !whole || header.UDP(segment).Checksum() == 0 || header.TransportChecksum(&s.Key, header.ProtoUDP, segment) == 0)
		clear(segment[:4])
		clear(segment[6:8])
	case header.ProtoICMP:
		require.True(t, !whole || header.Checksum(segment) == 0)
		clear(segment[2:6])
	}
	return string(frame)
}

// Every packet of the shipped capture leaves as it came, but for addresses, ports, query identifiers and checksums, which
// are right; fragments and all; and back on the VM's side the answers are those of the capture, bit by bit.
func TestOnlyHeadersAreRewritten(t *testing.T) {
	frames := map[string]bool{}
	for frame := range replayed(t) {
		frames[bare(t, []byte(frame))] = true
	}
	mix, err := filepath.Abs(filepath.Join("..", "captures", "mix.pcap"))
	require.NoError(t, err)
	dir := taken(t, translating(t, mix, privateNAT+
		", {lb: {vips: [{address: 192.0.2.0/24, port: 80, backends: [172.31.0.1:8080, 172.31.0.2:8080]}]}}"), 100_000)
	c, err := capture.Read(filepath.Join(dir, "nic.pcapng"))
	require.NoError(t, err)
	pieces, queries, changed := 0, 0, 0
	originals := replayed(t)
	for i, r := range c.Records {
		require.True(t, frames[bare(t, r.Data)], "packet %d", i+1)
		if originals[string(r.Data)] {
			continue
		}
		changed++
		s := header.Parse(r.Data)
		if s.Fragment != header.Whole {
			pieces++
		}
		if s.Key.Proto == header.ProtoICMP {
			queries++
		}
	}
	assert.Greater(t, changed, 1000)
	assert.Positive(t, pieces, "fragments are rewritten")
	assert.Positive(t, queries, "pings are")
	require.NoError(t, os.RemoveAll(dir))
}

// Packets that are lost before NAT saw them say so; those that NAT refuses have the headers that they came with.
func TestCommentsOfLostPackets(t *testing.T) {
	s, err := load.File(filepath.Join("..", "nat-lb.yaml"), []string{"run.duration=1ms", "run.warmup=0s", "run.replications=1",
		"placements=[software]", "traffic.0.load=90%", "dsn.software.cores=1"})
	require.NoError(t, err)
	dir := taken(t, s, 50_000)
	comments := map[string]int{}
	for _, row := range tshark(t, filepath.Join(dir, "software.pcapng"), "frame.interface_name", "frame.comment") {
		if row[0] == "drops" {
			comments[row[1]]++
		} else {
			require.NotContains(t, row[1], "before nat")
		}
	}
	assert.Positive(t, comments["dropped at host[0].core[0]: host_queue; it was lost before nat or lb saw it: its headers are those of the capture"])
	assert.Positive(t, comments["dropped at filter: nat_no_binding"])
}
