package analytic

import (
	"encoding/hex"
	"encoding/json"
	"net"
	"os"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/shareddata"
	"github.com/dsnsim/dsnsim/sim/units"
)

func TestTunnelSizesByHand(t *testing.T) {
	assert.EqualValues(t, 450, VXLANFrame(400, OverIPv4))
	assert.EqualValues(t, 470, VXLANFrame(400, OverIPv6))
	// 382 B of packet and 2 B of trailer need no padding: 14+20+8+8+384+16+4.
	assert.EqualValues(t, 454, ESPTunnelFrame(400, OverIPv4))
	assert.EqualValues(t, 458, ESPTunnelFrame(401, OverIPv4), "a byte more takes three of padding")
	assert.EqualValues(t, 458, ESPTunnelFrame(404, OverIPv4))
	assert.EqualValues(t, 474, ESPTunnelFrame(400, OverIPv6))
	assert.EqualValues(t, 1574, ESPTunnelFrame(1518, OverIPv4))
	// ESP around VXLAN: 450 B carry 432 B of packet, which is 434 with the trailer and 436 aligned.
	assert.EqualValues(t, 14+20+8+8+436+16+4, ESPTunnelFrame(VXLANFrame(400, OverIPv4), OverIPv4))
}

// The ranges are those of the usual tables of overhead: 54 to 57 B over IPv4.
func TestESPOverheadRange(t *testing.T) {
	seen := map[units.Bytes]bool{}
	for frame := units.Bytes(64); frame < 2000; frame++ {
		over4, over6 := ESPTunnelFrame(frame, OverIPv4)-frame, ESPTunnelFrame(frame, OverIPv6)-frame
		require.Contains(t, []units.Bytes{54, 55, 56, 57}, over4)
		require.Equal(t, over4+20, over6)
		seen[over4] = true
	}
	assert.Len(t, seen, 4)
}

// Whole packets before and after ESP from another implementation: sizes are what is compared here, ciphers are not.
func TestESPSizesOfOthersPackets(t *testing.T) {
	text, err := os.ReadFile(shareddata.Path(t, "data", "crypto", "ipsec_packets_a.json"))
	require.NoError(t, err)
	var vectors []struct {
		Name, Protocol, Mode, Outer, Cipher string
		Inner                               string `json:"inner_packet"`
		Tunnelled                           string `json:"outer_packet"`
	}
	require.NoError(t, json.Unmarshal(text, &vectors))
	compared := 0
	for _, v := range vectors {
		if v.Protocol != "ESP" || v.Mode != "tunnel" || v.Outer != "IPv4" || v.Cipher != "AES_GCM" {
			continue
		}
		frame := EthernetHeader + units.Bytes(hex.DecodedLen(len(v.Inner))) + FCS
		want := EthernetHeader + units.Bytes(hex.DecodedLen(len(v.Tunnelled))) + FCS
		assert.Equal(t, want, ESPTunnelFrame(frame, OverIPv4), v.Name)
		compared++
	}
	assert.GreaterOrEqual(t, compared, 2, "the vectors have no AES-GCM tunnel")
}

// VXLAN and GRE packets put together by gopacket are as long as the formulas say.
func TestOverlaySizesOfEncodedPackets(t *testing.T) {
	inner := make([]byte, 400-FCS)
	udp := &layers.UDP{SrcPort: 50000, DstPort: 4789}
	ethernet := &layers.Ethernet{SrcMAC: make(net.HardwareAddr, 6), DstMAC: make(net.HardwareAddr, 6)}
	v4 := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: net.IPv4zero, DstIP: net.IPv4zero}
	v6 := &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: layers.IPProtocolUDP, SrcIP: net.IPv6zero, DstIP: net.IPv6zero}
	for _, c := range []struct {
		outer OuterIP
		ip    gopacket.SerializableLayer
	}{{OverIPv4, v4}, {OverIPv6, v6}} {
		size := func(headers ...gopacket.SerializableLayer) units.Bytes {
			buffer := gopacket.NewSerializeBuffer()
			all := append([]gopacket.SerializableLayer{ethernet, c.ip}, append(headers, gopacket.Payload(inner))...)
			require.NoError(t, gopacket.SerializeLayers(buffer, gopacket.SerializeOptions{FixLengths: true}, all...))
			return units.Bytes(len(buffer.Bytes())) + FCS
		}
		assert.Equal(t, size(udp, &layers.VXLAN{ValidIDFlag: true, VNI: 7}), VXLANFrame(400, c.outer))
		assert.Equal(t, size(&layers.GRE{KeyPresent: true, Protocol: layers.EthernetTypeTransparentEthernetBridging}), GREFrame(400, c.outer))
	}
}
