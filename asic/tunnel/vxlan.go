package tunnel

import (
	"errors"

	"github.com/dsnsim/dsnsim/sim/header"
)

// VXLANPort is the UDP port of VXLAN. source: RFC 7348, section 5.
const VXLANPort = header.PortVXLAN

// VXLAN is one virtual network between two tunnel ends.
type VXLAN struct {
	Ends
	VNI uint32
}

// Append appends to dst the IPv4 datagram that carries an Ethernet frame, whatever is in it. hash is the flow hash of
// the frame. The UDP checksum is 0, as RFC 7348 recommends. The error is of a frame too long or a VNI above MaxVNI.
func (v VXLAN) Append(dst, frame []byte, hash uint32) ([]byte, error) {
	if v.VNI > MaxVNI {
		return dst, errVNI
	}
	dst, room, err := appendUDP(dst, v.Ends, VXLANPort, hash, classAround(frame), VXLANLen(len(frame)), header.VXLANLen)
	if err != nil {
		return dst, err
	}
	header.VXLAN(room).Set(v.VNI)
	return append(dst, frame...), nil
}

// OpenVXLAN is the inverse of Append: it returns the network and the frame in a datagram, which the frame aliases.
func OpenVXLAN(datagram []byte) (v VXLAN, frame []byte, err error) {
	ends, data, err := udpPayload(datagram, VXLANPort)
	if err != nil {
		return v, nil, err
	}
	h := header.VXLAN(data)
	if !h.IsValid() {
		return v, nil, errors.New("tunnel: a VXLAN header without a VNI")
	}
	return VXLAN{ends, h.VNI()}, data[header.VXLANLen:], nil
}
