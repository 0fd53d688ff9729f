// Package rss is receive-side scaling: the hash by which a card spreads flows over queues.
package rss

import (
	"encoding/binary"

	"github.com/dsnsim/dsnsim/sim/header"
)

// DefaultKey returns the RSS key with which Microsoft's specification verifies implementations ("Verifying the RSS
// Hash Calculation"). DPDK's drivers for Intel NICs have it as their default (rss_intel_key).
func DefaultKey() [40]byte {
	return [40]byte{
		0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0,
		0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c,
		0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
	}
}

// maxHashed is the longest input that a key of 40 bytes serves: two IPv6 addresses and two ports.
const maxHashed = 36

// Toeplitz computes RSS hashes by table: the hash is linear, so each byte of the input contributes a word that depends
// on its place and value only.
type Toeplitz struct {
	words [maxHashed][256]uint32
}

// NewToeplitz returns the hash for a key.
func NewToeplitz(key [40]byte) *Toeplitz {
	t := new(Toeplitz)
	for place := range t.words {
		// The 64 bits of the key from this byte on hold the eight windows of 32 bits that its bits select.
		var window uint64
		for i := range 8 {
			window <<= 8
			if place+i < len(key) {
				window |= uint64(key[place+i])
			}
		}
		for value := range t.words[place] {
			for bit := range 8 {
				if value&(0x80>>bit) != 0 {
					t.words[place][value] ^= uint32(window << bit >> 32)
				}
			}
		}
	}
	return t
}

// Sum returns the hash of the input: source address, destination address and, for TCP and UDP, source port and
// destination port, all in network order. It must not be longer than 36 bytes.
func (t *Toeplitz) Sum(input []byte) uint32 {
	sum := uint32(0)
	for place, b := range input {
		sum ^= t.words[place][b]
	}
	return sum
}

// SumOf returns the hash of a frame's flow as a NIC computes it: over addresses and ports of whole TCP and UDP
// datagrams, over the addresses of other IP, fragments included since only the first has ports, and 0 of what is not IP.
func (t *Toeplitz) SumOf(s *header.Summary) uint32 {
	if s.Version == 0 {
		return 0
	}
	addr := 4
	if s.Key.V6 {
		addr = 16
	}
	var input [maxHashed]byte
	n := copy(input[:], s.Key.Src[:addr])
	n += copy(input[n:], s.Key.Dst[:addr])
	if hasPorts(s) {
		binary.BigEndian.PutUint16(input[n:], s.Key.SrcPort)
		binary.BigEndian.PutUint16(input[n+2:], s.Key.DstPort)
		n += 4
	}
	return t.Sum(input[:n])
}

// hasPorts reports whether the ports of a TCP or UDP header belong to the frame's hash.
func hasPorts(s *header.Summary) bool {
	const ports = 4 // bytes at the start of the transport header
	return (s.Key.Proto == header.ProtoTCP || s.Key.Proto == header.ProtoUDP) &&
		s.Fragment == header.Whole && s.L4 > 0 && s.HeaderBytes >= s.L4+ports
}
