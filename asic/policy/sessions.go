package policy

import (
	"encoding/binary"

	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/datagram"
	"github.com/dsnsim/dsnsim/sim/header"
)

// Session is what services that rewrite headers see of a packet.
type Session struct {
	// Tuple is the session's, in the direction of the packet (header.Session), with the packet's TCP flags. VRF is not set.
	Tuple table.Tuple
	Kind  header.SessionKind
	// Reading says how much of the headers could be read. A fragment has the ports of its datagram.
	Reading header.Reading
	// Own are the packet's own headers where it is an ICMP error; Tuple is then of the packet that it quotes.
	Own table.Tuple
}

// Unsee removes from the session what a parser that does not reach the ports cannot see.
func (s *Session) Unsee() {
	if s.Kind == header.NoSession {
		return
	}
	if s.Kind == header.AboutPacket {
		s.Tuple = s.Own
	}
	s.Kind, s.Reading = header.Portless, header.NoPorts
	if s.Tuple.V6 {
		s.Reading = header.NoProtocol
	}
	s.Tuple.SrcPort, s.Tuple.DstPort = 0, 0
}

// Sessions are the sessions of a capture.
type Sessions struct {
	list     []Session
	ofRecord []uint32
}

// NewSessions finds the session of each record. joined tells the datagrams of fragments, nil without any.
func NewSessions(records []capture.Record, joined *datagram.Joined) *Sessions {
	s := &Sessions{ofRecord: make([]uint32, len(records))}
	numbers := map[Session]uint32{}
	for i := range records {
		one := sessionOf(records, i, joined)
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

// sessionOf reads one record, or for a fragment the first of its datagram.
func sessionOf(records []capture.Record, i int, joined *datagram.Joined) Session {
	first, ok := joined.First(i)
	if !ok {
		first = i
	}
	data := records[first].Data
	h := header.Parse(data)
	s := Session{Reading: h.Reading(data, records[first].Wire)}
	if !ok && s.Reading.IP() {
		s.Reading = header.Lost
	}
	var key header.Key
	if key, s.Kind = header.Session(data, &h); s.Kind == header.NoSession || !s.Reading.IP() {
		s.Kind = header.NoSession
		return s
	}
	if s.Reading != header.Read { // no flow is found without ports
		s.Kind, key.SrcPort, key.DstPort, key.Query, key.Answer = header.Portless, 0, 0, 0, false
	}
	s.Tuple = TupleOfKey(&key)
	if s.Kind == header.AboutPacket {
		s.Own = TupleOfKey(&h.Key)
	}
	const offset, end = 12, 14
	if at := int(h.L4); h.Key.Proto == header.ProtoTCP && at > 0 && h.Fragment != header.OtherFragment && len(data) >= at+end {
		s.Tuple.Flags = binary.BigEndian.Uint16(data[at+offset:])
	}
	return s
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
