package power

import "github.com/dsnsim/dsnsim/sim/units"

// Limits are what a governor holds a DSN to. A zero limit is none.
type Limits struct {
	Power    units.Power
	Junction units.Temperature
	// PowerHysteresis and JunctionHysteresis are how far below its limit a figure must be before the clock rises again.
	PowerHysteresis    units.Power
	JunctionHysteresis units.Temperature
}

// Steps is how many clocks a governor chooses among: Steps/Steps is the full clock, 1/Steps the slowest.
const Steps = 32

// Governor chooses the clock of a DSN: a step down in each period that ends over a limit, a step up in each that ends
// under all of them by the hysteresis.
type Governor struct {
	limits  Limits
	slowest int
	step    int
}

// NewGovernor returns one at the full clock that goes down to a share of it at most, above 0 and up to 100%.
func NewGovernor(l Limits, slowest units.Ratio) *Governor {
	return &Governor{limits: l, step: Steps, slowest: max(1, int(int64(slowest)*Steps/int64(units.Whole)))}
}

// Period tells the governor what its DSN took and how hot it was at the end of a period, and returns the clock of the next
// in parts of Steps.
func (g *Governor) Period(p units.Power, t units.Temperature) int {
	l := &g.limits
	over := l.Power > 0 && p > l.Power || l.Junction > 0 && t > l.Junction
	cool := (l.Power == 0 || p <= l.Power-l.PowerHysteresis) && (l.Junction == 0 || t <= l.Junction-l.JunctionHysteresis)
	switch {
	case over:
		g.step = max(g.slowest, g.step-1)
	case cool:
		g.step = min(Steps, g.step+1)
	}
	return g.step
}

// Step returns the clock in parts of Steps.
func (g *Governor) Step() int { return g.step }
