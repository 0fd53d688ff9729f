package psp

import (
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/dsnsim/dsnsim/sim/header"
)

// Next headers of tunnel mode.
const (
	nextIPv4 = 4
	nextIPv6 = 41
)

// Overhead is what PSP adds to what it carries, without the outer IP header and without a cookie.
const Overhead = header.UDPLen + HeaderLen + ICVLen

// SA is a security association of one direction as its sender knows it. The sender has its SPI and its key from the receiver.
type SA struct {
	Header // Next and IV are the packets'
	aead   cipher.AEAD
}

// NewSA returns an association with the key that its receiver derived. The error says what of it is impossible.
func NewSA(h Header, key []byte) (*SA, error) {
	switch {
	case h.Version >= versions:
		return nil, fmt.Errorf("%w %d", ErrVersion, h.Version)
	case len(key) != h.Version.KeyLen():
		return nil, fmt.Errorf("psp: a key of %d bytes, want %d in version %d", len(key), h.Version.KeyLen(), h.Version)
	case h.CryptOffset < 0 || h.CryptOffset > MaxCryptOffset || h.CryptOffset%cryptUnit != 0:
		return nil, fmt.Errorf("psp: a crypt offset of %d bytes, want a multiple of %d up to %d", h.CryptOffset, cryptUnit, MaxCryptOffset)
	}
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	return &SA{Header: h, aead: aead}, nil
}

// Append appends to dst the datagram that carries a payload of protocol next under an IP header: that of the tunnel, around a
// whole IP packet (tunnel mode), or that of the packet itself, around what was behind it (transport mode). It writes lengths,
// protocol and checksum of the IP header. port is the UDP source port; two packets of an association must not have the same iv.
func (s *SA) Append(dst, ip []byte, next uint8, payload []byte, port uint16, iv uint64) ([]byte, error) {
	h := s.Header
	h.Next, h.IV = next, iv
	if HeaderLen+h.CryptOffset > h.Len()+len(payload) {
		return dst, fmt.Errorf("psp: a crypt offset of %d bytes in a packet of %d", h.CryptOffset, len(payload))
	}
	n := header.UDPLen + h.Len() + len(payload) + ICVLen
	start := len(dst)
	dst = append(dst, ip...)
	if err := carry(dst[start:], header.ProtoUDP, n); err != nil {
		return dst[:start], err
	}
	udp := len(dst)
	dst = append(dst, make([]byte, header.UDPLen)...)
	header.UDP(dst[udp:]).SetSrcPort(port)
	header.UDP(dst[udp:]).SetDstPort(Port)
	header.UDP(dst[udp:]).SetLen(n) // its checksum is 0: the ICV covers more
	at := len(dst)
	dst = append(h.append(dst), payload...)
	clear := at + HeaderLen + h.CryptOffset
	nonce := nonceOf(h)
	return s.aead.Seal(dst[:clear], nonce[:], dst[clear:], dst[at:clear]), nil
}

// nonceOf returns SPI and IV.
func nonceOf(h Header) (nonce [12]byte) {
	binary.BigEndian.PutUint32(nonce[:], h.SPI)
	binary.BigEndian.PutUint64(nonce[4:], h.IV)
	return nonce
}

var errLong = errors.New("psp: the packet does not fit an IP datagram")

// carry makes an IP header, which is alone in ip or stands before its payload, one of n bytes of a protocol.
func carry(ip []byte, proto uint8, n int) error {
	if h := header.IPv6(ip); h.IsValid() {
		if n > math.MaxUint16 {
			return errLong
		}
		h.SetPayloadLen(n)
		h.SetNextHeader(proto)
		return nil
	}
	h := header.IPv4(ip)
	if !h.IsValid() {
		return errHeader
	}
	if h.HeaderLen()+n > math.MaxUint16 {
		return errLong
	}
	h.SetTotalLen(h.HeaderLen() + n)
	h.SetProto(proto)
	h.SetChecksum(h.ComputeChecksum())
	return nil
}

// Split returns the IP header of a packet, the protocol behind it and what it carries. Options of IPv4 belong to the header;
// extension headers of IPv6 do not.
func Split(packet []byte) (ip []byte, next uint8, payload []byte, err error) {
	if h := header.IPv6(packet); h.IsValid() {
		end := header.IPv6Len + h.PayloadLen()
		if end > len(packet) {
			return nil, 0, nil, errHeader
		}
		return packet[:header.IPv6Len], h.NextHeader(), packet[header.IPv6Len:end], nil
	}
	h := header.IPv4(packet)
	if !h.IsValid() || h.TotalLen() < h.HeaderLen() || h.TotalLen() > len(packet) || h.MoreFragments() || h.FragmentOffset() != 0 {
		return nil, 0, nil, errHeader
	}
	return packet[:h.HeaderLen()], h.Proto(), packet[h.HeaderLen():h.TotalLen()], nil
}

// Open is the inverse of Append: it derives the key of a datagram's association, checks the ICV, and returns the IP packet that
// the datagram carried, of either mode.
func (m *Master) Open(datagram []byte) (h Header, packet []byte, err error) {
	ip, proto, segment, err := Split(datagram)
	if err != nil {
		return h, nil, err
	}
	udp := header.UDP(segment)
	if proto != header.ProtoUDP || !udp.IsValid() || udp.DstPort() != Port || udp.Len() != len(segment) {
		return h, nil, errHeader
	}
	h, payload, err := m.open(segment[header.UDPLen:])
	if err != nil {
		return h, nil, err
	}
	if h.Next == nextIPv4 || h.Next == nextIPv6 {
		return h, payload, nil
	}
	packet = append(append(packet, ip...), payload...)
	return h, packet, carry(packet, h.Next, len(payload))
}

// open returns what a UDP payload carries.
func (m *Master) open(data []byte) (h Header, payload []byte, err error) {
	h, length, err := read(data)
	if err != nil {
		return h, nil, err
	}
	key, err := m.Derive(h.SPI, h.Version)
	if err != nil {
		return h, nil, err
	}
	aead, err := newAEAD(key)
	if err != nil {
		return h, nil, err
	}
	clear := HeaderLen + h.CryptOffset
	nonce := nonceOf(h)
	plain, err := aead.Open(append([]byte(nil), data[:clear]...), nonce[:], data[clear:], data[:clear])
	if err != nil {
		return h, nil, ErrICV
	}
	if h.HasCookie {
		h.Cookie = binary.BigEndian.Uint64(plain[HeaderLen:])
	}
	return h, plain[length:], nil
}
