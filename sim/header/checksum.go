package header

import (
	"encoding/binary"
	"math/bits"
)

// Sum adds data to a ones' complement sum of 16-bit words (RFC 1071) and returns it folded. An odd last byte counts as
// the upper half of a word, so only the last part of a sum over several may have an odd length.
func Sum(data []byte, initial uint16) uint16 {
	sum := uint64(initial)
	for len(data) >= 8 {
		var carry uint64
		sum, carry = bits.Add64(sum, binary.BigEndian.Uint64(data), 0)
		sum += carry // cannot overflow again: a carry leaves the sum below 2^64-1
		data = data[8:]
	}
	var tail uint64
	for i := 0; i+1 < len(data); i += 2 {
		tail += uint64(binary.BigEndian.Uint16(data[i:]))
	}
	if len(data)%2 == 1 {
		tail += uint64(data[len(data)-1]) << 8
	}
	sum, carry := bits.Add64(sum, tail, 0)
	return fold(sum + carry)
}

// fold reduces a ones' complement sum to 16 bits.
func fold(sum uint64) uint16 {
	sum = sum>>32 + sum&0xffffffff
	sum = sum>>32 + sum&0xffffffff
	sum = sum>>16 + sum&0xffff
	sum = sum>>16 + sum&0xffff
	return uint16(sum)
}

// Checksum returns the Internet checksum of data (RFC 1071): the complement of its sum.
func Checksum(data []byte) uint16 { return ^Sum(data, 0) }

// UpdateChecksum returns the checksum of data in which one 16-bit word changes (RFC 1624, equation 3).
func UpdateChecksum(checksum, before, after uint16) uint16 {
	return ^fold(uint64(^checksum) + uint64(^before) + uint64(after))
}

// UpdateChecksumBytes returns the checksum of data in which a part changes. The part must start at an even offset; both
// slices have its length, which must be even.
func UpdateChecksumBytes(checksum uint16, before, after []byte) uint16 {
	return applyDelta(checksum, checksumDelta(before, after))
}

// checksumDelta returns what a change of bytes adds to their sum.
func checksumDelta(before, after []byte) uint16 {
	return fold(uint64(^Sum(before, 0)) + uint64(Sum(after, 0)))
}

// applyDelta returns the checksum of data whose sum changes by delta.
func applyDelta(checksum, delta uint16) uint16 { return ^fold(uint64(^checksum) + uint64(delta)) }

// PseudoSum returns the sum of the pseudo-header that a TCP, UDP or ICMPv6 checksum covers (RFC 9293 section 3.1,
// RFC 8200 section 8.1): addresses, protocol, and the length of transport header and payload.
func PseudoSum(k *Key, proto uint8, length int) uint16 {
	n := 4
	if k.V6 {
		n = 16
	}
	sum := Sum(k.Dst[:n], Sum(k.Src[:n], 0))
	return fold(uint64(sum) + uint64(proto) + uint64(length>>16) + uint64(length&0xffff))
}

// TransportChecksum returns the checksum of a TCP, UDP or ICMPv6 segment, whose own checksum field must be 0. For UDP,
// which uses 0 for "none", the caller sends 0xffff where this returns 0 (RFC 768).
func TransportChecksum(k *Key, proto uint8, segment []byte) uint16 {
	return ^Sum(segment, PseudoSum(k, proto, len(segment)))
}
