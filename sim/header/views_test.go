package header

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/shareddata"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

// TestSettersWriteTheWireFormat checks the setters against bytes worked out by hand from the RFCs' diagrams, so that a
// getter and a setter that are wrong in the same way do not pass.
func TestSettersWriteTheWireFormat(t *testing.T) {
	h4 := IPv4(make([]byte, 24))
	h4.SetHeaderLen(24)
	h4.SetTOS(0xb8)
	h4.SetTotalLen(0x0123)
	h4.SetID(0x4567)
	h4.SetFragment(IPv4DontFragment|IPv4MoreFragments, 1480)
	h4.SetTTL(63)
	h4.SetProto(ProtoUDP)
	h4.SetChecksum(0x89ab)
	h4.SetSrc(v4A)
	h4.SetDst(v4B)
	assert.Equal(t, "46b80123456760b93f1189abc0000201c633640200000000", hex.EncodeToString(h4))

	h6 := IPv6(make([]byte, 40))
	h6.SetFirst(0xb8, 0xabcde)
	h6.SetPayloadLen(0x0102)
	h6.SetNextHeader(ProtoTCP)
	h6.SetHopLimit(9)
	h6.SetSrc(v6A)
	h6.SetDst(v6B)
	assert.Equal(t, "6b8abcde0102060920010db800000000000000000000000120010db8000000000000000000000102", hex.EncodeToString(h6))

	tcp := TCP(make([]byte, 20))
	tcp.SetSrcPort(0x0102)
	tcp.SetDstPort(0x0304)
	tcp.SetSeq(0x05060708)
	tcp.SetAck(0x090a0b0c)
	tcp.SetHeaderLen(20)
	tcp.SetFlags(TCPSyn | TCPAck | TCPCwr)
	tcp.SetWindow(0x0d0e)
	tcp.SetChecksum(0x0f10)
	assert.Equal(t, "0102030405060708090a0b0c50920d0e0f100000", hex.EncodeToString(tcp))

	udp := UDP(make([]byte, 8))
	udp.SetSrcPort(0x0102)
	udp.SetDstPort(0x0304)
	udp.SetLen(8)
	udp.SetChecksum(0x0506)
	assert.Equal(t, "0102030400080506", hex.EncodeToString(udp))

	icmp := ICMP(make([]byte, 8))
	icmp.SetEcho(ICMPEchoRequest, 0x1234, 0x5678)
	icmp.SetChecksum(0x9abc)
	assert.Equal(t, "08009abc12345678", hex.EncodeToString(icmp))

	eth := ethernet(EtherTypeIPv4, nil, [2]uint16{EtherTypeQinQ, 100})
	assert.Equal(t, "02000000000202000000000188a800640800", hex.EncodeToString(eth))

	assert.Equal(t, "11010000", hex.EncodeToString(ext(ProtoUDP, 16)[:4]))
	assert.Equal(t, "060005c900000007", hex.EncodeToString(fragment(ProtoTCP, 1480, true)))
}

// TestGettersReadBack checks each getter on the bytes that the setters wrote.
func TestGettersReadBack(t *testing.T) {
	h4 := IPv4(unhex(t, "46b80123456760b93f1189abc0000201c633640200000000"))
	require.True(t, h4.IsValid())
	assert.Equal(t, 24, h4.HeaderLen())
	assert.Equal(t, 0x123, h4.TotalLen())
	assert.EqualValues(t, 0x4567, h4.ID())
	assert.True(t, h4.MoreFragments())
	assert.Equal(t, 1480, h4.FragmentOffset())
	assert.EqualValues(t, ProtoUDP, h4.Proto())
	assert.EqualValues(t, 0x89ab, h4.Checksum())
	assert.Equal(t, v4A, h4.Src())
	assert.Equal(t, v4B, h4.Dst())

	h6 := IPv6(ethIPv6(ProtoTCP, make([]byte, 5))[EthernetLen:])
	h6.SetFirst(0xb8, 0xabcde)
	require.True(t, h6.IsValid())
	assert.EqualValues(t, 0xb8, h6.TrafficClass())
	assert.Equal(t, 5, h6.PayloadLen())
	assert.EqualValues(t, ProtoTCP, h6.NextHeader())
	assert.Equal(t, v6A, h6.Src())
	assert.Equal(t, v6B, h6.Dst())

	tcp := TCP(unhex(t, "0102030405060708090a0b0c50920d0e0f100000"))
	require.True(t, tcp.IsValid())
	assert.EqualValues(t, 0x0102, tcp.SrcPort())
	assert.EqualValues(t, 0x0304, tcp.DstPort())
	assert.EqualValues(t, 0x05060708, tcp.Seq())
	assert.Equal(t, 20, tcp.HeaderLen())
	assert.EqualValues(t, TCPSyn|TCPAck|TCPCwr, tcp.Flags())
	assert.EqualValues(t, 0x0f10, tcp.Checksum())

	f := IPv6Fragment(unhex(t, "060005c900000007"))
	assert.Equal(t, 1480, f.FragmentOffset())
	assert.True(t, f.MoreFragments())
	assert.EqualValues(t, 7, f.ID())

	eth := Ethernet(unhex(t, "02000000000202000000000188a8b0640800"))
	assert.Equal(t, macB, eth.Dst())
	assert.Equal(t, macA, eth.Src())
	assert.EqualValues(t, EtherTypeQinQ, eth.EtherType())
	tag := VLAN(eth[14:])
	assert.EqualValues(t, 100, tag.ID())
	assert.EqualValues(t, EtherTypeIPv4, tag.EtherType())

	icmp := ICMP(unhex(t, "08039abc12345678"))
	assert.EqualValues(t, ICMPEchoRequest, icmp.Type())
	assert.EqualValues(t, 0x9abc, icmp.Checksum())
	assert.EqualValues(t, 0x1234, icmp.EchoID())
}

// TestTunnelHeaders checks the tunnel views on bytes written out by hand.
func TestTunnelHeaders(t *testing.T) {
	vxlan := VXLAN(make([]byte, 8))
	vxlan.Set(0xabcdef)
	assert.Equal(t, "08000000abcdef00", hex.EncodeToString(vxlan))
	assert.True(t, vxlan.IsValid())
	assert.EqualValues(t, 0xabcdef, vxlan.VNI())
	assert.False(t, VXLAN(make([]byte, 8)).IsValid(), "without the I flag there is no VNI")

	geneve := Geneve(make([]byte, 16))
	geneve.Set(8, 0x6558, 5)
	assert.Equal(t, "02006558000005000000000000000000", hex.EncodeToString(geneve))
	assert.True(t, geneve.IsValid())
	assert.False(t, geneve[:15].IsValid())
	assert.False(t, Geneve(unhex(t, "4000655800000500")).IsValid(), "version 1")

	gre := GRE(unhex(t, "b0000800aaaa0000deadbeef00000001"))
	assert.Equal(t, 16, gre.HeaderLen())
	assert.True(t, gre.IsValid())
	assert.True(t, gre.HasKey())
	assert.EqualValues(t, 0xdeadbeef, gre.Key())
	assert.EqualValues(t, EtherTypeIPv4, gre.Proto())
	assert.EqualValues(t, 7, GRE(unhex(t, "2000655800000007")).Key())
	assert.False(t, GRE(unhex(t, "2000655800")).IsValid(), "the key is cut")
	assert.False(t, GRE(unhex(t, "3081880b000400010000000100000001")).IsValid(), "PPTP is version 1")
	assert.Equal(t, 16, GRE(unhex(t, "3081880b000400010000000100000001")).HeaderLen(), "with its acknowledgement")

	esp := ESP(make([]byte, 8))
	esp.Set(0x1000, 42)
	assert.Equal(t, "000010000000002a", hex.EncodeToString(esp))
	assert.True(t, esp.IsValid())
	assert.EqualValues(t, 0x1000, esp.SPI())
	assert.EqualValues(t, 42, esp.Seq())

	ah := AH(unhex(t, "0604000000000100000000020000000000000000000000aa"))
	assert.Equal(t, 24, ah.HeaderLen())
}

// TestIsValid walks the length of each header from 0 to full: valid exactly when complete.
func TestIsValid(t *testing.T) {
	views := []struct {
		name  string
		valid func([]byte) bool
		bytes string
	}{
		{"ipv4 options", func(b []byte) bool { return IPv4(b).IsValid() }, "46b80123456760b93f1189abc0000201c633640200000000"},
		{"ipv6", func(b []byte) bool { return IPv6(b).IsValid() }, "6000000000000609" + "20010db800000000000000000000000120010db8000000000000000000000102"},
		{"ipv6 ext", func(b []byte) bool { return IPv6Ext(b).IsValid() }, "11010000000000000000000000000000"},
		{"tcp", func(b []byte) bool { return TCP(b).IsValid() }, "0102030405060708090a0b0c60920d0e0f10000001010101"},
		{"udp", func(b []byte) bool { return UDP(b).IsValid() }, "0102030400080506"},
		{"vxlan", func(b []byte) bool { return VXLAN(b).IsValid() }, "0800000000002a00"},
		{"geneve", func(b []byte) bool { return Geneve(b).IsValid() }, "010065580000050000000000"},
		{"gre", func(b []byte) bool { return GRE(b).IsValid() }, "2000080000000007"},
		{"esp", func(b []byte) bool { return ESP(b).IsValid() }, "000010000000002a"},
	}
	for _, v := range views {
		full := unhex(t, v.bytes)
		for n := range len(full) {
			assert.False(t, v.valid(full[:n]), "%s of %d bytes", v.name, n)
		}
		assert.True(t, v.valid(full), v.name)
	}
	assert.False(t, IPv4(unhex(t, "66b80123456760b93f1189abc0000201c633640200000000")).IsValid(), "version 6")
	assert.False(t, IPv4(unhex(t, "44b80123456760b93f1189abc0000201c633640200000000")).IsValid(), "16 bytes long")
	assert.False(t, IPv6(unhex(t, "40000000000006092001"+"0db800000000000000000000000120010db8000000000000000000000102")).IsValid(), "version 4")
	assert.False(t, TCP(unhex(t, "0102030405060708090a0b0c40920d0e0f100000")).IsValid(), "16 bytes long")
}

// TestEncapsulationVectors reads the tunnel headers that another tool wrote.
func TestEncapsulationVectors(t *testing.T) {
	text, err := os.ReadFile(shareddata.Path(t, "data", "vectors", "encap_bytes.json"))
	require.NoError(t, err)
	var vectors []struct {
		Name, Layer, Bytes, Protocol string
		OptionWords                  int `json:"option_words"`
		VNI                          uint32
	}
	require.NoError(t, json.Unmarshal(text, &vectors))
	require.Len(t, vectors, 3)
	for _, v := range vectors {
		bytes := unhex(t, v.Bytes)
		if v.Layer == "UDP" {
			assert.EqualValues(t, PortVXLAN, UDP(bytes).DstPort())
			vxlan := VXLAN(bytes[UDPLen:])
			require.True(t, vxlan.IsValid(), v.Name)
			assert.Equal(t, v.VNI, vxlan.VNI())
			continue
		}
		ip := IPv4(bytes)
		require.True(t, ip.IsValid(), v.Name)
		assert.Equal(t, ip.Checksum(), ip.ComputeChecksum(), v.Name)
		udp := UDP(ip[ip.HeaderLen():])
		assert.EqualValues(t, PortGeneve, udp.DstPort())
		geneve := Geneve(udp[UDPLen:])
		require.True(t, geneve.IsValid(), v.Name)
		assert.Equal(t, v.OptionWords*4, geneve.OptionsLen(), v.Name)
		assert.False(t, geneve.Control(), v.Name)
		assert.EqualValues(t, 0x6558, geneve.Proto(), v.Name)
		assert.EqualValues(t, 0x9000, Ethernet(geneve[geneve.HeaderLen():]).EtherType(), v.Name)
	}
}
