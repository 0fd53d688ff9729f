package capture

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/sim/header"
)

// ipPacket returns an IP packet of 60 bytes with nothing in it that matters here.
func ipPacket(version int) []byte {
	data := make([]byte, 60)
	data[0] = 0x45
	binary.BigEndian.PutUint16(data[2:], 60)
	if version == 6 {
		data[0], data[2], data[3], data[5] = 0x60, 0, 0, 20
	}
	return data
}

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	data, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	require.NoError(t, err)
	return data
}

// linkLayers are headers of every link layer that gets an Ethernet header: what is in front of the packet, the IP version of the
// packet, and the Ethernet header that comes instead.
var linkLayers = []struct {
	name    string
	link    uint32
	head    string
	version int
	frame   string
}{
	{"raw IPv4", 101, "", 4, "020000000002 020000000001 0800"},
	{"raw IPv6", 101, "", 6, "020000000002 020000000001 86dd"},
	{"raw of BSD", 12, "", 4, "020000000002 020000000001 0800"},
	{"raw of OpenBSD", 14, "", 6, "020000000002 020000000001 86dd"},
	{"IPv4", 228, "", 4, "020000000002 020000000001 0800"},
	{"IPv6", 229, "", 6, "020000000002 020000000001 86dd"},
	{"null, little-endian", 0, "02000000", 4, "020000000002 020000000001 0800"},
	{"null, big-endian", 0, "00000002", 4, "020000000002 020000000001 0800"},
	{"null, Darwin's IPv6", 0, "1e000000", 6, "020000000002 020000000001 86dd"},
	{"null, Windows' IPv6", 0, "17000000", 6, "020000000002 020000000001 86dd"},
	{"loop", 108, "00000018", 6, "020000000002 020000000001 86dd"},
	{"cooked", 113, "0000 0001 0006 00005e005301 0000 0800", 4, "020000000002 00005e005301 0800"},
	{"cooked, no address", 113, "0004 0304 0000 000000000000 0000 86dd", 6, "020000000002 020000000001 86dd"},
	{"cooked 2", 276, "0800 0000 00000002 0001 04 06 00005e005302 0000", 4, "020000000002 00005e005302 0800"},
	{"PPP", 9, "0021", 4, "020000000002 020000000001 0800"},
	{"PPP, compressed protocol", 9, "57", 6, "020000000002 020000000001 86dd"},
	{"PPP in HDLC", 50, "ff03 0057", 6, "020000000002 020000000001 86dd"},
	{"PPP with direction", 204, "01 ff03 0021", 4, "020000000002 020000000001 0800"},
	{"Cisco HDLC", 104, "0f00 0800", 4, "020000000002 020000000001 0800"},
	{"FDDI", 10, "50 00005e005303 00005e005304 aaaa03000000 0800", 4, "00005e005303 00005e005304 0800"},
	{"FDDI without SNAP", 10, "50 00005e005303 00005e005304", 4, "00005e005303 00005e005304 003c"},
	{"PPI of raw", 192, "00000800 65000000", 4, "020000000002 020000000001 0800"},
	{"PPI of Ethernet", 192, "00000c00 01000000 00000000 00005e005305 00005e005306 0800", 4, "00005e005305 00005e005306 0800"},
	{"PPP, link control", 9, "ff03 c021", 4, "020000000002 020000000001 880b c021"},
}

func TestLinkLayers(t *testing.T) {
	for _, c := range linkLayers {
		head, packet := unhex(t, c.head), ipPacket(c.version)
		if c.name == "PPP, link control" {
			head, packet = head[:2], append(unhex(t, "c021"), packet...)
		}
		want := append(unhex(t, c.frame)[:14], packet...)
		data := append(append([]byte(nil), head...), packet...)
		r := pcapRecord{1, 0, uint32(len(data)), uint32(len(data)), data}
		got := good(t, pcapFile{binary.LittleEndian, magicMicro, 4, 0, c.link}.build(r))
		require.Len(t, got.Records, 1, c.name)
		assert.Equal(t, want, got.Records[0].Data, c.name)
		assert.Equal(t, len(want), got.Records[0].Wire, c.name)
		assert.Equal(t, 1, got.Converted, c.name)
		assert.Len(t, got.LinkTypes, 1, c.name)
		assert.Zero(t, got.Snapped, c.name)
		if h := header.Parse(got.Records[0].Data); !strings.Contains(c.name, "control") && !strings.Contains(c.name, "without") {
			assert.EqualValues(t, c.version, h.Version, c.name)
		}
		// However little was captured, the frame is as long as it was.
		for n := range data {
			r := pcapRecord{1, 0, uint32(n), uint32(len(data)), data[:n]}
			got := good(t, pcapFile{binary.LittleEndian, magicMicro, 4, 0, c.link}.build(r)).Records[0]
			assert.GreaterOrEqual(t, got.Wire, len(got.Data), c.name)
			if n >= len(head)+12 {
				require.Equal(t, len(want), got.Wire, "%s, %d bytes captured", c.name, n)
				require.Equal(t, want[:len(want)-len(data)+n], got.Data, "%s, %d bytes captured", c.name, n)
			}
		}
	}
}

// TestPPIOfAir: a link type that cannot be read inside of one that can.
func TestPPIOfAir(t *testing.T) {
	data := append(unhex(t, "00000800 69000000"), ipPacket(4)...)
	file := pcapFile{binary.LittleEndian, magicMicro, 4, 0, 192}.build(pcapRecord{1, 0, uint32(len(data)), uint32(len(data)), data})
	assert.Contains(t, fault(t, file), "record 1 at byte 24: inside a PPI header, link type IEEE802_11 (105): need Ethernet")
}

// FuzzLinkLayers: any bytes behind any link layer give frames within the limits.
func FuzzLinkLayers(f *testing.F) {
	for _, c := range linkLayers {
		f.Add(uint16(c.link), append(unhex(f, c.head), ipPacket(c.version)...), uint16(100))
	}
	f.Fuzz(func(t *testing.T, link uint16, data []byte, more uint16) {
		b := &builder{}
		frame, wire, ok := b.convert(linkType(link), data, len(data)+int(more))
		if ok != linkType(link).readable() && link != uint16(linkPPI) && link != uint16(linkEthernet) {
			t.Fatalf("link type %d: %v", link, ok)
		}
		if ok && (wire < len(frame) || wire > max(MaxFrame, len(data)+int(more))) {
			t.Fatalf("%d bytes of a frame of %d", len(frame), wire)
		}
		header.Parse(frame)
	})
}
