package tunnel

import (
	"encoding/binary"
	"errors"

	"github.com/dsnsim/dsnsim/sim/header"
)

// The fields of a GRE header that are used here. source: RFC 2784, section 2.1, and RFC 2890, section 2.
const (
	greHasKey      = 0x2000
	greHasSequence = 0x1000
	greHasChecksum = 0x8000
	greKeyLen      = 4
	greSequenceLen = 4
	greLen         = header.GREMinLen + greKeyLen
)

// GRE is a tunnel of Ethernet frames between two ends, with a key that names the tenant.
type GRE struct {
	Ends
	// Key is the tenant's. A reader that takes it for NVGRE (RFC 7637) sees a virtual subnet of Key>>8.
	Key uint32
}

// Append appends to dst the IPv4 datagram that carries an Ethernet frame, whatever is in it. There is no checksum and
// no sequence number. The error is of a frame too long.
func (g GRE) Append(dst, frame []byte) ([]byte, error) {
	dst, err := appendIPv4(dst, g.Ends, header.ProtoGRE, classAround(frame), GRELen(len(frame))-header.IPv4MinLen)
	if err != nil {
		return dst, err
	}
	dst = binary.BigEndian.AppendUint16(dst, greHasKey)
	dst = binary.BigEndian.AppendUint16(dst, etherTypeTEB)
	dst = binary.BigEndian.AppendUint32(dst, g.Key)
	return append(dst, frame...), nil
}

// OpenGRE is the inverse of Append: it returns the tunnel and the frame in a datagram, which the frame aliases. It
// also takes sequence numbers, which it does not look at, and checksums, which it does.
func OpenGRE(datagram []byte) (g GRE, frame []byte, err error) {
	data, err := payload(datagram, header.ProtoGRE)
	if err != nil {
		return g, nil, err
	}
	h := header.GRE(data)
	switch {
	case len(data) < header.GREMinLen || !h.IsValid():
		return g, nil, errors.New("tunnel: not a GRE header")
	case h.Proto() != etherTypeTEB || !h.HasKey():
		return g, nil, errors.New("tunnel: a GRE packet without a key or without an Ethernet frame")
	case binary.BigEndian.Uint16(data)&greHasChecksum != 0 && header.Checksum(data) != 0:
		return g, nil, errors.New("tunnel: wrong GRE checksum")
	}
	return GRE{endsOf(datagram), h.Key()}, data[h.HeaderLen():], nil
}
