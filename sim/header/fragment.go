package header

// Piece is the part of a datagram that a fragment carries.
type Piece struct {
	// ID is the datagram's identification, by which with the addresses (IPv4: and the protocol) its fragments are known.
	ID uint32
	// At is where in the frame the fragmented part begins; Start and End are the bytes of it that this fragment carries.
	At, Start, End int
	// More says that others follow.
	More bool
}

// maxPart is the longest fragmented part. source: the 16 bits of IPv4's total length and IPv6's payload length
const maxPart = 1<<16 - 1

// PieceOf returns what a fragment carries. s must be what Parse found in the frame, and say that it is a fragment. It is
// false where its headers contradict themselves: there is nothing in it, it ends beyond the longest datagram, or another
// is to follow where its length is no multiple of 8.
func PieceOf(frame []byte, s *Summary) (p Piece, ok bool) {
	ip := s.L3()
	if s.Version == 4 {
		h := IPv4(frame[ip:])
		p = Piece{ID: uint32(h.ID()), At: ip + h.HeaderLen(), Start: h.FragmentOffset(), More: h.MoreFragments()}
		p.End = p.Start + h.TotalLen() - h.HeaderLen()
	} else {
		at := fragmentHeader(frame, ip)
		if at == 0 {
			return p, false
		}
		h := IPv6Fragment(frame[at:])
		p = Piece{ID: h.ID(), At: at + IPv6FragmentLen, Start: h.FragmentOffset(), More: h.MoreFragments()}
		p.End = p.Start + ip + IPv6Len + IPv6(frame[ip:]).PayloadLen() - p.At
	}
	return p, p.End > p.Start && p.End <= maxPart && (!p.More || p.End%fragmentUnit == 0)
}

// fragmentHeader returns where the fragment header of an IPv6 packet at offset ip is, 0 where there is no whole one.
func fragmentHeader(frame []byte, ip int) int {
	at, next := ip+IPv6Len, frame[ip+ipv6Next]
	for range MaxExtHeaders {
		if len(frame) < at+IPv6FragmentLen {
			return 0
		}
		switch next {
		case ProtoFragment:
			return at
		case ProtoHopByHop, ProtoRouting, ProtoDstOpts:
			next, at = frame[at], at+IPv6Ext(frame[at:]).HeaderLen()
		default:
			return 0
		}
	}
	return 0
}

// The least of a transport header that a first fragment must hold, so that nothing that filters look at comes later.
const (
	// tinyTCP reaches behind the flags. source: RFC 1858, section 3, and RFC 3128, section 2
	tinyTCP = 16
	// tinyOther is all of UDP and of an ICMP query, and the ports of SCTP.
	tinyOther = 8
)

// Tiny reports whether a fragment hides from filters what they look at: a first one that ends before the end of the
// transport header, or in IPv6 of the chain of headers (RFC 7112), or one of TCP that begins 8 bytes into it (RFC 1858,
// section 4.2).
func (p *Piece) Tiny(s *Summary) bool {
	if s.Fragment == OtherFragment {
		return s.Key.Proto == ProtoTCP && p.Start == fragmentUnit
	}
	if s.L4 == 0 {
		return true
	}
	least := 0
	switch s.Key.Proto {
	case ProtoTCP:
		least = tinyTCP
	case ProtoUDP, ProtoICMP, ProtoICMPv6, ProtoSCTP:
		least = tinyOther
	}
	return p.At+p.End < int(s.L4)+least
}
