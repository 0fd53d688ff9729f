package tunnel

import (
	"errors"

	"github.com/dsnsim/dsnsim/sim/header"
)

// firstSourcePort and sourcePorts bound the outer source port: the dynamic ports 49152 to 65535 that RFC 7348,
// section 5, and RFC 8926, section 3.3, recommend, without the first, by which some decoders know another protocol
// (tcpdump: BCM-LI).
const (
	firstSourcePort = 49153
	sourcePorts     = 1<<16 - firstSourcePort
)

// MaxVNI is the highest network identifier of VXLAN and Geneve: it has 24 bits.
const MaxVNI = 1<<24 - 1

var errVNI = errors.New("tunnel: a VNI has 24 bits")

// SourcePort returns the outer UDP source port for the hash of the inner flow: flows spread over equal paths, and each
// keeps to its own.
func SourcePort(hash uint32) uint16 {
	return uint16(firstSourcePort + uint64(hash)*sourcePorts>>32)
}

// appendUDP appends the IPv4 and UDP headers of a datagram of total bytes, and room for a header of n bytes behind
// them, which it returns. The UDP checksum is 0, as the tunnels over UDP recommend over IPv4.
func appendUDP(dst []byte, e Ends, port uint16, hash uint32, class uint8, total, n int) (out, room []byte, err error) {
	dst, err = appendIPv4(dst, e, header.ProtoUDP, class, total-header.IPv4MinLen)
	if err != nil {
		return dst, nil, err
	}
	at := len(dst)
	dst = append(dst, make([]byte, header.UDPLen+n)...)
	udp := header.UDP(dst[at:])
	udp.SetSrcPort(SourcePort(hash))
	udp.SetDstPort(port)
	udp.SetLen(total - header.IPv4MinLen)
	return dst, dst[at+header.UDPLen:], nil
}

// udpPayload returns what a UDP datagram for a port carries, and its outer addresses.
func udpPayload(datagram []byte, port uint16) (Ends, []byte, error) {
	udp, err := payload(datagram, header.ProtoUDP)
	if err != nil {
		return Ends{}, nil, err
	}
	u := header.UDP(udp)
	if !u.IsValid() || u.DstPort() != port || u.Len() != len(udp) {
		return Ends{}, nil, errors.New("tunnel: not a UDP datagram of this tunnel")
	}
	return endsOf(datagram), udp[header.UDPLen:], nil
}

func endsOf(datagram []byte) Ends {
	ip := header.IPv4(datagram)
	return Ends{ip.Src(), ip.Dst()}
}
