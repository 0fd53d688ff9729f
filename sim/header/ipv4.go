package header

import "encoding/binary"

// IPv4MinLen is the length of an IPv4 header without options; the longest is 60.
const IPv4MinLen = 20

const (
	ipv4VersionIHL = 0
	ipv4TOS        = 1
	ipv4TotalLen   = 2
	ipv4ID         = 4
	ipv4FlagsFrag  = 6
	ipv4TTL        = 8
	ipv4Proto      = 9
	ipv4Checksum   = 10
	ipv4Src        = 12
	ipv4Dst        = 16
)

// Flags of the IPv4 fragment field, and of FragmentOffset's unit.
const (
	IPv4DontFragment  = 0x4000
	IPv4MoreFragments = 0x2000
	ipv4OffsetMask    = 0x1fff
	fragmentUnit      = 8
)

// IPv4 is an IPv4 header (RFC 791, section 3.1) and what follows it.
type IPv4 []byte

// IsValid reports whether the version is 4 and the header with its options is complete.
func (h IPv4) IsValid() bool {
	return len(h) >= IPv4MinLen && h[ipv4VersionIHL]>>4 == 4 && h.HeaderLen() >= IPv4MinLen && len(h) >= h.HeaderLen()
}

// HeaderLen returns the length of the header with its options.
func (h IPv4) HeaderLen() int { return int(h[ipv4VersionIHL]&0x0f) * 4 }

// TotalLen returns the length of header and payload. It is 0 in frames that a network card was to segment.
func (h IPv4) TotalLen() int { return int(binary.BigEndian.Uint16(h[ipv4TotalLen:])) }

// ID returns the identification field.
func (h IPv4) ID() uint16 { return binary.BigEndian.Uint16(h[ipv4ID:]) }

// MoreFragments reports the MF flag.
func (h IPv4) MoreFragments() bool { return h.fragment()&IPv4MoreFragments != 0 }

// FragmentOffset returns the place of the payload in the datagram, in bytes (the field counts in 8).
func (h IPv4) FragmentOffset() int { return int(h.fragment()&ipv4OffsetMask) * fragmentUnit }

func (h IPv4) fragment() uint16 { return binary.BigEndian.Uint16(h[ipv4FlagsFrag:]) }

// Proto returns the protocol of the payload.
func (h IPv4) Proto() uint8 { return h[ipv4Proto] }

// Checksum returns the header checksum field.
func (h IPv4) Checksum() uint16 { return binary.BigEndian.Uint16(h[ipv4Checksum:]) }

// Src returns the source address.
func (h IPv4) Src() [4]byte { return [4]byte(h[ipv4Src:]) }

// Dst returns the destination address.
func (h IPv4) Dst() [4]byte { return [4]byte(h[ipv4Dst:]) }

// SetHeaderLen sets version 4 and the header length, a multiple of 4 from 20 to 60.
func (h IPv4) SetHeaderLen(n int) { h[ipv4VersionIHL] = 4<<4 | uint8(n/4) }

// SetTOS sets DSCP and ECN and leaves the checksum; UpdateTOS keeps it right.
func (h IPv4) SetTOS(tos uint8) { h[ipv4TOS] = tos }

// SetTotalLen sets the length of header and payload.
func (h IPv4) SetTotalLen(n int) { binary.BigEndian.PutUint16(h[ipv4TotalLen:], uint16(n)) }

// SetID sets the identification field.
func (h IPv4) SetID(id uint16) { binary.BigEndian.PutUint16(h[ipv4ID:], id) }

// SetFragment sets the flags (IPv4DontFragment, IPv4MoreFragments) and the offset in bytes, a multiple of 8.
func (h IPv4) SetFragment(flags uint16, offset int) {
	binary.BigEndian.PutUint16(h[ipv4FlagsFrag:], flags|uint16(offset/fragmentUnit)&ipv4OffsetMask)
}

// SetTTL sets the time to live and leaves the checksum; UpdateTTL and DecTTL keep it right.
func (h IPv4) SetTTL(ttl uint8) { h[ipv4TTL] = ttl }

// SetProto sets the protocol of the payload.
func (h IPv4) SetProto(proto uint8) { h[ipv4Proto] = proto }

// SetChecksum sets the header checksum field.
func (h IPv4) SetChecksum(sum uint16) { binary.BigEndian.PutUint16(h[ipv4Checksum:], sum) }

// SetSrc sets the source address and leaves the checksums; SetSource keeps them right.
func (h IPv4) SetSrc(a [4]byte) { copy(h[ipv4Src:], a[:]) }

// SetDst sets the destination address and leaves the checksums; SetDestination keeps them right.
func (h IPv4) SetDst(a [4]byte) { copy(h[ipv4Dst:], a[:]) }

// ComputeChecksum returns the checksum that the header should hold.
func (h IPv4) ComputeChecksum() uint16 {
	sum := Sum(h[:ipv4Checksum], 0)
	return ^Sum(h[ipv4Checksum+2:h.HeaderLen()], sum)
}

// UpdateTOS sets DSCP and ECN and updates the checksum.
func (h IPv4) UpdateTOS(tos uint8) { h.update(ipv4TOS, tos) }

// update sets one byte of the header and updates the checksum by the 16-bit word that the byte is in.
func (h IPv4) update(at int, value uint8) {
	word := h[at&^1 : at&^1+2]
	before := binary.BigEndian.Uint16(word)
	h[at] = value
	h.SetChecksum(UpdateChecksum(h.Checksum(), before, binary.BigEndian.Uint16(word)))
}
