package table

import (
	"math/bits"
)

// MaxKeyBytes is the widest exact-match key: an IPv6 five-tuple (37 bytes) and a VRF (2 bytes), rounded up to words.
const MaxKeyBytes = 40

const keyWords = MaxKeyBytes / 8

// Key is an exact-match key: the bytes of the matched fields packed in order into little-endian words, zero padded.
type Key [keyWords]uint64

// The widths of the keys that Tuple.Key gives.
const (
	TupleBytesV4 = 15 // two addresses, two ports, protocol, VRF
	TupleBytesV6 = 39
)

// Key returns the tuple as an exact-match key of TupleBytesV4 or TupleBytesV6 bytes. Flags are not in it.
func (t *Tuple) Key() Key {
	rest := uint64(t.SrcPort) | uint64(t.DstPort)<<16 | uint64(t.Proto)<<32 | uint64(t.VRF)<<40
	if t.V6 {
		return Key{t.Src.Hi, t.Src.Lo, t.Dst.Hi, t.Dst.Lo, rest}
	}
	return Key{t.Src.Lo | t.Dst.Lo<<32, rest}
}

// mix folds the 128-bit product of a and b: a cheap multiplication that spreads every input bit over the result.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// Numbers without structure: the fractional parts of the square roots of 2 (made odd), 3, 5 and 7.
const (
	mixA = 0x6a09e667f3bcc909
	mixB = 0xbb67ae8584caa73b
	mixC = 0x3c6ef372fe94f82b
	mixD = 0xa54ff53a5f1d36f1
)

// hash2 hashes two words.
func hash2(a, b, seed uint64) uint64 {
	return mix(mix(a^seed^mixA, b^mixB)^mixC, mixD)
}

// hashKey hashes the first n words of k.
func hashKey(k *Key, n int, seed uint64) uint64 {
	if n == 2 {
		return hash2(k[0], k[1], seed)
	}
	h := seed ^ mixA
	for _, w := range k[:n] {
		h = mix(h^w, mixB) ^ w>>32 ^ mixC
	}
	return mix(h, mixD)
}

// bucketOf maps hash h to one of n buckets of a way. Each way multiplies by another number, so that one hash gives
// every way its own bucket; multiplying beats a remainder and needs no power of two.
func bucketOf(h uint64, way int, n uint64) uint64 {
	hi, _ := bits.Mul64(mix(h, bits.RotateLeft64(mixA, 13*way)), n)
	return hi
}
