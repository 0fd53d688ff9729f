package header

import "encoding/binary"

// Lengths of the fixed IPv6 headers.
const (
	IPv6Len         = 40
	IPv6FragmentLen = 8
	ipv6ExtMinLen   = 8
)

const (
	ipv6PayloadLen = 4
	ipv6Next       = 6
	ipv6HopLimit   = 7
	ipv6Src        = 8
	ipv6Dst        = 24
)

// IPv6 is an IPv6 header (RFC 8200, section 3) and what follows it.
type IPv6 []byte

// IsValid reports whether the version is 6 and the header is complete.
func (h IPv6) IsValid() bool { return len(h) >= IPv6Len && h[0]>>4 == 6 }

// TrafficClass returns the DSCP (upper 6 bits) and ECN (lower 2).
func (h IPv6) TrafficClass() uint8 { return uint8(binary.BigEndian.Uint16(h) >> 4) }

// PayloadLen returns the length of all that follows the header. It is 0 in a jumbogram.
func (h IPv6) PayloadLen() int { return int(binary.BigEndian.Uint16(h[ipv6PayloadLen:])) }

// NextHeader returns the number of the header that follows.
func (h IPv6) NextHeader() uint8 { return h[ipv6Next] }

// Src returns the source address.
func (h IPv6) Src() [16]byte { return [16]byte(h[ipv6Src:]) }

// Dst returns the destination address.
func (h IPv6) Dst() [16]byte { return [16]byte(h[ipv6Dst:]) }

// SetFirst sets version 6, the traffic class and the flow label.
func (h IPv6) SetFirst(trafficClass uint8, flowLabel uint32) {
	binary.BigEndian.PutUint32(h, 6<<28|uint32(trafficClass)<<20|flowLabel&0xfffff)
}

// SetPayloadLen sets the length of all that follows the header.
func (h IPv6) SetPayloadLen(n int) { binary.BigEndian.PutUint16(h[ipv6PayloadLen:], uint16(n)) }

// SetNextHeader sets the number of the header that follows.
func (h IPv6) SetNextHeader(next uint8) { h[ipv6Next] = next }

// SetHopLimit sets the hops that are left.
func (h IPv6) SetHopLimit(hops uint8) { h[ipv6HopLimit] = hops }

// SetSrc sets the source address and leaves the checksums; SetSource keeps them right.
func (h IPv6) SetSrc(a [16]byte) { copy(h[ipv6Src:], a[:]) }

// SetDst sets the destination address and leaves the checksums; SetDestination keeps them right.
func (h IPv6) SetDst(a [16]byte) { copy(h[ipv6Dst:], a[:]) }

// IPv6Ext is a hop-by-hop, routing or destination options header (RFC 8200, section 4): next header, length in 8-byte
// units after the first 8 bytes, then what the kind holds.
type IPv6Ext []byte

// IsValid reports whether the header is complete.
func (h IPv6Ext) IsValid() bool { return len(h) >= ipv6ExtMinLen && len(h) >= h.HeaderLen() }

// NextHeader returns the number of the header that follows.
func (h IPv6Ext) NextHeader() uint8 { return h[0] }

// HeaderLen returns the length of this header, 8 to 2048.
func (h IPv6Ext) HeaderLen() int { return (int(h[1]) + 1) * 8 }

// Set sets the next header and the length, a multiple of 8.
func (h IPv6Ext) Set(next uint8, length int) { h[0], h[1] = next, uint8(length/8-1) }

// IPv6Fragment is an IPv6 fragment header (RFC 8200, section 4.5).
type IPv6Fragment []byte

// FragmentOffset returns the place of the payload in the fragmented part, in bytes.
func (h IPv6Fragment) FragmentOffset() int { return int(binary.BigEndian.Uint16(h[2:]) &^ 7) }

// MoreFragments reports the M flag.
func (h IPv6Fragment) MoreFragments() bool { return h[3]&1 != 0 }

// ID returns the identification field.
func (h IPv6Fragment) ID() uint32 { return binary.BigEndian.Uint32(h[4:]) }

// Set sets all fields; the offset is in bytes, a multiple of 8.
func (h IPv6Fragment) Set(next uint8, offset int, more bool, id uint32) {
	field := uint16(offset) &^ 7
	if more {
		field |= 1
	}
	h[0], h[1] = next, 0
	binary.BigEndian.PutUint16(h[2:], field)
	binary.BigEndian.PutUint32(h[4:], id)
}
