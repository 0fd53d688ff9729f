package header

import "encoding/binary"

// Lengths of the fixed tunnel headers.
const (
	VXLANLen     = 8
	GeneveMinLen = 8
	GREMinLen    = 4
	ESPLen       = 8
	AHMinLen     = 12
)

// VXLAN is a VXLAN header (RFC 7348, section 5); an Ethernet frame follows.
type VXLAN []byte

const vxlanFlagVNI = 0x08

// IsValid reports whether the header is complete and says that its VNI is valid.
func (h VXLAN) IsValid() bool { return len(h) >= VXLANLen && h[0]&vxlanFlagVNI != 0 }

// VNI returns the 24-bit network identifier.
func (h VXLAN) VNI() uint32 { return binary.BigEndian.Uint32(h[4:]) >> 8 }

// Set sets the flags and the network identifier, and clears the reserved bits.
func (h VXLAN) Set(vni uint32) {
	binary.BigEndian.PutUint32(h, vxlanFlagVNI<<24)
	binary.BigEndian.PutUint32(h[4:], vni<<8)
}

// Geneve is a Geneve header (RFC 8926, section 3.4).
type Geneve []byte

// IsValid reports whether the version is 0 and the header with its options is complete.
func (h Geneve) IsValid() bool {
	return len(h) >= GeneveMinLen && h[0]>>6 == 0 && len(h) >= h.HeaderLen()
}

// HeaderLen returns the length of the header with its options, 8 to 260.
func (h Geneve) HeaderLen() int { return GeneveMinLen + h.OptionsLen() }

// OptionsLen returns the length of the options, 0 to 252.
func (h Geneve) OptionsLen() int { return int(h[0]&0x3f) * 4 }

// Control reports the O flag: the packet is for the tunnel end, not beyond it.
func (h Geneve) Control() bool { return h[1]&0x80 != 0 }

// Proto returns the EtherType of what follows; 0x6558 is an Ethernet frame.
func (h Geneve) Proto() uint16 { return binary.BigEndian.Uint16(h[2:]) }

// VNI returns the 24-bit network identifier.
func (h Geneve) VNI() uint32 { return binary.BigEndian.Uint32(h[4:]) >> 8 }

// Set sets all fields of a header with optionsLen bytes of options, a multiple of 4, and no flags.
func (h Geneve) Set(optionsLen int, proto uint16, vni uint32) {
	h[0], h[1] = uint8(optionsLen/4), 0
	binary.BigEndian.PutUint16(h[2:], proto)
	binary.BigEndian.PutUint32(h[4:], vni<<8)
}

// GRE is a GRE header (RFC 2784, with the key and sequence number of RFC 2890).
type GRE []byte

const (
	greChecksum = 0x8000
	greRouting  = 0x4000
	greKey      = 0x2000
	greSequence = 0x1000
	greAck      = 0x0080 // version 1 only
	greVersion  = 0x0007
)

// IsValid reports whether the version is 0 without the routing of RFC 1701, and the optional fields are complete.
func (h GRE) IsValid() bool {
	return len(h) >= GREMinLen && h.Version() == 0 && h.flags()&greRouting == 0 && len(h) >= h.HeaderLen()
}

func (h GRE) flags() uint16 { return binary.BigEndian.Uint16(h) }

// Version returns the version: 0, or 1 for PPTP (RFC 2637).
func (h GRE) Version() uint8 { return uint8(h.flags() & greVersion) }

// Proto returns the EtherType of what follows.
func (h GRE) Proto() uint16 { return binary.BigEndian.Uint16(h[2:]) }

// HeaderLen returns the length of the header with the fields that its flags announce, without routing entries.
func (h GRE) HeaderLen() int {
	flags, n := h.flags(), GREMinLen
	for _, flag := range [...]uint16{greKey, greSequence} {
		if flags&flag != 0 {
			n += 4
		}
	}
	if flags&(greChecksum|greRouting) != 0 { // checksum and offset come together
		n += 4
	}
	if flags&greVersion == 1 && flags&greAck != 0 {
		n += 4
	}
	return n
}

// HasKey reports whether there is a key.
func (h GRE) HasKey() bool { return h.flags()&greKey != 0 }

// Key returns the key. HasKey must be true and the header valid.
func (h GRE) Key() uint32 {
	if h.flags()&greChecksum != 0 {
		return binary.BigEndian.Uint32(h[8:])
	}
	return binary.BigEndian.Uint32(h[4:])
}

// ESP is the start of an IPsec encapsulating payload (RFC 4303, section 2); the rest is encrypted.
type ESP []byte

// IsValid reports whether security parameter index and sequence number are complete.
func (h ESP) IsValid() bool { return len(h) >= ESPLen }

// SPI returns the security parameter index.
func (h ESP) SPI() uint32 { return binary.BigEndian.Uint32(h) }

// Seq returns the sequence number, the lower 32 bits if it is an extended one.
func (h ESP) Seq() uint32 { return binary.BigEndian.Uint32(h[4:]) }

// Set sets the security parameter index and the sequence number.
func (h ESP) Set(spi, seq uint32) {
	binary.BigEndian.PutUint32(h, spi)
	binary.BigEndian.PutUint32(h[4:], seq)
}

// AH is an IPsec authentication header (RFC 4302, section 2).
type AH []byte

// HeaderLen returns the length of this header; its field counts 4-byte words less 2.
func (h AH) HeaderLen() int { return (int(h[1]) + 2) * 4 }
