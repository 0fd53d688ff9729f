package policy

import (
	"encoding/binary"

	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
)

// Session is what services that rewrite headers see of a packet.
type Session struct {
	// Tuple is the session's, in the direction of the packet (header.Session), with the packet's TCP flags. VRF is not set.
	Tuple table.Tuple
	Kind  header.SessionKind
	// Fragment says that the packet is a piece of a datagram. One without a transport header has the ports of its
	// datagram, and is header.Portless where no fragment had them.
	Fragment bool
	// Own are the packet's own headers, where it is an ICMP error and Tuple those of the packet that it quotes.
	Own table.Tuple
}

// Unsee makes the session that of a packet whose ports a parser does not reach: like a fragment whose datagram is not known.
func (s *Session) Unsee() {
	if s.Kind == header.NoSession {
		return
	}
	if s.Kind == header.AboutPacket {
		s.Tuple = s.Own
	}
	s.Kind, s.Fragment = header.Portless, true
	s.Tuple.SrcPort, s.Tuple.DstPort = 0, 0
}

// Sessions are the sessions of a capture.
type Sessions struct {
	list     []Session
	ofRecord []uint32
}

// NewSessions finds the session of each record.
func NewSessions(records []capture.Record) *Sessions {
	s := &Sessions{ofRecord: make([]uint32, len(records))}
	numbers := map[Session]uint32{}
	ports := datagrams(records)
	for i := range records {
		one := sessionOf(records[i].Data, ports)
		n, known := numbers[one]
		if !known {
			n = uint32(len(s.list))
			numbers[one] = n
			s.list = append(s.list, one)
		}
		s.ofRecord[i] = n
	}
	return s
}

// Len returns how many sessions there are, and Of the number of a record's.
func (s *Sessions) Len() int             { return len(s.list) }
func (s *Sessions) Of(record int) uint32 { return s.ofRecord[record] }

// At returns the session of a number.
func (s *Sessions) At(n uint32) *Session { return &s.list[n] }

// sessionOf reads one frame.
func sessionOf(data []byte, ports map[datagram]header.Key) Session {
	h := header.Parse(data)
	key, kind := header.Session(data, &h)
	s := Session{Kind: kind, Fragment: h.Fragment != header.Whole}
	if kind == header.NoSession {
		return s
	}
	if kind == header.Portless && s.Fragment {
		if of, known := ports[datagramOf(data, &h)]; known {
			key, s.Kind = of, header.Packet
		}
	}
	s.Tuple = TupleOfKey(&key)
	if kind == header.AboutPacket {
		s.Own = TupleOfKey(&h.Key)
	}
	const offset, end = 12, 14
	if at := int(h.L4); h.Key.Proto == header.ProtoTCP && at > 0 && h.Fragment != header.OtherFragment && len(data) >= at+end {
		s.Tuple.Flags = binary.BigEndian.Uint16(data[at+offset:])
	}
	return s
}

// datagram names the IPv4 datagram of a fragment (RFC 791, section 3.2).
type datagram struct {
	src, dst [16]byte
	id       uint16
	proto    uint8
	vlan     [header.MaxVLANs]uint16
}

func datagramOf(data []byte, h *header.Summary) datagram {
	d := datagram{src: h.Key.Src, dst: h.Key.Dst, proto: h.Key.Proto, vlan: h.VLAN}
	if h.Version == 4 {
		const id = 4
		d.id = binary.BigEndian.Uint16(data[h.L3()+id:])
	}
	return d
}

// datagrams finds the sessions of datagrams in pieces by their first fragments. A datagram's fragments may come in any
// order; where a source uses an identification again, the last first fragment counts.
func datagrams(records []capture.Record) map[datagram]header.Key {
	ports := map[datagram]header.Key{}
	for i := range records {
		data := records[i].Data
		h := header.Parse(data)
		if h.Version == 4 && h.Fragment == header.FirstFragment {
			if key, kind := header.Session(data, &h); kind == header.Packet {
				ports[datagramOf(data, &h)] = key
			}
		}
	}
	return ports
}

// TupleOfKey returns a key in the form that the tables take, in VRF 0.
func TupleOfKey(k *header.Key) table.Tuple {
	return table.Tuple{Src: table.AddrOf(k.SrcAddr()), Dst: table.AddrOf(k.DstAddr()),
		SrcPort: k.SrcPort, DstPort: k.DstPort, Proto: k.Proto, V6: k.V6, Query: k.Query, Answer: k.Answer}
}

// KeyOfTuple is the reverse of TupleOfKey. VRF and flags are left out.
func KeyOfTuple(u *table.Tuple) header.Key {
	k := header.Key{SrcPort: u.SrcPort, DstPort: u.DstPort, Proto: u.Proto, V6: u.V6, Query: u.Query, Answer: u.Answer}
	copy(k.Src[:], u.Src.IP(u.V6).AsSlice())
	copy(k.Dst[:], u.Dst.IP(u.V6).AsSlice())
	return k
}
