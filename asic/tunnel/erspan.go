package tunnel

import (
	"encoding/binary"
	"errors"

	"github.com/dsnsim/dsnsim/sim/header"
)

// ERSPAN type II: a GRE header with a sequence number, then 8 bytes of its own.
// source: draft-foschiano-erspan-03, section 4.2.
const (
	etherTypeERSPAN = 0x88be
	erspanLen       = 8
	erspanHeaders   = header.GREMinLen + greSequenceLen + erspanLen
	erspanVersion   = 1 // of type II
	// erspanTrunk says how a VLAN tag was carried: here it stays in the frame.
	erspanTrunk = 3
)

// Bounds of the fields of ERSPAN.
const (
	MaxERSPANSession = 1<<10 - 1
	MaxERSPANIndex   = 1<<20 - 1
)

// ERSPAN is a session that mirrors frames from one place to another.
type ERSPAN struct {
	Ends
	// Session is 0 to MaxERSPANSession.
	Session uint16
	// VLAN is the mirrored port's, 12 bits; Index says which port and direction, 20 bits.
	VLAN  uint16
	Index uint32
	// Truncated says that not the whole frame is carried.
	Truncated bool
}

// Append appends to dst the IPv4 datagram that carries a mirrored frame. seq counts the frames of a session. The error
// is of a frame too long or a field out of its range.
func (e ERSPAN) Append(dst, frame []byte, seq uint32) ([]byte, error) {
	if e.Session > MaxERSPANSession || e.VLAN > 1<<12-1 || e.Index > MaxERSPANIndex {
		return dst, errors.New("tunnel: an ERSPAN session has 10 bits, a VLAN 12, an index 20")
	}
	dst, err := appendIPv4(dst, e.Ends, header.ProtoGRE, 0, ERSPANLen(len(frame))-header.IPv4MinLen)
	if err != nil {
		return dst, err
	}
	dst = binary.BigEndian.AppendUint16(dst, greHasSequence)
	dst = binary.BigEndian.AppendUint16(dst, etherTypeERSPAN)
	dst = binary.BigEndian.AppendUint32(dst, seq)
	dst = binary.BigEndian.AppendUint16(dst, erspanVersion<<12|e.VLAN)
	session := uint16(erspanTrunk<<11) | e.Session
	if e.Truncated {
		session |= 1 << 10
	}
	dst = binary.BigEndian.AppendUint16(dst, session)
	dst = binary.BigEndian.AppendUint32(dst, e.Index)
	return append(dst, frame...), nil
}

// OpenERSPAN is the inverse of Append: it returns the session, the number and the frame in a datagram, which the frame
// aliases.
func OpenERSPAN(datagram []byte) (e ERSPAN, seq uint32, frame []byte, err error) {
	data, err := payload(datagram, header.ProtoGRE)
	if err != nil {
		return e, 0, nil, err
	}
	if len(data) < erspanHeaders || binary.BigEndian.Uint16(data) != greHasSequence ||
		binary.BigEndian.Uint16(data[2:]) != etherTypeERSPAN || data[8]>>4 != erspanVersion {
		return e, 0, nil, errors.New("tunnel: not an ERSPAN type II packet")
	}
	session := binary.BigEndian.Uint16(data[10:])
	e = ERSPAN{Ends: endsOf(datagram), VLAN: binary.BigEndian.Uint16(data[8:]) & 0xfff, Session: session & MaxERSPANSession,
		Truncated: session>>10&1 != 0, Index: binary.BigEndian.Uint32(data[12:]) & MaxERSPANIndex}
	return e, binary.BigEndian.Uint32(data[4:]), data[erspanHeaders:], nil
}
