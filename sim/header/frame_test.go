package header

import "encoding/hex"

// Frames that the tests of this package parse, put together by the setters under test and checked by byte in
// views_test.go.

var (
	macA = MAC{2, 0, 0, 0, 0, 1}
	macB = MAC{2, 0, 0, 0, 0, 2}
	v4A  = [4]byte{192, 0, 2, 1}
	v4B  = [4]byte{198, 51, 100, 2}
	v6A  = [16]byte{0x20, 0x01, 0x0d, 0xb8, 15: 1}
	v6B  = [16]byte{0x20, 0x01, 0x0d, 0xb8, 14: 1, 15: 2}
)

// ethernet puts an Ethernet header in front of payload; tags are pairs of EtherType and VLAN id.
func ethernet(etherType uint16, payload []byte, tags ...[2]uint16) []byte {
	frame := make([]byte, EthernetLen, 2048)
	eth := Ethernet(frame)
	eth.SetDst(macB)
	eth.SetSrc(macA)
	set := eth.SetEtherType
	for _, tag := range tags {
		set(tag[0])
		at := len(frame)
		frame = append(frame, 0, 0, 0, 0)
		v := VLAN(frame[at:])
		v.SetID(tag[1])
		set = v.SetEtherType
	}
	set(etherType)
	return append(frame, payload...)
}

// ipv4 returns an IPv4 datagram with options bytes of no-operation options.
func ipv4(proto uint8, payload []byte, options int) []byte {
	h := IPv4(make([]byte, IPv4MinLen+options))
	h.SetHeaderLen(len(h))
	for i := IPv4MinLen; i < len(h); i++ {
		h[i] = 1
	}
	h.SetTotalLen(len(h) + len(payload))
	h.SetTTL(64)
	h.SetProto(proto)
	h.SetSrc(v4A)
	h.SetDst(v4B)
	h.SetChecksum(h.ComputeChecksum())
	return append(h, payload...)
}

// ethIPv6 returns a frame of an IPv6 packet.
func ethIPv6(next uint8, payload []byte) []byte {
	h := IPv6(make([]byte, IPv6Len))
	h.SetFirst(0, 0)
	h.SetPayloadLen(len(payload))
	h.SetNextHeader(next)
	h.SetHopLimit(64)
	h.SetSrc(v6A)
	h.SetDst(v6B)
	return ethernet(EtherTypeIPv6, append(h, payload...))
}

func tcpHeader(src, dst uint16) []byte {
	h := TCP(make([]byte, TCPMinLen))
	h.SetSrcPort(src)
	h.SetDstPort(dst)
	h.SetHeaderLen(TCPMinLen)
	return h
}

func udpHeader(src, dst uint16, payload int) []byte {
	h := UDP(make([]byte, UDPLen+payload))
	h.SetSrcPort(src)
	h.SetDstPort(dst)
	h.SetLen(len(h))
	return h
}

func ethIPv4TCP() []byte { return ethernet(EtherTypeIPv4, ipv4(ProtoTCP, tcpHeader(1234, 80), 0)) }

func qinqIPv4UDP() []byte {
	return ethernet(EtherTypeIPv4, ipv4(ProtoUDP, udpHeader(5000, 53, 10), 0), [2]uint16{EtherTypeQinQ, 100}, [2]uint16{EtherTypeVLAN, 7})
}

// ext returns an extension header of one of the three kinds that share a form.
func ext(next uint8, length int) []byte {
	h := IPv6Ext(make([]byte, length))
	h.Set(next, length)
	return h
}

func fragment(next uint8, offset int, more bool) []byte {
	h := IPv6Fragment(make([]byte, IPv6FragmentLen))
	h.Set(next, offset, more, 7)
	return h
}

// fiveExtensions returns all five kinds of extension header and a UDP header.
func fiveExtensions() []byte {
	var p []byte
	p = append(p, ext(ProtoRouting, 8)...)
	p = append(p, ext(ProtoFragment, 24)...)
	p = append(p, fragment(ProtoAH, 0, false)...)
	p = append(p, authentication(ProtoDstOpts)...)
	p = append(p, ext(ProtoUDP, 16)...)
	return append(p, udpHeader(546, 547, 4)...)
}

// authentication returns a 24-byte authentication header.
func authentication(next uint8) []byte {
	h := make([]byte, 24)
	h[0], h[1] = next, 4
	return h
}

func unhexPlain(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}
