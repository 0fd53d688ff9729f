package capture

import (
	"encoding/binary"

	"github.com/dsnsim/dsnsim/sim/header"
)

// EtherTypes of what a converted frame can hold beside IP (IEEE 802 registry, RFC 7042).
const (
	etherTypePPP        = 0x880b
	etherTypeMPLS       = 0x8847
	etherTypeMPLSDown   = 0x8848 // with labels given by the upstream router
	etherTypeUnassigned = 0x88b5 // for local experiments: what is none of the others
)

// minEtherType is where the type of a frame begins to be one; below it is a length (IEEE 802.3, 3.2.6).
const minEtherType = 0x600

// madeUp are the addresses of a frame whose link layer has none: locally administered.
var madeUp = [2]header.MAC{{0x02, 0, 0, 0, 0, 2}, {0x02, 0, 0, 0, 0, 1}}

// layer is a link-layer header in front of a packet.
type layer struct {
	// length is the header's, and etherType says what follows; below 0x600 it is the length of an 802.3 frame.
	length    int
	etherType uint16
	dst, src  header.MAC
}

// layerOf reads the link-layer header of a frame, whose end may be missing. It reports false for a type that it cannot
// read. source: tcpdump.org/linktypes.html, for all of them.
func layerOf(t linkType, data []byte) (l layer, ok bool) {
	l = layer{dst: madeUp[0], src: madeUp[1], etherType: etherTypeUnassigned}
	switch t {
	case linkRaw, linkRawBSD, linkRawOpenBSD:
		l.etherType = ipType(data)
	case linkIPv4:
		l.etherType = header.EtherTypeIPv4
	case linkIPv6:
		l.etherType = header.EtherTypeIPv6
	case linkNull, linkLoop:
		l.family(data)
	case linkPPP, linkPPPHDLC, linkHDLC:
		l.ppp(data)
	case linkPPPDir:
		l.ppp(data[min(1, len(data)):])
		l.length++
	case linkSLL:
		l.cooked(data, 16, 14, 2, 4, 6)
	case linkSLL2:
		l.cooked(data, 20, 0, 8, 11, 12)
	case linkFDDI:
		l.fddi(data)
	case linkPPI:
		return l.ppi(data)
	default:
		return l, false
	}
	return l, true
}

// ipType tells IPv4 from IPv6 by the first four bits.
func ipType(data []byte) uint16 {
	switch {
	case len(data) > 0 && data[0]>>4 == 4:
		return header.EtherTypeIPv4
	case len(data) > 0 && data[0]>>4 == 6:
		return header.EtherTypeIPv6
	}
	return etherTypeUnassigned
}

// family reads the four bytes of a protocol family, in the byte order of the capturing machine or, in LOOP, the network's. The
// number of IPv6 differs from system to system, so the packet itself is asked.
func (l *layer) family(data []byte) {
	l.length = 4
	l.etherType = ipType(data[min(l.length, len(data)):])
}

// ppp reads the header of PPP, with or without the address and control bytes of HDLC, or of Cisco's HDLC (RFC 1661,
// RFC 1662).
func (l *layer) ppp(data []byte) {
	if len(data) >= 4 && (data[0] == 0x0f || data[0] == 0x8f) && data[1] == 0 {
		l.length, l.etherType = 4, binary.BigEndian.Uint16(data[2:])
		return
	}
	if len(data) >= 2 && data[0] == 0xff && data[1] == 0x03 {
		l.length, data = 2, data[2:]
	}
	protocol, length := uint16(0), 2
	switch {
	case len(data) >= 1 && data[0]&1 == 1: // the first byte, 0, is left out
		protocol, length = uint16(data[0]), 1
	case len(data) >= 2:
		protocol = binary.BigEndian.Uint16(data)
	}
	types := map[uint16]uint16{0x21: header.EtherTypeIPv4, 0x57: header.EtherTypeIPv6, 0x281: etherTypeMPLS, 0x283: etherTypeMPLSDown}
	if etherType, known := types[protocol]; known {
		l.length, l.etherType = l.length+length, etherType
		return
	}
	l.etherType = etherTypePPP // whose frames begin with the protocol
}

// cooked reads the header of a Linux "any" device, whose fields are at these offsets: the protocol, the kind of the device, the
// length of the address and the sender's address.
func (l *layer) cooked(data []byte, length, protocol, device, addressLen, address int) {
	l.length = length
	if len(data) < length {
		return
	}
	l.etherType = binary.BigEndian.Uint16(data[protocol:])
	const ether = 1 // ARPHRD_ETHER
	addressLength := data[addressLen]
	if length == 16 { // two bytes in the first version
		addressLength = data[addressLen+1]
	}
	if binary.BigEndian.Uint16(data[device:]) == ether && addressLength == 6 {
		l.src = header.MAC(data[address:])
	}
}

// fddi reads the header of FDDI: frame control, addresses, and LLC with a SNAP header where an EtherType follows (RFC 1390).
func (l *layer) fddi(data []byte) {
	l.length = 13
	if len(data) < l.length {
		return
	}
	l.dst, l.src = header.MAC(data[1:]), header.MAC(data[7:])
	l.etherType = 0 // the length of an 802.3 frame
	if snap := data[l.length:]; len(snap) >= 8 && string(snap[:6]) == "\xaa\xaa\x03\x00\x00\x00" {
		l.length, l.etherType = l.length+8, binary.BigEndian.Uint16(snap[6:])
	}
}

// ppi reads a per-packet information header, which says the link type of what follows it.
func (l *layer) ppi(data []byte) (layer, bool) {
	if l.length = ppiLen; len(data) < ppiLen {
		return *l, true
	}
	l.length = max(int(binary.LittleEndian.Uint16(data[2:])), ppiLen)
	t := innerOf(data)
	if t == linkPPI {
		return *l, false
	}
	if t == linkEthernet {
		return layer{length: l.length, etherType: etherless}, true
	}
	inside, ok := layerOf(t, data[min(l.length, len(data)):])
	inside.length += l.length
	return inside, ok
}

// ppiLen is the least length of a per-packet information header.
const ppiLen = 8

// innerOf returns the link type inside a per-packet information header, which must be whole.
func innerOf(data []byte) linkType { return linkType(binary.LittleEndian.Uint32(data[4:])) }

// etherless stands for a header behind which an Ethernet frame comes, which needs no other.
const etherless = 0xffff

// convert returns the frame, in memory of its own, and its original length with an Ethernet header in place of its link
// layer. It reports false for a type that it cannot read.
func (b *builder) convert(t linkType, data []byte, original int) (frame []byte, wire int, ok bool) {
	l, ok := layerOf(t, data)
	if !ok {
		return nil, 0, false
	}
	rest := data[min(l.length, len(data)):]
	left := max(original-l.length, len(rest))
	if l.etherType == etherless {
		frame = b.frame(len(rest))
		copy(frame, rest)
		return frame, left, true
	}
	rest = rest[:min(len(rest), MaxFrame-header.EthernetLen)]
	left = min(left, MaxFrame-header.EthernetLen)
	frame = b.frame(header.EthernetLen + len(rest))
	h := header.Ethernet(frame)
	h.SetDst(l.dst)
	h.SetSrc(l.src)
	h.SetEtherType(l.etherType)
	if l.etherType < minEtherType {
		h.SetEtherType(uint16(min(left, minEtherType-1)))
	}
	copy(frame[header.EthernetLen:], rest)
	return frame, header.EthernetLen + left, true
}
