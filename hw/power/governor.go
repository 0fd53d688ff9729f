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
	counts  Governed
}

// Governed counts what a governor saw.
type Governed struct {
	Periods, Over, Throttled int64
	// ratio is the sum over the periods of the clock in parts of Steps.
	ratio   int64
	Changes int64
	Hottest units.Temperature
	Peak    units.Power
}

// NewGovernor returns one at the full clock that goes down to a share of it at most, above 0 and up to 100%.
func NewGovernor(l Limits, slowest units.Ratio) *Governor {
	return &Governor{limits: l, step: Steps, slowest: max(1, int(int64(slowest)*Steps/int64(units.Whole)))}
}

// Period tells the governor what its DSN took and how hot it was at the end of a period, and returns the clock of the next
// in parts of Steps.
func (g *Governor) Period(p units.Power, t units.Temperature) int {
	c := &g.counts
	c.Periods++
	c.ratio += int64(g.step)
	c.Peak, c.Hottest = max(c.Peak, p), max(c.Hottest, t)
	if g.step < Steps {
		c.Throttled++
	}
	l := &g.limits
	over := l.Power > 0 && p > l.Power || l.Junction > 0 && t > l.Junction
	cool := (l.Power == 0 || p <= l.Power-l.PowerHysteresis) && (l.Junction == 0 || t <= l.Junction-l.JunctionHysteresis)
	before := g.step
	switch {
	case over:
		c.Over++
		g.step = max(g.slowest, g.step-1)
	case cool:
		g.step = min(Steps, g.step+1)
	}
	if g.step != before {
		c.Changes++
	}
	return g.step
}

// Step returns the clock in parts of Steps.
func (g *Governor) Step() int { return g.step }

// Counts returns what was seen so far.
func (g *Governor) Counts() Governed { return g.counts }

// Ratio returns the mean clock as a share of the full one, 1 without any period.
func (c *Governed) Ratio() float64 {
	if c.Periods == 0 {
		return 1
	}
	return float64(c.ratio) / float64(c.Periods) / Steps
}
