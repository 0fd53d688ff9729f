package power

import (
	"math/bits"

	"github.com/dsnsim/dsnsim/sim/units"
)

// Sum is an energy in femtojoules that a long run does not overflow: units.Energy holds 9,223 J, a rack's hour takes more
// than 10^7. The zero value is no energy.
type Sum struct{ hi, lo uint64 }

// Add adds count times an energy, exactly. Neither may be negative.
func (s *Sum) Add(each units.Energy, count int64) {
	hi, lo := bits.Mul64(uint64(each), uint64(count))
	s.add(hi, lo)
}

// Hold adds what a power takes over a time: 1 mW over 1 ps is 1 fJ.
func (s *Sum) Hold(p units.Power, d units.Duration) { s.Add(units.Energy(p), int64(d)) }

// Plus adds another sum.
func (s *Sum) Plus(o Sum) { s.add(o.hi, o.lo) }

func (s *Sum) add(hi, lo uint64) {
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, lo, 0)
	s.hi, _ = bits.Add64(s.hi, hi, carry)
}

// Less reports whether s is less than o.
func (s Sum) Less(o Sum) bool { return s.hi < o.hi || s.hi == o.hi && s.lo < o.lo }

// Over returns the mean power of the energy over a time, in milliwatts rounded down. The time must be positive.
func (s Sum) Over(d units.Duration) units.Power {
	if s.hi >= uint64(d) {
		panic("power: a mean beyond 64 bits of milliwatts")
	}
	q, _ := bits.Div64(s.hi, s.lo, uint64(d))
	return units.Power(q)
}

// Femtojoules returns the energy as a float, for reports only.
func (s Sum) Femtojoules() float64 { return float64(s.hi)*(1<<64) + float64(s.lo) }

// Watts returns the mean power over a time as a float, for reports only.
func (s Sum) Watts(d units.Duration) float64 { return s.Femtojoules() / 1000 / float64(d) }
