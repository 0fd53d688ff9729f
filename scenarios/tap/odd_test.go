package tap_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
)

// odd writes a capture of frames that are out of the ordinary and returns its path: runts, ARP, IPv6, VLAN tags, jumbo
// frames, a record longer than any frame, and IP that contradicts itself.
func odd(t *testing.T) string {
	t.Helper()
	frame := func(n int, etherType ...uint16) []byte {
		f := []byte{2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8}
		for i, e := range etherType {
			if i > 0 {
				f = binary.BigEndian.AppendUint16(f, 7)
			}
			f = binary.BigEndian.AppendUint16(f, e)
		}
		at := len(f)
		f = append(f, make([]byte, n-at)...)
		switch etherType[len(etherType)-1] {
		case header.EtherTypeIPv4:
			ip := header.IPv4(f[at:])
			ip.SetHeaderLen(20)
			ip.SetTotalLen(len(ip))
			ip.SetProto(253)
			ip.SetSrc([4]byte{10, 0, 0, 1})
			ip.SetDst([4]byte{10, 0, 0, 2})
			ip.SetChecksum(ip.ComputeChecksum())
		case header.EtherTypeIPv6:
			f[at], f[at+6], f[at+7] = 0x60, 253, 64
			binary.BigEndian.PutUint16(f[at+4:], uint16(n-at-40))
			f[at+23], f[at+39] = 1, 2
		}
		return f
	}
	list := [][]byte{frame(14, 0x88b5), frame(20, 0x88b5), frame(34, header.EtherTypeIPv4), frame(59, header.EtherTypeIPv4),
		frame(42, header.EtherTypeARP), frame(54, header.EtherTypeIPv6), frame(1200, header.EtherTypeIPv6),
		frame(100, header.EtherTypeVLAN, header.EtherTypeIPv4), frame(68, header.EtherTypeVLAN, header.EtherTypeIPv6),
		frame(200, header.EtherTypeQinQ, header.EtherTypeVLAN, header.EtherTypeIPv4), frame(1514, header.EtherTypeIPv4),
		frame(9000, header.EtherTypeIPv4), frame(9000, header.EtherTypeIPv6), frame(20_000, header.EtherTypeIPv4)}
	wrong := frame(100, header.EtherTypeIPv4)
	wrong[14] = 0x41 // a header of 4 B
	list = append(list, wrong)
	path := filepath.Join(t.TempDir(), "odd.pcapng")
	f, err := os.Create(path)
	require.NoError(t, err)
	w, err := capture.NewNgWriter(f, capture.NgSection{}, []capture.NgInterface{{Name: "odd"}})
	require.NoError(t, err)
	for i, data := range list {
		require.NoError(t, w.Write(0, capture.Record{TimeNs: int64(i) * 2000, Wire: len(data), Data: data}, ""))
	}
	require.NoError(t, f.Close())
	return path
}

// Frames out of the ordinary go into every overlay, under ESP too, and come out as they were; Wireshark finds each in its
// tunnel, authentic.
func TestOddFramesThereAndBack(t *testing.T) {
	file := odd(t)
	for chain, extra := range map[string]string{
		"[vxlan, firewall]": "decapsulate: true, loop: false", "[gre]": "decapsulate: true, loop: false",
		"[ipsec, vxlan]": "keys: %s/esp_sa", "[{ipsec: {key_bits: 256}}, geneve, telemetry]": "keys: %s/esp_sa", "[ipsec, gre]": "keys: %s/esp_sa",
	} {
		s, err := load.File(filepath.Join("..", "quickstart.yaml"), []string{"run.duration=60us", "run.warmup=1us", "run.replications=1",
			"traffic.0.direction=outbound", "services=" + chain, "traffic.0.pcap=" + file, "rack.servers=1"})
		require.NoError(t, err)
		_, dir := passed(t, s, "nic")
		out := filepath.Join(dir, "nic.pcapng")
		want := side(t, out, "vm")
		require.Greater(t, len(want), 30, chain)
		for _, row := range tshark(t, out, "frame.interface_name", "frame.protocols", "esp.icv_bad", "ip.checksum.status") {
			if row[0] == "net" {
				assert.Contains(t, row[1], ":eth", "%s carries Ethernet", chain)
				assert.NotEqual(t, "1", row[2], chain)
				assert.False(t, strings.HasPrefix(row[3], "0"), "%s: the outer checksum", chain)
			}
		}
		if strings.Contains(extra, "%") {
			extra = fmt.Sprintf(extra, dir)
		}
		_, again := passed(t, back(t, chain, out+", "+extra), "nic")
		assert.Equal(t, want, side(t, filepath.Join(again, "nic.pcapng"), "vm"), chain)
	}
}
