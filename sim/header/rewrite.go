package header

import "encoding/binary"

// SetSource changes the source address and port of a frame and updates all checksums that cover them step by step
// (RFC 1624), so that one that was wrong stays wrong by as much. s must be what Parse found in the frame, with an IP
// header (Version not 0); its Key follows the change. An IPv4 address is in the first 4 bytes of addr.
//
// Without a TCP or UDP header in the frame the port is left out. SCTP gets its port and keeps its old CRC. An IPv6
// packet with a routing header is assumed to be at the end of its way, where its checksum covers the address that it carries.
func SetSource(frame []byte, s *Summary, addr [16]byte, port uint16) {
	s.rewrite(frame, side{ipv4Src, ipv6Src, srcPort, &s.Key.Src, &s.Key.SrcPort}, addr, port)
}

// SetDestination does for the destination what SetSource does for the source.
func SetDestination(frame []byte, s *Summary, addr [16]byte, port uint16) {
	s.rewrite(frame, side{ipv4Dst, ipv6Dst, dstPort, &s.Key.Dst, &s.Key.DstPort}, addr, port)
}

// side is one end of a flow: where its address and port are in their headers, and in the key.
type side struct {
	atIPv4, atIPv6, atPort int
	addr                   *[16]byte
	port                   *uint16
}

// rewrite changes address and port of one side.
func (s *Summary) rewrite(frame []byte, end side, addr [16]byte, port uint16) {
	ip, n := frame[s.L2Len:], 16
	var change uint16
	if s.Version == 4 {
		n = 4
		change = checksumDelta(end.addr[:n], addr[:n])
		h := IPv4(ip)
		h.SetChecksum(applyDelta(h.Checksum(), change))
		copy(ip[end.atIPv4:], addr[:n])
	} else {
		change = checksumDelta(end.addr[:n], addr[:n])
		copy(ip[end.atIPv6:], addr[:n])
	}
	*end.addr = [16]byte{}
	copy(end.addr[:], addr[:n])
	if s.portsRead() {
		change = fold(uint64(change) + uint64(^*end.port) + uint64(port))
		binary.BigEndian.PutUint16(frame[int(s.L4)+end.atPort:], port)
		*end.port = port
	}
	s.updateTransport(frame, change)
}

// portsRead reports whether the frame holds both ports. Parse goes no deeper than L4 in a fragment without them.
func (s *Summary) portsRead() bool { return s.L4 != 0 && s.hasPorts() && s.HeaderBytes >= s.L4+4 }

// updateTransport takes a change of the bytes that the transport checksum covers into that checksum, if the frame
// holds one.
func (s *Summary) updateTransport(frame []byte, change uint16) {
	at := s.checksumAt()
	if at == 0 || int(s.HeaderBytes) < at+2 {
		return
	}
	field := frame[at : at+2]
	sum := binary.BigEndian.Uint16(field)
	if s.Key.Proto == ProtoUDP && sum == 0 { // none (RFC 768)
		return
	}
	sum = applyDelta(sum, change)
	if s.Key.Proto == ProtoUDP && sum == 0 {
		sum = 0xffff
	}
	binary.BigEndian.PutUint16(field, sum)
}

// checksumAt returns the offset of the transport checksum that covers the addresses, or 0 where the protocol has none.
func (s *Summary) checksumAt() int {
	if s.L4 == 0 {
		return 0
	}
	switch s.Key.Proto {
	case ProtoTCP:
		return int(s.L4) + tcpChecksum
	case ProtoUDP:
		return int(s.L4) + udpChecksum
	case ProtoICMPv6:
		if s.Version == 6 {
			return int(s.L4) + icmpChecksum
		}
	}
	return 0
}
