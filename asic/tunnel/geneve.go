package tunnel

import (
	"encoding/binary"
	"errors"

	"github.com/dsnsim/dsnsim/sim/header"
)

// GenevePort is the UDP port of Geneve. source: RFC 8926, section 3.3.
const GenevePort = header.PortGeneve

// etherTypeTEB is transparent Ethernet bridging: a whole Ethernet frame follows. source: RFC 8926, section 3.4, and
// RFC 7637, section 3.2.
const etherTypeTEB = 0x6558

// Geneve flags, in the second byte. source: RFC 8926, section 3.4.
const (
	geneveControl  = 0x80
	geneveCritical = 0x40
)

// Limits of options. source: RFC 8926, sections 3.4 and 3.5.
const (
	optionHeader = 4
	maxOption    = 31 * 4 // of the data of one
	maxOptions   = 63 * 4 // of all
)

// Geneve is one virtual network between two tunnel ends, whose packets may carry options.
type Geneve struct {
	Ends
	VNI uint32
}

// Append appends to dst the IPv4 datagram that carries an Ethernet frame, whatever is in it, behind options (as
// AppendOption makes them; nil for none). hash is the flow hash of the frame. The UDP checksum is 0. The error is of a
// frame too long, a VNI above MaxVNI, or options that are none.
func (g Geneve) Append(dst, options, frame []byte, hash uint32) ([]byte, error) {
	if g.VNI > MaxVNI {
		return dst, errVNI
	}
	critical, err := checkOptions(options)
	if err != nil {
		return dst, err
	}
	total := GeneveLen(len(options), len(frame))
	dst, room, err := appendUDP(dst, g.Ends, GenevePort, hash, classAround(frame), total, header.GeneveMinLen)
	if err != nil {
		return dst, err
	}
	header.Geneve(room).Set(len(options), etherTypeTEB, g.VNI)
	if critical {
		room[1] = geneveCritical
	}
	return append(append(dst, options...), frame...), nil
}

// OpenGeneve is the inverse of Append: it returns the network, the options and the frame in a datagram, which both
// alias. The options are well formed; a caller that does not know one marked critical must drop the packet.
func OpenGeneve(datagram []byte) (g Geneve, options, frame []byte, err error) {
	ends, data, err := udpPayload(datagram, GenevePort)
	if err != nil {
		return g, nil, nil, err
	}
	h := header.Geneve(data)
	switch {
	case !h.IsValid():
		return g, nil, nil, errors.New("tunnel: not a Geneve header")
	case h.Control():
		return g, nil, nil, errors.New("tunnel: a Geneve packet for the tunnel end itself")
	case h.Proto() != etherTypeTEB:
		return g, nil, nil, errors.New("tunnel: a Geneve packet that carries no Ethernet frame")
	}
	options = data[header.GeneveMinLen:h.HeaderLen()]
	if _, err := checkOptions(options); err != nil {
		return g, nil, nil, err
	}
	return Geneve{ends, h.VNI()}, options, data[h.HeaderLen():], nil
}

// Option is one option of a Geneve header.
type Option struct {
	Class uint16
	// Type has the critical bit at its top: who does not know such an option must drop the packet.
	Type uint8
	// Data is a multiple of 4 bytes, at most 124.
	Data []byte
}

// Critical reports whether the option must be understood.
func (o Option) Critical() bool { return o.Type&0x80 != 0 }

// AppendOption appends an option as it stands in a header. The error is of data of an impossible length.
func AppendOption(dst []byte, o Option) ([]byte, error) {
	if len(o.Data)%4 != 0 || len(o.Data) > maxOption {
		return dst, errors.New("tunnel: the data of a Geneve option are a multiple of 4 bytes, at most 124")
	}
	dst = binary.BigEndian.AppendUint16(dst, o.Class)
	return append(append(dst, o.Type, uint8(len(o.Data)/4)), o.Data...), nil
}

// NextOption takes the first of the options of a header off the rest. It reports false where there is none, or none
// that is whole.
func NextOption(options []byte) (o Option, rest []byte, ok bool) {
	if len(options) < optionHeader {
		return o, nil, false
	}
	end := optionHeader + int(options[3]&0x1f)*4
	if end > len(options) {
		return o, nil, false
	}
	return Option{binary.BigEndian.Uint16(options), options[2], options[optionHeader:end:end]}, options[end:], true
}

// checkOptions reports whether one of the options is critical. The error is of options that do not fill their length.
func checkOptions(options []byte) (critical bool, err error) {
	if len(options) > maxOptions {
		return false, errors.New("tunnel: more than 252 bytes of Geneve options")
	}
	for len(options) > 0 {
		o, rest, ok := NextOption(options)
		if !ok {
			return false, errors.New("tunnel: a Geneve option runs past the header")
		}
		critical = critical || o.Critical()
		options = rest
	}
	return critical, nil
}
