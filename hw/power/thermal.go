package power

import (
	"math"
	"math/bits"

	"github.com/dsnsim/dsnsim/sim/units"
)

// Package is a chip with its heat sink as one thermal resistance to the air and one heat capacity.
type Package struct {
	Ambient units.Temperature
	// ResistanceMKPerW is how much warmer than the air the junction gets for each watt, in thousandths of a kelvin.
	ResistanceMKPerW int64
	// CapacityMJPerK is the heat that warms the package by a kelvin, in millijoules.
	CapacityMJPerK int64
}

// Steady returns the junction's temperature after a power has been there for ever.
func (p *Package) Steady(w units.Power) units.Temperature {
	return p.Ambient + units.Temperature(int64(w)*p.ResistanceMKPerW/1000)
}

// TimeConstant returns R times C: the time in which the package gets 63% of the way to its steady temperature.
func (p *Package) TimeConstant() units.Duration {
	// mK/W x mJ/K = 10^-6 s
	return units.Duration(p.ResistanceMKPerW*p.CapacityMJPerK) * units.Microsecond
}

// Heat is the state of a Package that is looked at in equal steps of time.
type Heat struct {
	pack Package
	keep uint64 // the share of the distance to the steady temperature that is left after a step, in 2^-63
	// at is the temperature in 2^-32 of a thousandth of a degree, so that many small steps do not lose what each rounds.
	at int64
}

// shift is how many binary places a temperature has in Heat. A junction of 2,000 C still fits.
const shift = 32

// NewHeat returns a package at a temperature.
func NewHeat(p Package, at units.Temperature, step units.Duration) *Heat {
	keep := uint64(math.Round(math.Exp(-float64(step)/float64(p.TimeConstant())) * (1 << 63)))
	return &Heat{pack: p, keep: keep, at: int64(at) << shift}
}

// Step lets a power heat the package for one step of time, and returns the temperature after it.
func (h *Heat) Step(w units.Power) units.Temperature {
	target := int64(h.pack.Steady(w)) << shift
	distance := h.at - target
	sign := int64(1)
	if distance < 0 {
		sign, distance = -1, -distance
	}
	hi, lo := bits.Mul64(uint64(distance), h.keep)
	h.at = target + sign*int64(hi<<1|lo>>63)
	return h.Temperature()
}

// Temperature returns the junction's temperature.
func (h *Heat) Temperature() units.Temperature { return units.Temperature(h.at >> shift) }

// Until returns how long a power takes to heat the package from one temperature to another, and false when it never does.
func (p *Package) Until(w units.Power, from, to units.Temperature) (units.Duration, bool) {
	steady := p.Steady(w)
	switch {
	case to <= from:
		return 0, true
	case steady <= to:
		return 0, false
	}
	return units.Duration(math.Round(float64(p.TimeConstant()) * math.Log(float64(steady-from)/float64(steady-to)))), true
}
