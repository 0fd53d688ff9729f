package header

import "encoding/binary"

// Lengths of the fixed headers of layer 2.
const (
	EthernetLen = 14
	VLANLen     = 4
)

const (
	ethernetDst  = 0
	ethernetSrc  = 6
	ethernetType = 12
)

// MAC is an Ethernet address.
type MAC [6]byte

// Ethernet is an Ethernet II header: destination, source, EtherType.
type Ethernet []byte

// Dst returns the destination address.
func (h Ethernet) Dst() MAC { return MAC(h[ethernetDst:]) }

// Src returns the source address.
func (h Ethernet) Src() MAC { return MAC(h[ethernetSrc:]) }

// EtherType returns the type field; a value below 0x600 is the length of an 802.3 frame.
func (h Ethernet) EtherType() uint16 { return binary.BigEndian.Uint16(h[ethernetType:]) }

// SetDst sets the destination address.
func (h Ethernet) SetDst(a MAC) { copy(h[ethernetDst:], a[:]) }

// SetSrc sets the source address.
func (h Ethernet) SetSrc(a MAC) { copy(h[ethernetSrc:], a[:]) }

// SetEtherType sets the type field.
func (h Ethernet) SetEtherType(t uint16) { binary.BigEndian.PutUint16(h[ethernetType:], t) }

// VLAN is the part of an 802.1Q or 802.1ad tag after its EtherType, which the header before holds: 3 bits of priority,
// the drop-eligible bit, 12 bits of VLAN id, and the EtherType of what follows.
type VLAN []byte

// ID returns the VLAN id, 0 to 4095.
func (h VLAN) ID() uint16 { return binary.BigEndian.Uint16(h) & 0x0fff }

// EtherType returns the type of what follows the tag.
func (h VLAN) EtherType() uint16 { return binary.BigEndian.Uint16(h[2:]) }

// SetID sets the VLAN id and leaves the priority bits.
func (h VLAN) SetID(id uint16) {
	binary.BigEndian.PutUint16(h, binary.BigEndian.Uint16(h)&0xf000|id&0x0fff)
}

// SetEtherType sets the type of what follows the tag.
func (h VLAN) SetEtherType(t uint16) { binary.BigEndian.PutUint16(h[2:], t) }

// isTag reports whether an EtherType announces a VLAN tag.
// IsTag reports whether an EtherType belongs to a VLAN tag.
func IsTag(etherType uint16) bool {
	return etherType == EtherTypeVLAN || etherType == EtherTypeQinQ || etherType == EtherTypeQinQOld
}
