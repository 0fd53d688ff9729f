package psp

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Sizes and numbers of the protocol, in bytes. source: PSP Architecture Specification.
const (
	Port      = 1000 // UDP destination
	HeaderLen = 16   // next header to IV; the cookie comes behind
	CookieLen = 8
	ICVLen    = 16
	// MaxCryptOffset is the most that may stay readable behind the header: 6 bits of 4 bytes.
	MaxCryptOffset = 63 * cryptUnit

	cryptUnit = 4
	extUnit   = 8 // of the header's length, without its first 8 bytes
)

// The bits of the header's fourth byte, beside the version. Sample and drop are for the receiver's operator and are not used here.
const (
	alwaysOne    = 1
	hasCookie    = 1 << 1
	versionShift = 2
	versionMask  = 0xf
	offsetMask   = 0x3f // of the third byte; the rest is reserved and ignored
)

// The faults of a received packet.
var (
	ErrVersion = errors.New("psp: AES-GCM of versions 0 and 1 is known, not version")
	ErrICV     = errors.New("psp: the ICV is wrong")
	errHeader  = errors.New("psp: not a whole PSP packet")
)

// Header is what a PSP header says.
type Header struct {
	// Next is the protocol of what the packet carries: 4 or 41 in tunnel mode.
	Next    uint8
	Version Version
	// CryptOffset is how many bytes behind the first HeaderLen are authenticated but not ciphered, a multiple of 4.
	CryptOffset int
	SPI         uint32
	IV          uint64
	// Cookie is for the receiver's virtual network; HasCookie says that it is there.
	Cookie    uint64
	HasCookie bool
}

// Len returns the length of the header in bytes.
func (h Header) Len() int {
	if h.HasCookie {
		return HeaderLen + CookieLen
	}
	return HeaderLen
}

// append appends the header.
func (h Header) append(dst []byte) []byte {
	flags := alwaysOne | uint8(h.Version)<<versionShift
	if h.HasCookie {
		flags |= hasCookie
	}
	dst = append(dst, h.Next, uint8(h.Len()/extUnit-1), uint8(h.CryptOffset/cryptUnit), flags)
	dst = binary.BigEndian.AppendUint32(dst, h.SPI)
	dst = binary.BigEndian.AppendUint64(dst, h.IV)
	if h.HasCookie {
		dst = binary.BigEndian.AppendUint64(dst, h.Cookie)
	}
	return dst
}

// read reads the header of a packet but for the cookie, which may be ciphered, and returns the header's whole length, with the
// extensions of others.
func read(data []byte) (h Header, length int, err error) {
	if len(data) < HeaderLen+ICVLen {
		return h, 0, errHeader
	}
	flags := data[3]
	h = Header{Next: data[0], Version: Version(flags >> versionShift & versionMask), CryptOffset: int(data[2]&offsetMask) * cryptUnit,
		SPI: binary.BigEndian.Uint32(data[4:]), IV: binary.BigEndian.Uint64(data[8:]), HasCookie: flags&hasCookie != 0}
	length = (int(data[1]) + 1) * extUnit
	switch room := len(data) - ICVLen; {
	case flags&alwaysOne == 0, length < h.Len(), length > room, HeaderLen+h.CryptOffset > room:
		return h, 0, errHeader
	case h.Version >= versions:
		return h, 0, fmt.Errorf("%w %d", ErrVersion, h.Version)
	}
	return h, length, nil
}
