package tunnel_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
)

// onEthernet returns a datagram in an Ethernet frame.
func onEthernet(datagram []byte) []byte {
	frame := make([]byte, header.EthernetLen, header.EthernetLen+len(datagram))
	frame[0], frame[6] = 2, 2
	header.Ethernet(frame).SetEtherType(header.EtherTypeIPv4)
	return append(frame, datagram...)
}

// dissect writes datagrams to a capture and returns what tshark says of each: the fields, in a row. Files beside the
// capture are Wireshark's profile.
func dissect(t *testing.T, datagrams [][]byte, files map[string]string, fields ...string) [][]string {
	t.Helper()
	program, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("needs tshark")
	}
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	var file bytes.Buffer
	w, err := capture.NewNgWriter(&file, capture.NgSection{}, []capture.NgInterface{{Name: "net"}})
	require.NoError(t, err)
	for i, d := range datagrams {
		f := onEthernet(d)
		require.NoError(t, w.Write(0, capture.Record{TimeNs: int64(i), Wire: len(f), Data: f}, ""))
	}
	path := filepath.Join(dir, "c.pcapng")
	require.NoError(t, os.WriteFile(path, file.Bytes(), 0o644))
	args := []string{"-n", "-r", path, "-T", "fields", "-E", "occurrence=a", "-o", "ip.check_checksum:TRUE"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	c := exec.Command(program, args...)
	c.Env = append(os.Environ(), "WIRESHARK_CONFIG_DIR="+dir)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	require.NoError(t, err, stderr.String())
	var rows [][]string
	for _, line := range strings.Split(strings.TrimSuffix(string(out), "\n"), "\n") {
		rows = append(rows, strings.Split(line, "\t"))
	}
	require.Len(t, rows, len(datagrams))
	return rows
}

// inner is a tenant's frame whose addresses Wireshark can tell.
func inner(n int) []byte {
	f := onEthernet(packet(n-header.EthernetLen, n-header.EthernetLen))
	ip := header.IPv4(f[header.EthernetLen:])
	ip.SetFragment(0, 0)
	ip.SetProto(header.ProtoUDP)
	ip.SetSrc([4]byte{10, 1, 2, 3})
	ip.SetDst([4]byte{10, 4, 5, 6})
	ip.SetChecksum(ip.ComputeChecksum())
	udp := header.UDP(ip[header.IPv4MinLen:])
	udp.SetSrcPort(40000)
	udp.SetDstPort(40001)
	udp.SetLen(len(udp))
	udp.SetChecksum(0)
	return f
}

// Wireshark finds network, options and the tenant's addresses in each overlay, and no wrong checksum.
func TestWiresharkReadsTheOverlays(t *testing.T) {
	tenant := inner(100)
	hop := tunnel.Hop{Node: 0x01020304, LatencyNs: 486, IngressNs: 1_000_000_007, EgressNs: 1_000_000_493}
	var list [][]byte
	for _, s := range []tunnel.Stack{{Overlay: tunnel.OverVXLAN}, {Overlay: tunnel.OverGeneve}, {Overlay: tunnel.OverGRE},
		{Overlay: tunnel.OverGeneve, Telemetry: true}} {
		d, err := s.Encapsulate(nil, tenant, tunnel.Carrier{Ends: ends, Tenant: 0xabcdef, Hash: 7, Hop: hop})
		require.NoError(t, err)
		list = append(list, d)
	}
	rows := dissect(t, list, nil, "frame.protocols", "vxlan.vni", "geneve.vni", "gre.key", "gre.proto", "geneve.option.class",
		"geneve.option.type", "geneve.option.length", "geneve.option", "ip.src", "ip.checksum.status", "_ws.malformed")
	for i, want := range [][]string{
		{"vxlan", "11259375", "", "", "", "", "", "", ""},
		{"geneve", "", "0xabcdef", "", "", "", "", "0", ""},
		{"gre", "", "", "0x00abcdef", "0x6558", "", "", "", ""},
		// Lengths of all options and of the one; its header, then version and words a hop, instructions, the figures.
		{"geneve", "", "0xabcdef", "", "", "0x0103", "0x01", "40,40", "01030109" + "20000600" + "ac000000" + "00000000" +
			"01020304" + "000001e6" + "000000003b9aca07" + "000000003b9acbed"},
	} {
		row := rows[i]
		assert.Contains(t, row[0], want[0]+":eth:ethertype:ip:udp")
		assert.Equal(t, want[1:], row[1:9], want[0])
		assert.Equal(t, "198.18.0.1,10.1.2.3", row[9])
		assert.Equal(t, "1,1", row[10])
		assert.Empty(t, row[11])
	}
}

// ERSPAN type II and GRE, the two ways to send a mirrored frame.
func TestWiresharkReadsMirroredFrames(t *testing.T) {
	mirrored := inner(90)
	e := tunnel.ERSPAN{Ends: ends, Session: 1000, VLAN: 77, Index: 0x54321, Truncated: true}
	one, err := e.Append(nil, mirrored, 41)
	require.NoError(t, err)
	require.Len(t, one, tunnel.ERSPANLen(len(mirrored)))
	two, err := tunnel.GRE{Ends: ends, Key: 9}.Append(nil, mirrored)
	require.NoError(t, err)
	rows := dissect(t, [][]byte{one, two}, nil, "gre.proto", "gre.sequence_number", "erspan.version", "erspan.vlan",
		"erspan.spanid", "erspan.index", "erspan.truncated", "erspan.cos", "erspan.encap", "ip.dst", "_ws.malformed")
	assert.Equal(t, []string{"0x88be", "41", "1", "77", "1000", "344865", "1", "0", "3", "198.18.1.0,10.4.5.6", ""}, rows[0])
	assert.Equal(t, []string{"0x6558", "", "", "", "", "", "", "", "", "198.18.1.0,10.4.5.6", ""}, rows[1])
}
