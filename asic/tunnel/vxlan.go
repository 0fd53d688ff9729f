package tunnel

import (
	"errors"

	"github.com/dsnsim/dsnsim/sim/header"
)

// VXLANPort is the UDP port of VXLAN. source: RFC 7348, section 5.
const VXLANPort = 4789

// MaxVNI is the highest VXLAN network identifier: it has 24 bits.
const MaxVNI = 1<<24 - 1

// vxlanHeaders is what VXLAN puts between the outer IPv4 header and the frame.
const vxlanHeaders = header.UDPLen + header.VXLANLen

// firstSourcePort and sourcePorts bound the outer source port: the dynamic ports 49152 to 65535 that RFC 7348,
// section 5, recommends, without the first, by which some decoders know another protocol (tcpdump: BCM-LI).
const (
	firstSourcePort = 49153
	sourcePorts     = 1<<16 - firstSourcePort
)

// VXLAN is one virtual network between two tunnel ends.
type VXLAN struct {
	Ends
	VNI uint32
}

// SourcePort returns the outer UDP source port for the hash of the inner flow: flows spread over equal paths, and each
// keeps to its own.
func SourcePort(hash uint32) uint16 {
	return uint16(firstSourcePort + uint64(hash)*sourcePorts>>32)
}

// Append appends to dst the IPv4 datagram that carries an Ethernet frame, whatever is in it. hash is the flow hash of
// the frame. The UDP checksum is 0, as RFC 7348 recommends. The error is of a frame too long or a VNI above MaxVNI.
func (v VXLAN) Append(dst, frame []byte, hash uint32) ([]byte, error) {
	if v.VNI > MaxVNI {
		return dst, errors.New("tunnel: a VNI has 24 bits")
	}
	dst, err := appendIPv4(dst, v.Ends, header.ProtoUDP, 0, vxlanHeaders+len(frame))
	if err != nil {
		return dst, err
	}
	at := len(dst)
	dst = append(dst, make([]byte, vxlanHeaders)...)
	udp := header.UDP(dst[at:])
	udp.SetSrcPort(SourcePort(hash))
	udp.SetDstPort(VXLANPort)
	udp.SetLen(vxlanHeaders + len(frame))
	header.VXLAN(dst[at+header.UDPLen:]).Set(v.VNI)
	return append(dst, frame...), nil
}

// OpenVXLAN is the inverse of Append: it returns the network and the frame in a datagram, which the frame aliases.
func OpenVXLAN(datagram []byte) (v VXLAN, frame []byte, err error) {
	udp, err := payload(datagram, header.ProtoUDP)
	if err != nil {
		return v, nil, err
	}
	u := header.UDP(udp)
	if !u.IsValid() || u.DstPort() != VXLANPort || u.Len() != len(udp) || len(udp) < vxlanHeaders {
		return v, nil, errors.New("tunnel: not a VXLAN packet")
	}
	x := header.VXLAN(udp[header.UDPLen:])
	if !x.IsValid() {
		return v, nil, errors.New("tunnel: a VXLAN header without a VNI")
	}
	ip := header.IPv4(datagram)
	return VXLAN{Ends{ip.Src(), ip.Dst()}, x.VNI()}, udp[vxlanHeaders:], nil
}
