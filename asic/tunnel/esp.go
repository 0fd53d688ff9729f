package tunnel

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/dsnsim/dsnsim/sim/header"
)

// The sizes of ESP with AES-GCM. source: RFC 4303 section 2, RFC 4106 sections 3, 4 and 6.
const (
	SaltLen    = 4
	ivLen      = 8
	trailerLen = 2 // pad length, next header
	icvLen     = 16
	espAlign   = 4
	espFixed   = header.ESPLen + ivLen
)

// minSPI is the lowest index that is not reserved. source: RFC 4303, section 2.1.
const minSPI = 256

// Next headers of tunnel mode.
const (
	nextIPv4 = 4
	nextIPv6 = 41
)

// The faults of a received packet. A caller counts them apart (RFC 4303, section 3.4).
var (
	ErrICV    = errors.New("tunnel: the ICV is wrong")
	ErrReplay = errors.New("tunnel: a sequence number came twice or is older than the window")
	// ErrExhausted says that a sender has used up the sequence numbers of its association, which must not cycle.
	ErrExhausted = errors.New("tunnel: the security association has no sequence number left")
	errOtherSA   = errors.New("tunnel: another security association")
	// errPayload says that an authentic packet holds something else than what is expected in it.
	errPayload = errors.New("tunnel: not a padded IP packet")
)

// Config names a security association of one direction.
type Config struct {
	Ends
	// SPI is the security parameters index, 256 or more (RFC 4303, section 2.1).
	SPI uint32
	// Key is an AES key of 16, 24 or 32 bytes; Salt goes in front of each IV to make the nonce.
	Key  []byte
	Salt [SaltLen]byte
	// Uniform copies the DSCP of the packet to the outer header, and at the end of the tunnel back.
	Uniform bool
	// ESN uses extended sequence numbers: 64 bits, of which the packet carries the lower 32.
	ESN bool
	// Window is how many sequence numbers back the receiver remembers: 0 for WindowSize, NoWindow for a receiver that
	// takes every number, again and again.
	Window int
}

// NoWindow turns anti-replay off.
const NoWindow = -1

// SA is a security association of one direction: its sender seals with it, its receiver opens. Each holds one of its
// own. It is not for concurrent use.
type SA struct {
	Config
	aead   cipher.AEAD
	sent   uint64
	window Window
}

// NewSA returns an association that has carried no packet. The error says what of the configuration is impossible.
func NewSA(c Config) (*SA, error) {
	switch {
	case c.SPI < minSPI:
		return nil, fmt.Errorf("tunnel: SPI %d, want at least %d", c.SPI, minSPI)
	case c.Window < NoWindow || c.Window > MaxWindow:
		return nil, fmt.Errorf("tunnel: a window of %d, want at most %d", c.Window, MaxWindow)
	case c.Window == NoWindow && c.ESN:
		return nil, errors.New("tunnel: extended sequence numbers need the window: it tells their upper half")
	}
	block, err := aes.NewCipher(c.Key)
	if err != nil {
		return nil, fmt.Errorf("tunnel: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("tunnel: %w", err)
	}
	return &SA{Config: c, aead: aead, window: NewWindow(max(0, c.Window))}, nil
}

// Append appends to dst the IPv4 datagram that carries an IP packet, as the next of the association: its sequence
// number is one more than the last one's, from 1, and its IV is that number. Bytes behind the length that the packet
// itself gives are carried along as traffic flow padding (RFC 4303, section 2.7). The error is of a packet that is not
// IP or too long, or ErrExhausted; nothing is appended then, and no number used.
func (s *SA) Append(dst, packet []byte) ([]byte, error) {
	if !s.ESN && s.sent >= math.MaxUint32 || s.sent == math.MaxUint64 {
		return dst, ErrExhausted
	}
	return s.AppendAt(dst, packet, s.sent+1)
}

// AppendAt is Append with a sequence number that the caller counts. The next Append goes on from it. To seal two
// packets with one number gives the key away.
func (s *SA) AppendAt(dst, packet []byte, seq uint64) ([]byte, error) {
	next, class, err := inner(packet)
	if err != nil {
		return dst, err
	}
	if !s.ESN && seq > math.MaxUint32 {
		return dst, ErrExhausted
	}
	start := len(dst)
	dst, err = appendIPv4(dst, s.Ends, header.ProtoESP, outerClass(class, s.Uniform), ESPLen(len(packet))-header.IPv4MinLen)
	if err != nil {
		return dst[:start], err
	}
	s.sent = seq
	return s.seal(dst, packet, next, seq, seq), nil
}

// inner returns the next header of an IP packet, and its DSCP and ECN.
func inner(packet []byte) (next, class uint8, err error) {
	class, ok := header.Class(packet)
	switch {
	case !ok:
		return 0, 0, errors.New("tunnel: ESP tunnel mode carries IP packets only")
	case packet[0]>>4 == 6:
		return nextIPv6, class, nil
	}
	return nextIPv4, class, nil
}

// espLen returns the bytes from SPI to ICV for n bytes carried.
func espLen(n int) int { return espFixed + (n+trailerLen+espAlign-1)/espAlign*espAlign + icvLen }

// seal appends SPI, the low half of the sequence number, IV, and ciphertext with ICV.
func (s *SA) seal(dst, packet []byte, next uint8, seq, iv uint64) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, espFixed)...)
	header.ESP(dst[start:]).Set(s.SPI, uint32(seq))
	binary.BigEndian.PutUint64(dst[start+header.ESPLen:], iv)
	clear := len(dst)
	dst = append(dst, packet...)
	pad := espLen(len(packet)) - espFixed - icvLen - len(packet) - trailerLen
	for i := range pad {
		dst = append(dst, uint8(i+1)) // 1, 2, 3: RFC 4303, section 2.4
	}
	dst = append(dst, uint8(pad), next)
	nonce := s.nonce(dst[start+header.ESPLen : clear])
	aad, n := s.aad(seq)
	return s.aead.Seal(dst[:clear], nonce[:], dst[clear:], aad[:n])
}

func (s *SA) nonce(iv []byte) (nonce [SaltLen + ivLen]byte) {
	copy(nonce[:], s.Salt[:])
	copy(nonce[SaltLen:], iv)
	return nonce
}

// aad returns what the ICV covers beside the ciphertext: SPI and sequence number, all 64 bits of an extended one.
// source: RFC 4106, section 5.
func (s *SA) aad(seq uint64) (aad [12]byte, n int) {
	binary.BigEndian.PutUint32(aad[:], s.SPI)
	if s.ESN {
		binary.BigEndian.PutUint64(aad[4:], seq)
		return aad, 12
	}
	binary.BigEndian.PutUint32(aad[4:], uint32(seq))
	return aad, 8
}

// Open is the inverse of Append: it checks replay window and ICV of a datagram, and returns the IP packet in it, without
// traffic flow padding, and its sequence number. Only a packet that passes moves the window.
func (s *SA) Open(datagram []byte) (packet []byte, seq uint64, err error) {
	esp, err := payload(datagram, header.ProtoESP)
	if err != nil {
		return nil, 0, err
	}
	if len(esp) < espLen(0) || len(esp)%espAlign != 0 {
		return nil, 0, errors.New("tunnel: an ESP packet of an impossible length")
	}
	h := header.ESP(esp)
	if h.SPI() != s.SPI {
		return nil, 0, errOtherSA
	}
	seq = uint64(h.Seq())
	if s.ESN {
		seq = s.window.Extend(h.Seq())
	}
	if s.Window != NoWindow && !s.window.Fresh(seq) {
		return nil, seq, ErrReplay
	}
	nonce := s.nonce(esp[header.ESPLen:espFixed])
	aad, n := s.aad(seq)
	plain, err := s.aead.Open(nil, nonce[:], esp[espFixed:], aad[:n])
	if err != nil {
		return nil, seq, ErrICV
	}
	if s.Window != NoWindow {
		s.window.Accept(seq)
	}
	packet, err = unpad(plain)
	return packet, seq, err
}

// unpad takes trailer, padding and traffic flow padding off.
func unpad(plain []byte) ([]byte, error) {
	pad, next := int(plain[len(plain)-2]), plain[len(plain)-1]
	n := len(plain) - trailerLen - pad
	if n < 0 {
		return nil, fmt.Errorf("%w: more padding than packet", errPayload)
	}
	for i := range pad {
		if plain[n+i] != uint8(i+1) {
			return nil, fmt.Errorf("%w: the padding is not 1, 2, 3", errPayload)
		}
	}
	packet := plain[:n]
	carried, _, err := inner(packet)
	if err != nil || carried != next {
		return nil, fmt.Errorf("%w: not what the next header says", errPayload)
	}
	total := header.IPv4(packet).TotalLen()
	if next == nextIPv6 {
		total = header.IPv6Len + header.IPv6(packet).PayloadLen()
	}
	// A length of 0 is of a packet that a network card was to segment: it is as long as what came.
	if total >= header.IPv4MinLen && total < n && (next == nextIPv4 || total > header.IPv6Len) {
		packet = packet[:total]
	}
	return packet, nil
}
