package stats

import "math/bits"

// A sum is an unsigned 128-bit total: 64 bits hold only 92,000 latencies of 100 s. Its additions commute, as those of
// floats do not, so a merged total does not depend on the order of merging.
type sum struct{ hi, lo uint64 }

// add adds one value.
func (s *sum) add(v uint64) {
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, v, 0)
	s.hi += carry
}

// addProduct adds a*b.
func (s *sum) addProduct(a, b uint64) {
	hi, lo := bits.Mul64(a, b)
	s.merge(sum{hi, lo})
}

// merge adds another total.
func (s *sum) merge(o sum) {
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, o.lo, 0)
	s.hi, _ = bits.Add64(s.hi, o.hi, carry)
}

// mean returns the total over n, rounded to the nearest whole number (halves up), and 0 when n is 0. It panics when
// the result does not fit 64 bits, which a mean of 64-bit values always does.
func (s sum) mean(n uint64) uint64 {
	if n == 0 {
		return 0
	}
	q, r := bits.Div64(s.hi, s.lo, n)
	if r >= n-r {
		q++
	}
	return q
}
