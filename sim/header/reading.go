package header

// Reading says what a device can make of a frame's headers.
type Reading uint8

// The readings.
const (
	// Read: all headers that a filter looks at.
	Read Reading = iota
	// NotAnIPPacket: ARP, LLDP and the like.
	NotAnIPPacket
	// NoPorts: addresses and protocol are there, but the ports are beyond what a parser reaches or a capture has of the
	// frame.
	NoPorts
	// NoProtocol: the same of an IPv6 packet whose chain of headers is cut before the protocol: only the addresses are there.
	NoProtocol
	// Hidden: the headers of IP are behind a third VLAN tag, MPLS labels or the like, or beyond what the capture has of the frame.
	Hidden
	// Lost: a fragment whose datagram's ports are not known (package datagram).
	Lost
	// Contradicts: the headers contradict themselves or the frame: a header length below the least, a datagram that ends
	// beyond the frame, or in the middle of a header.
	Contradicts

	// Readings is how many there are, for arrays by reading.
	Readings = iota
)

// IP reports whether there is an IP header whose addresses could be read.
func (r Reading) IP() bool { return r != NotAnIPPacket && r != Hidden && r != Contradicts }

// Reading says what can be read of a frame of wire bytes without frame check sequence, of which data was captured; s must
// be what Parse found in data. A frame that the capture has cut contradicts nothing.
func (s *Summary) Reading(data []byte, wire int) Reading {
	wire = max(wire, len(data))
	switch {
	case s.EtherType != EtherTypeIPv4 && s.EtherType != EtherTypeIPv6:
		if !IsTag(s.EtherType) && !s.hidesIP(data) {
			return NotAnIPPacket
		}
		if IsTag(s.EtherType) && s.Status == Truncated && len(data) == wire {
			return Contradicts
		}
		return Hidden
	case s.Status == Malformed:
		return Contradicts
	case s.Version == 0: // no whole IP header
		if len(data) == wire {
			return Contradicts
		}
		return Hidden
	}
	end := s.datagramEnd(data, wire)
	switch {
	case end > wire:
		return Contradicts
	case s.Status != Truncated || s.Fragment == FirstFragment: // of tiny first fragments package datagram decides
	case len(data) >= end:
		return Contradicts
	case s.L4 == 0 && s.Version == 6:
		return NoProtocol
	case s.L4 == 0 || s.hasPorts() && !s.portsRead():
		return NoPorts
	}
	if s.udpBeyond(data, end) {
		return Contradicts
	}
	return Read
}

// datagramEnd returns where in the frame the datagram ends by its own length, or where that is 0, as in what a host hands
// to its NIC to segment, where the frame ends.
func (s *Summary) datagramEnd(data []byte, wire int) (end int) {
	ip := data[s.L3():]
	if s.Version == 4 {
		end = IPv4(ip).TotalLen()
	} else if end = IPv6(ip).PayloadLen(); end > 0 {
		end += IPv6Len
	}
	if end == 0 {
		return wire
	}
	return s.L3() + end
}

// udpBeyond reports whether a whole UDP datagram says that it is longer than what is left of the IP packet.
func (s *Summary) udpBeyond(data []byte, end int) bool {
	at := int(s.L4)
	if s.Key.Proto != ProtoUDP || s.Fragment != Whole || at == 0 || len(data) < at+UDPLen {
		return false
	}
	return at+UDP(data[at:]).Len() > end
}

// PortsKnown reports whether the frame has the ports of a protocol with ports.
func (s *Summary) PortsKnown() bool { return s.L4 != 0 && (!s.hasPorts() || s.portsRead()) }
