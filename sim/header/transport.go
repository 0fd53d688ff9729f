package header

import "encoding/binary"

// Lengths of the fixed transport headers.
const (
	TCPMinLen = 20
	UDPLen    = 8
	ICMPLen   = 8
)

const (
	srcPort     = 0
	dstPort     = 2
	tcpSeq      = 4
	tcpAck      = 8
	tcpOffset   = 12
	tcpFlags    = 13
	tcpWindow   = 14
	tcpChecksum = 16
	udpLen      = 4
	udpChecksum = 6

	icmpChecksum = 2
)

// TCP flags (RFC 9293, section 3.1).
const (
	TCPFin = 1 << iota
	TCPSyn
	TCPRst
	TCPPsh
	TCPAck
	TCPUrg
	TCPEce
	TCPCwr
)

// TCP is a TCP header (RFC 9293, section 3.1) and what follows it.
type TCP []byte

// IsValid reports whether the header with its options is complete.
func (h TCP) IsValid() bool {
	return len(h) >= TCPMinLen && h.HeaderLen() >= TCPMinLen && len(h) >= h.HeaderLen()
}

// SrcPort returns the source port.
func (h TCP) SrcPort() uint16 { return binary.BigEndian.Uint16(h[srcPort:]) }

// DstPort returns the destination port.
func (h TCP) DstPort() uint16 { return binary.BigEndian.Uint16(h[dstPort:]) }

// Seq returns the sequence number.
func (h TCP) Seq() uint32 { return binary.BigEndian.Uint32(h[tcpSeq:]) }

// HeaderLen returns the length of the header with its options.
func (h TCP) HeaderLen() int { return int(h[tcpOffset]>>4) * 4 }

// Flags returns the eight flag bits, TCPFin to TCPCwr.
func (h TCP) Flags() uint8 { return h[tcpFlags] }

// Checksum returns the checksum field.
func (h TCP) Checksum() uint16 { return binary.BigEndian.Uint16(h[tcpChecksum:]) }

// SetSrcPort sets the source port and leaves the checksum; SetSource keeps it right.
func (h TCP) SetSrcPort(port uint16) { binary.BigEndian.PutUint16(h[srcPort:], port) }

// SetDstPort sets the destination port and leaves the checksum; SetDestination keeps it right.
func (h TCP) SetDstPort(port uint16) { binary.BigEndian.PutUint16(h[dstPort:], port) }

// SetSeq sets the sequence number.
func (h TCP) SetSeq(n uint32) { binary.BigEndian.PutUint32(h[tcpSeq:], n) }

// SetAck sets the acknowledgement number.
func (h TCP) SetAck(n uint32) { binary.BigEndian.PutUint32(h[tcpAck:], n) }

// SetHeaderLen sets the length of the header with its options, a multiple of 4 from 20 to 60.
func (h TCP) SetHeaderLen(n int) { h[tcpOffset] = uint8(n/4) << 4 }

// SetFlags sets the eight flag bits.
func (h TCP) SetFlags(flags uint8) { h[tcpFlags] = flags }

// SetWindow sets the window field.
func (h TCP) SetWindow(n uint16) { binary.BigEndian.PutUint16(h[tcpWindow:], n) }

// SetChecksum sets the checksum field.
func (h TCP) SetChecksum(sum uint16) { binary.BigEndian.PutUint16(h[tcpChecksum:], sum) }

// UDP is a UDP header (RFC 768) and what follows it.
type UDP []byte

// IsValid reports whether the header is complete.
func (h UDP) IsValid() bool { return len(h) >= UDPLen }

// SrcPort returns the source port.
func (h UDP) SrcPort() uint16 { return binary.BigEndian.Uint16(h[srcPort:]) }

// DstPort returns the destination port.
func (h UDP) DstPort() uint16 { return binary.BigEndian.Uint16(h[dstPort:]) }

// Len returns the length of header and payload.
func (h UDP) Len() int { return int(binary.BigEndian.Uint16(h[udpLen:])) }

// Checksum returns the checksum field; 0 means that there is none.
func (h UDP) Checksum() uint16 { return binary.BigEndian.Uint16(h[udpChecksum:]) }

// SetSrcPort sets the source port and leaves the checksum; SetSource keeps it right.
func (h UDP) SetSrcPort(port uint16) { binary.BigEndian.PutUint16(h[srcPort:], port) }

// SetDstPort sets the destination port and leaves the checksum; SetDestination keeps it right.
func (h UDP) SetDstPort(port uint16) { binary.BigEndian.PutUint16(h[dstPort:], port) }

// SetLen sets the length of header and payload.
func (h UDP) SetLen(n int) { binary.BigEndian.PutUint16(h[udpLen:], uint16(n)) }

// SetChecksum sets the checksum field.
func (h UDP) SetChecksum(sum uint16) { binary.BigEndian.PutUint16(h[udpChecksum:], sum) }

// ICMP is the header of an ICMP (RFC 792) or ICMPv6 (RFC 4443) message: type, code, checksum, and four bytes that
// depend on the type.
type ICMP []byte

// ICMP and ICMPv6 echo types.
const (
	ICMPEchoReply     = 0
	ICMPEchoRequest   = 8
	ICMPv6EchoRequest = 128
	ICMPv6EchoReply   = 129
)

// Type returns the message type.
func (h ICMP) Type() uint8 { return h[0] }

// Checksum returns the checksum field.
func (h ICMP) Checksum() uint16 { return binary.BigEndian.Uint16(h[icmpChecksum:]) }

// EchoID returns the identifier of an echo message.
func (h ICMP) EchoID() uint16 { return binary.BigEndian.Uint16(h[4:]) }

// SetEcho sets all fields of an echo message, with a checksum of 0.
func (h ICMP) SetEcho(kind uint8, id, seq uint16) {
	h[0], h[1], h[2], h[3] = kind, 0, 0, 0
	binary.BigEndian.PutUint16(h[4:], id)
	binary.BigEndian.PutUint16(h[6:], seq)
}

// SetChecksum sets the checksum field.
func (h ICMP) SetChecksum(sum uint16) { binary.BigEndian.PutUint16(h[icmpChecksum:], sum) }
