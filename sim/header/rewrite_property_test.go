package header

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// segment returns a frame whose transport checksum is right, with a payload that rapid draws, and the offset of the
// checksum in the transport header.
func segment(t *rapid.T) (frame []byte, proto uint8, at int) {
	proto = rapid.SampledFrom([]uint8{ProtoTCP, ProtoUDP, ProtoICMPv6}).Draw(t, "proto")
	v6 := proto == ProtoICMPv6 || rapid.Bool().Draw(t, "v6")
	payload := rapid.SliceOfN(rapid.Byte(), 0, 60).Draw(t, "payload")
	var body []byte
	switch proto {
	case ProtoTCP:
		body, at = append(tcpHeader(1000, 80), payload...), tcpChecksum
	case ProtoUDP:
		body, at = udpHeader(1000, 53, len(payload)), udpChecksum
		copy(body[UDPLen:], payload)
	default:
		body, at = append(make([]byte, ICMPLen), payload...), icmpChecksum
		ICMP(body).SetEcho(ICMPv6EchoRequest, 1, 2)
	}
	if v6 {
		frame = ethIPv6(proto, body)
	} else {
		frame = ethernet(EtherTypeIPv4, ipv4(proto, body, 0))
	}
	s := Parse(frame)
	sum := TransportChecksum(&s.Key, proto, frame[s.L4:])
	if proto == ProtoUDP && sum == 0 {
		sum = 0xffff
	}
	binary.BigEndian.PutUint16(frame[int(s.L4)+at:], sum)
	return frame, proto, at
}

// TestRewriteKeepsChecksumsRight: after both ends change, the checksums are those of a fresh computation.
func TestRewriteKeepsChecksumsRight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		frame, proto, at := segment(t)
		s := Parse(frame)
		var src, dst [16]byte
		copy(src[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "src"))
		copy(dst[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "dst"))
		if !s.Key.V6 {
			clear(src[4:])
			clear(dst[4:])
		}
		SetSource(frame, &s, src, rapid.Uint16().Draw(t, "sport"))
		SetDestination(frame, &s, dst, rapid.Uint16().Draw(t, "dport"))
		require.Equal(t, Parse(frame), s)
		require.Equal(t, src, s.Key.Src)
		// A right checksum makes the sum over pseudo-header and segment all ones, which spares the two zeros.
		require.EqualValues(t, 0xffff, Sum(frame[s.L4:], PseudoSum(&s.Key, proto, len(frame)-int(s.L4))))
		if proto == ProtoUDP {
			require.NotZero(t, binary.BigEndian.Uint16(frame[int(s.L4)+at:]), "0 would mean no checksum")
		}
		if s.Version == 4 {
			h := IPv4(frame[s.L3():])
			require.Equal(t, h.ComputeChecksum(), h.Checksum())
		}
	})
}

func TestRewriteLeavesAlone(t *testing.T) {
	none := ethernet(EtherTypeIPv4, ipv4(ProtoUDP, udpHeader(1, 2, 0), 0))
	s := Parse(none)
	SetSource(none, &s, [16]byte{10, 0, 0, 1}, 99)
	assert.Zero(t, UDP(none[s.L4:]).Checksum(), "no checksum stays none")
	assert.EqualValues(t, 99, UDP(none[s.L4:]).SrcPort())

	later := v4Fragment(8, true, udpHeader(9, 10, 0))
	s = Parse(later)
	payload := append([]byte(nil), later[s.L4:]...)
	SetDestination(later, &s, [16]byte{10, 0, 0, 2}, 99)
	assert.Equal(t, payload, later[s.L4:], "a later fragment holds no ports")
	assert.Equal(t, [4]byte{10, 0, 0, 2}, IPv4(later[s.L3():]).Dst())

	cut := ethIPv4TCP()[:40:40]
	s = Parse(cut)
	SetSource(cut, &s, [16]byte{10, 0, 0, 1}, 99)
	assert.EqualValues(t, 99, TCP(cut[s.L4:]).SrcPort(), "ports are there, the checksum is cut off")
}

// TestRewriteToChecksumZero chooses the port with which the checksum of a UDP datagram comes out as 0, which must be
// written as all ones, since 0 says that there is none.
func TestRewriteToChecksumZero(t *testing.T) {
	frame := ethIPv6(ProtoUDP, udpHeader(1000, 53, 8))
	s := Parse(frame)
	udp := UDP(frame[s.L4:])
	udp.SetChecksum(TransportChecksum(&s.Key, ProtoUDP, udp))
	port := uint32(udp.SrcPort()) + uint32(udp.Checksum())
	port = port>>16 + port&0xffff
	SetSource(frame, &s, s.Key.Src, uint16(port))
	assert.EqualValues(t, 0xffff, udp.Checksum())
	SetSource(frame, &s, s.Key.Src, 1000)
	udp.SetSrcPort(1000)
	before := udp.Checksum()
	udp.SetChecksum(0)
	assert.Equal(t, TransportChecksum(&s.Key, ProtoUDP, udp), before, "and it goes on from there")
}
