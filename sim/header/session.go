package header

import "encoding/binary"

// SessionKind says what a frame is to a device that follows sessions, such as NAT.
type SessionKind uint8

// The kinds.
const (
	// NoSession: not IP, or headers that could not be read so far.
	NoSession SessionKind = iota
	// Packet: its own headers are the session's. Its ports are 0 where the protocol has none.
	Packet
	// Portless: a fragment without a transport header, whose datagram has the ports; or an ICMP message that is neither
	// a query nor an error about a packet that came the other way, or that is cut.
	Portless
	// AboutPacket: an ICMP error, which quotes a packet of the session that came the other way (RFC 5508, section 4).
	AboutPacket
)

// ICMP types (IANA registry) that are queries with an identifier, and errors that quote a packet. Those of ICMPv6 are 1 to 4.
const (
	icmpUnreachable  = 3
	icmpQuench       = 4
	icmpTimeExceeded = 11
	icmpParameter    = 12
	icmpTimestamp    = 13
	icmpMaskReply    = 18
	icmpID           = 4
	icmpv6Unreach    = 1
	icmpv6Parameter  = 4
)

// Session returns the key of a frame's session in the direction of the frame, given what Parse found in it. It is the
// frame's own key with differences for ICMP: a query has its identifier as the port of the end that asks (RFC 3022,
// section 2.2) and the type of its request, so that a reply's key is the reverse; and an error has the reverse of the key of
// the packet that it quotes, which must have come from where the error goes.
func Session(frame []byte, s *Summary) (Key, SessionKind) {
	switch {
	case s.Version == 0:
		return Key{}, NoSession
	case s.Fragment == OtherFragment:
		return s.Key, Portless
	case !s.isICMP():
		return s.Key, Packet
	case s.L4 == 0 || int(s.HeaderBytes) < int(s.L4)+ICMPLen:
		return s.Key, Portless
	}
	key, kind := s.Key, frame[s.L4]
	switch {
	case isICMPError(kind, s.Key.V6):
		if about, ok := aboutPacket(frame, s); ok {
			return about, AboutPacket
		}
	case setQuery(&key, kind, binary.BigEndian.Uint16(frame[s.L4+icmpID:])):
		return key, Packet
	}
	key.Query = kind
	return key, Portless
}

// isICMP reports whether the packet is of the ICMP of its family.
func (s *Summary) isICMP() bool {
	return s.Version == 4 && s.Key.Proto == ProtoICMP || s.Version == 6 && s.Key.Proto == ProtoICMPv6
}

// isICMPError reports whether messages of a type quote the packet that they are about.
func isICMPError(kind uint8, v6 bool) bool {
	if v6 {
		return kind >= icmpv6Unreach && kind <= icmpv6Parameter
	}
	return kind == icmpUnreachable || kind == icmpQuench || kind == icmpTimeExceeded || kind == icmpParameter
}

// aboutPacket returns the reverse of the key of the packet that an ICMP error quotes, false where the error is about no session:
// the packet is an error itself (RFC 1122, section 3.2.2), or a fragment without ports, or is cut before them, or did not come
// from the end to which the error goes.
func aboutPacket(frame []byte, s *Summary) (k Key, ok bool) {
	q, ok := quoted(frame, s)
	if !ok || q.Key.Src != s.Key.Dst || q.hasPorts() && !q.portsRead() {
		return k, false
	}
	k, kind := Session(frame, &q)
	return k.Reverse(), kind == Packet
}

// setQuery makes a key of a query: its identifier is the source port of a request and the destination port of a reply. The
// types of ICMP beside echo are pairs of a request, which is odd, and its reply. It reports false for what is no query.
func setQuery(k *Key, kind uint8, id uint16) bool {
	request, reply := uint8(ICMPEchoRequest), uint8(ICMPEchoReply)
	switch {
	case k.V6:
		request, reply = ICMPv6EchoRequest, ICMPv6EchoReply
	case kind >= icmpTimestamp && kind <= icmpMaskReply:
		request = kind - 1 + kind%2
		reply = request + 1
	}
	switch kind {
	case request:
		k.SrcPort = id
	case reply:
		k.DstPort = id
	default:
		return false
	}
	k.Query, k.Answer = request, kind == reply
	return true
}

// quoted sums up the packet that an ICMP error quotes, as far as its ports or its query identifier. Offsets are those of
// the frame.
func quoted(frame []byte, s *Summary) (q Summary, ok bool) {
	at := int(s.L4) + ICMPLen
	length, shortest := 0, IPv4MinLen
	if ip := frame[s.L3():]; s.Version == 4 {
		length = IPv4(ip).TotalLen()
	} else if shortest = IPv6Len; IPv6(ip).PayloadLen() > 0 {
		length = IPv6Len + IPv6(ip).PayloadLen()
	}
	if end := s.L3() + length; end > s.L3() && end < len(frame) {
		frame = frame[:end]
	}
	if len(frame) < at+shortest {
		return q, false
	}
	q.L2Len, q.EtherType = int32(at), s.EtherType
	// The quoted datagram is cut, and its total length is the whole one's: both are as in a truncated capture.
	if s.Version == 4 {
		q.ipv4(frame)
	} else {
		q.ipv6(frame)
	}
	return q, q.Version == s.Version && q.L4 != 0 && (q.Status == OK || q.Status == Truncated)
}

// Translate gives a frame of one session the addresses and ports of another, and updates the checksums that cover them
// step by step (RFC 1624): those of IPv4, TCP, UDP and ICMP, and of the packet that an ICMP error quotes. s must be what
// Parse found in the frame; its Key follows the change. from must be the frame's Session and to of the same protocol and
// family. A fragment without a transport header has its addresses changed only.
//
// An ICMP error is addressed to the end that sent the quoted packet, and is changed with it. Its source is changed where
// it is the quoted packet's destination; a router's on the way stays.
func Translate(frame []byte, s *Summary, from, to *Key) {
	key, kind := Session(frame, s)
	switch kind {
	case NoSession:
		return
	case AboutPacket:
		translateQuoted(frame, s, from, to)
	}
	if from.Src == s.Key.Src { // a router keeps its address in an error, in all fragments of it
		SetSource(frame, s, to.Src, to.SrcPort)
	}
	SetDestination(frame, s, to.Dst, to.DstPort)
	if kind == Packet && key.Proto == ProtoICMP && s.Version == 4 {
		translateQuery(frame, s, to)
	}
}

// translateQuery changes the identifier of an ICMP query.
func translateQuery(frame []byte, s *Summary, to *Key) {
	h := ICMP(frame[s.L4:])
	var asks Key
	setQuery(&asks, h.Type(), 0)
	old, now := h.EchoID(), to.SrcPort
	if asks.Answer {
		now = to.DstPort
	}
	binary.BigEndian.PutUint16(h[icmpID:], now)
	h.SetChecksum(UpdateChecksum(h.Checksum(), old, now))
}

// translateQuoted changes the packet that an ICMP error quotes: it came the other way, so its destination is the
// session's source. The error's own checksum covers all of it.
func translateQuoted(frame []byte, s *Summary, from, to *Key) {
	q, ok := quoted(frame, s)
	if !ok {
		return
	}
	reverseFrom, reverseTo := from.Reverse(), to.Reverse()
	const deepest = 60 + TCPMinLen // longest IPv4 header, and as deep as any checksum lies
	part := frame[q.L2Len:min(len(frame), int(q.L2Len)+deepest)]
	var before [deepest]byte
	copy(before[:], part)
	Translate(frame, &q, &reverseFrom, &reverseTo)
	h := ICMP(frame[s.L4:])
	h.SetChecksum(UpdateChecksumBytes(h.Checksum(), before[:len(part)], part))
}
