package header

import "encoding/binary"

// after reads the headers that follow the IP header: extension headers, then the transport header. The datagram ends
// where data does.
func (s *Summary) after(data []byte, at int) {
	for s.Fragment != OtherFragment && s.isExt() {
		if s.ExtHeaders == MaxExtHeaders {
			s.Status = Malformed
			return
		}
		n := s.ext(data, at)
		if n == 0 {
			return
		}
		at += n
		s.ExtHeaders++
		s.HeaderBytes = int32(at)
	}
	s.L4 = int32(at)
	if s.Fragment != OtherFragment {
		s.transport(data, at)
	}
}

// isExt reports whether the next header is one that Parse walks over. ESP is not, since what follows is encrypted.
func (s *Summary) isExt() bool {
	switch s.Key.Proto {
	case ProtoAH:
		return true
	case ProtoHopByHop, ProtoRouting, ProtoFragment, ProtoDstOpts:
		return s.Key.V6
	}
	return false
}

// ext reads one extension header and returns its length, or 0 where it is cut or contradicts itself.
func (s *Summary) ext(data []byte, at int) (n int) {
	h := data[at:]
	if len(h) < ipv6ExtMinLen {
		s.stop(Truncated, data, at, ipv6ExtMinLen)
		return 0
	}
	switch s.Key.Proto {
	case ProtoFragment:
		n = IPv6FragmentLen
		f := IPv6Fragment(h)
		switch {
		case f.FragmentOffset() != 0:
			s.Fragment = OtherFragment
		case f.MoreFragments():
			s.Fragment = FirstFragment
		}
	case ProtoAH:
		if n = AH(h).HeaderLen(); n < AHMinLen {
			s.stop(Malformed, data, at, ipv6ExtMinLen)
			return 0
		}
	default:
		n = IPv6Ext(h).HeaderLen()
	}
	if len(h) < n {
		s.stop(Truncated, data, at, n)
		return 0
	}
	s.Key.Proto = h[0] // the next header comes first in all of them
	return n
}

// transport reads the transport header at offset at.
func (s *Summary) transport(data []byte, at int) {
	need := 0
	switch s.Key.Proto {
	case ProtoTCP:
		need = TCPMinLen
	case ProtoUDP, ProtoICMP, ProtoICMPv6, ProtoESP:
		need = 8
	case ProtoSCTP:
		need = sctpLen
	case ProtoGRE:
		need = GREMinLen
	default:
		return
	}
	h := data[at:]
	if len(h) >= 4 && s.hasPorts() {
		s.Key.SrcPort = binary.BigEndian.Uint16(h)
		s.Key.DstPort = binary.BigEndian.Uint16(h[2:])
	}
	if len(h) < need {
		s.stop(Truncated, data, at, need)
		return
	}
	switch s.Key.Proto {
	case ProtoTCP:
		need = int(h[tcpOffset]>>4) * 4
		if need < TCPMinLen {
			s.stop(Malformed, data, at, TCPMinLen)
			return
		}
	case ProtoUDP:
		if n := UDP(h).Len(); n < UDPLen && n != 0 { // 0 is a jumbogram's (RFC 2675, section 4)
			s.stop(Malformed, data, at, UDPLen)
			return
		}
	case ProtoGRE:
		need = GRE(h).HeaderLen()
	}
	if len(h) < need {
		s.stop(Truncated, data, at, need)
		return
	}
	s.HeaderBytes = int32(at + need)
}

// sctpLen is the length of the common header of SCTP (RFC 9260, section 3.1); only its ports are read.
const sctpLen = 12

// hasPorts reports whether the transport header starts with two ports.
func (s *Summary) hasPorts() bool {
	return s.Key.Proto == ProtoTCP || s.Key.Proto == ProtoUDP || s.Key.Proto == ProtoSCTP
}
