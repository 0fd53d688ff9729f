package header

import (
	"encoding/binary"
	"net/netip"
)

// MaxVLANs is how many VLAN tags Parse looks behind.
const MaxVLANs = 2

// MaxExtHeaders bounds the IPv6 extension headers that Parse walks. Assumed: RFC 8200 gives no bound; a datagram that
// keeps to its section 4.1 has at most 7.
const MaxExtHeaders = 16

// Status says how far Parse came.
type Status uint8

// The results of Parse. The fields of a Summary are right as far as HeaderBytes reaches, whatever the status.
const (
	// OK: all headers to the transport header were found; of a fragment that is not the first, to the IP header.
	OK Status = iota
	// Truncated: the frame, or the IP datagram by its own length, ends in the middle of a header.
	Truncated
	// NotIP: what follows layer 2 is not IPv4 or IPv6 (or is behind a third VLAN tag).
	NotIP
	// Malformed: a header contradicts itself, or there are more than MaxExtHeaders of them.
	Malformed
)

// String returns the status in words.
func (s Status) String() string {
	switch s {
	case OK:
		return "ok"
	case Truncated:
		return "truncated"
	case NotIP:
		return "not IP"
	case Malformed:
		return "malformed"
	}
	return "unknown"
}

// Fragment says which part of a datagram a packet is.
type Fragment uint8

// The kinds of fragment.
const (
	// Whole: not a fragment, or the only one of its datagram (an atomic fragment, RFC 6946).
	Whole Fragment = iota
	// FirstFragment holds the transport header; others follow.
	FirstFragment
	// OtherFragment holds no transport header, so its ports are 0.
	OtherFragment
)

// Key is the five-tuple of a flow in one direction. It is comparable.
type Key struct {
	// Src and Dst are the addresses; an IPv4 address is in the first 4 bytes, the rest 0.
	Src, Dst [16]byte
	// SrcPort and DstPort are the ports of TCP, UDP and SCTP, else 0.
	SrcPort, DstPort uint16
	// Proto is the protocol after the extension headers.
	Proto uint8
	// V6 is true for IPv6.
	V6 bool
	// Query and Answer are set by Session only. Query is for an ICMP query the type of its request, for an ICMP message that is no
	// query and no error its type, else 0. Answer says that the packet answers a request.
	Query  uint8
	Answer bool
}

// SrcAddr returns the source address.
func (k Key) SrcAddr() netip.Addr { return k.addr(k.Src) }

// DstAddr returns the destination address.
func (k Key) DstAddr() netip.Addr { return k.addr(k.Dst) }

func (k Key) addr(a [16]byte) netip.Addr {
	if k.V6 {
		return netip.AddrFrom16(a)
	}
	return netip.AddrFrom4([4]byte(a[:4]))
}

// Reverse returns the key of the flow's other direction.
func (k Key) Reverse() Key {
	k.Src, k.Dst = k.Dst, k.Src
	k.SrcPort, k.DstPort = k.DstPort, k.SrcPort
	k.Answer = k.Query != 0 && !k.Answer
	return k
}

// Summary is what Parse found in a frame. Offsets count from the start of the frame.
type Summary struct {
	Key Key
	// HeaderBytes is how deep the parser went: the end of the last header that it read, or of what there is of it.
	HeaderBytes int32
	// L2Len is the length of Ethernet header and tags, and so the offset of what follows them.
	L2Len int32
	// L4 is the offset of what follows IP header and extension headers, 0 where the parser did not get there.
	L4 int32
	// EtherType is that after the VLAN tags.
	EtherType uint16
	// VLAN holds the VLAN ids, the outer first.
	VLAN [MaxVLANs]uint16
	// VLANs is the number of VLAN tags, at most MaxVLANs.
	VLANs uint8
	// Version is 4 or 6, or 0 where there is no IP header.
	Version uint8
	// ExtHeaders counts the IPv6 extension headers, and the authentication header of IPv4.
	ExtHeaders uint8
	// Fragment says which part of a datagram this is.
	Fragment Fragment
	// Status says how far the parser came.
	Status Status
}

// L3 returns the offset of the IP header, which is L2Len.
func (s *Summary) L3() int { return int(s.L2Len) }

// Parse sums up the headers of an Ethernet frame without its frame check sequence. It takes any bytes, does not
// allocate, and keeps no hold of data.
func Parse(data []byte) (s Summary) {
	if len(data) < EthernetLen {
		s.HeaderBytes = int32(len(data))
		s.Status = Truncated
		return
	}
	at := EthernetLen
	etherType := binary.BigEndian.Uint16(data[ethernetType:])
	for IsTag(etherType) && s.VLANs < MaxVLANs {
		if len(data) < at+VLANLen {
			s.EtherType = etherType
			s.L2Len = int32(at)
			s.HeaderBytes = int32(len(data))
			s.Status = Truncated
			return
		}
		tag := VLAN(data[at:])
		s.VLAN[s.VLANs] = tag.ID()
		s.VLANs++
		etherType = tag.EtherType()
		at += VLANLen
	}
	s.EtherType = etherType
	s.L2Len = int32(at)
	s.HeaderBytes = int32(at)
	switch etherType {
	case EtherTypeIPv4:
		s.ipv4(data)
	case EtherTypeIPv6:
		s.ipv6(data)
	default:
		s.Status = NotIP
	}
	return
}

// stop ends the parse inside a header that starts at offset at and should take n bytes of data.
func (s *Summary) stop(status Status, data []byte, at, n int) {
	s.HeaderBytes = int32(min(at+n, len(data)))
	s.Status = status
}

// ipv4 reads the IPv4 header at L2Len and what it announces.
func (s *Summary) ipv4(data []byte) {
	at := int(s.L2Len)
	h := IPv4(data[at:])
	if len(h) < IPv4MinLen {
		s.stop(Truncated, data, at, IPv4MinLen)
		return
	}
	headerLen, total := h.HeaderLen(), h.TotalLen()
	if h[ipv4VersionIHL]>>4 != 4 || headerLen < IPv4MinLen || total != 0 && total < headerLen {
		s.stop(Malformed, data, at, IPv4MinLen)
		return
	}
	s.Version = 4
	s.Key.Proto = h[ipv4Proto]
	copy(s.Key.Src[:4], h[ipv4Src:])
	copy(s.Key.Dst[:4], h[ipv4Dst:])
	if fragment := h.fragment(); fragment&(ipv4OffsetMask|IPv4MoreFragments) != 0 {
		s.Fragment = FirstFragment
		if fragment&ipv4OffsetMask != 0 {
			s.Fragment = OtherFragment
		}
	}
	if len(h) < headerLen {
		s.stop(Truncated, data, at, headerLen)
		return
	}
	if total != 0 && total < len(h) { // what follows the datagram is Ethernet padding
		data = data[:at+total]
	}
	s.HeaderBytes = int32(at + headerLen)
	s.after(data, at+headerLen)
}

// ipv6 reads the IPv6 header at L2Len and what it announces.
func (s *Summary) ipv6(data []byte) {
	at := int(s.L2Len)
	h := IPv6(data[at:])
	if len(h) < IPv6Len {
		s.stop(Truncated, data, at, IPv6Len)
		return
	}
	if h[0]>>4 != 6 {
		s.stop(Malformed, data, at, IPv6Len)
		return
	}
	s.Version = 6
	s.Key.V6 = true
	s.Key.Proto = h[ipv6Next]
	s.Key.Src = [16]byte(h[ipv6Src:])
	s.Key.Dst = [16]byte(h[ipv6Dst:])
	if payload := h.PayloadLen(); payload != 0 && IPv6Len+payload < len(h) {
		data = data[:at+IPv6Len+payload]
	}
	s.HeaderBytes = int32(at + IPv6Len)
	s.after(data, at+IPv6Len)
}
