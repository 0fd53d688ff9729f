// Package frames makes small frames for tests: one packet each, with right checksums.
package frames

import (
	"encoding/binary"
	"net/netip"

	"github.com/dsnsim/dsnsim/sim/header"
)

// IP returns a frame with an IP packet; both addresses are texts of one family.
func IP(src, dst string, proto uint8, segment []byte) []byte {
	from, to := netip.MustParseAddr(src), netip.MustParseAddr(dst)
	if from.Is4() {
		frame := make([]byte, header.EthernetLen+header.IPv4MinLen, 1600)
		header.Ethernet(frame).SetEtherType(header.EtherTypeIPv4)
		h := header.IPv4(frame[header.EthernetLen:])
		h.SetHeaderLen(header.IPv4MinLen)
		h.SetTotalLen(header.IPv4MinLen + len(segment))
		h.SetTTL(64)
		h.SetProto(proto)
		h.SetSrc(from.As4())
		h.SetDst(to.As4())
		h.SetChecksum(h.ComputeChecksum())
		return append(frame, segment...)
	}
	frame := make([]byte, header.EthernetLen+header.IPv6Len, 1600)
	header.Ethernet(frame).SetEtherType(header.EtherTypeIPv6)
	h := header.IPv6(frame[header.EthernetLen:])
	h.SetFirst(0, 0)
	h.SetPayloadLen(len(segment))
	h.SetNextHeader(proto)
	h.SetHopLimit(64)
	h.SetSrc(from.As16())
	h.SetDst(to.As16())
	return append(frame, segment...)
}

// summed sets the checksum of a frame's transport header.
func summed(frame []byte) []byte {
	s := header.Parse(frame)
	segment, at := frame[s.L4:], map[uint8]int{header.ProtoTCP: 16, header.ProtoUDP: 6, header.ProtoICMP: 2, header.ProtoICMPv6: 2}[s.Key.Proto]
	sum := header.TransportChecksum(&s.Key, s.Key.Proto, segment)
	if s.Key.Proto == header.ProtoICMP {
		sum = header.Checksum(segment)
	}
	binary.BigEndian.PutUint16(segment[at:], sum)
	return frame
}

// TCP returns a frame with a TCP segment without data.
func TCP(src string, sport uint16, dst string, dport uint16, flags uint8) []byte {
	h := header.TCP(make([]byte, header.TCPMinLen))
	h.SetSrcPort(sport)
	h.SetDstPort(dport)
	h.SetHeaderLen(header.TCPMinLen)
	h.SetFlags(flags)
	return summed(IP(src, dst, header.ProtoTCP, h))
}

// UDP returns a frame with a UDP datagram of 24 bytes of data.
func UDP(src string, sport uint16, dst string, dport uint16) []byte {
	h := header.UDP(make([]byte, header.UDPLen+24))
	h.SetSrcPort(sport)
	h.SetDstPort(dport)
	h.SetLen(len(h))
	return summed(IP(src, dst, header.ProtoUDP, h))
}

// ICMP returns an ICMP or ICMPv6 message with four bytes that depend on the type; the first two may be an identifier.
func ICMP(src, dst string, kind uint8, id uint16, payload []byte) []byte {
	h := make([]byte, header.ICMPLen, header.ICMPLen+len(payload))
	h[0] = kind
	binary.BigEndian.PutUint16(h[4:], id)
	proto := uint8(header.ProtoICMP)
	if netip.MustParseAddr(src).Is6() {
		proto = header.ProtoICMPv6
	}
	return summed(IP(src, dst, proto, append(h, payload...)))
}

// Error returns an ICMP error of a type that quotes the start of a frame's packet.
func Error(frame []byte, kind uint8, src, dst string, quote int) []byte {
	packet := frame[header.EthernetLen:]
	return ICMP(src, dst, kind, 0, packet[:min(quote, len(packet))])
}

// Tagged puts VLAN tags into an untagged frame, the outer first.
func Tagged(frame []byte, ids ...uint16) []byte {
	out := append([]byte(nil), frame[:header.EthernetLen-2]...)
	for _, id := range ids {
		out = binary.BigEndian.AppendUint16(out, header.EtherTypeVLAN)
		out = binary.BigEndian.AppendUint16(out, id)
	}
	return append(out, frame[header.EthernetLen-2:]...)
}
