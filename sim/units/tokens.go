package units

import (
	"math"
	"math/bits"
)

// Tokens is what a bucket holds: bits, and the part of a bit that came since in 1/10^12 of it. Nothing is ever rounded away, so a
// bucket does not drift. Bits are negative after a packet longer than the bucket.
type Tokens struct {
	Bits int64
	part uint64
}

// parts is how many make a bit: a rate of 1 bit/s brings one each picosecond.
const parts = uint64(Second)

// Grown returns what a rate brings in d, at most half of what fits Bits: more than any bucket holds.
func Grown(r Rate, d Duration) Tokens {
	hi, lo := bits.Mul64(uint64(r), uint64(d))
	if hi == 0 {
		return Tokens{int64(min(lo/parts, math.MaxInt64/2)), lo % parts}
	}
	if hi >= parts {
		return Tokens{Bits: math.MaxInt64 / 2}
	}
	whole, part := bits.Div64(hi, lo, parts)
	return Tokens{int64(min(whole, math.MaxInt64/2)), part}
}

// Fill adds to a bucket that holds size bits, and returns what it cannot hold. A full bucket holds no part of a bit more.
func (t *Tokens) Fill(more Tokens, size int64) (over Tokens) {
	t.Bits += more.Bits
	if t.part += more.part; t.part >= parts {
		t.part -= parts
		t.Bits++
	}
	if t.Bits < size {
		return Tokens{}
	}
	over = Tokens{t.Bits - size, t.part}
	*t = Tokens{Bits: size}
	return over
}

// Wait returns how long a rate takes until there are need bits, which there are not yet.
func (t *Tokens) Wait(r Rate, need int64) Duration {
	high, low := bits.Mul64(uint64(need-t.Bits), parts)
	low, borrow := bits.Sub64(low, t.part, 0)
	low, carry := bits.Add64(low, uint64(r)-1, 0)
	ps, _ := bits.Div64(high-borrow+carry, low, uint64(r))
	return Duration(ps)
}
