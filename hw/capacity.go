package hw

import (
	"math"

	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// MissShare returns the share of look-ups that miss when keys are drawn from n equally likely ones: what
// does not fit. It is a lower bound, since sets overflow before the cache is full.
func (c *Cache) MissShare(keys int64) units.Ratio {
	places := int64(len(c.keys))
	if keys <= places {
		if places == 0 {
			return units.Whole
		}
		return 0
	}
	return units.Ratio((keys - places) * int64(units.Whole) / keys)
}

// Holds implements sim.Capable: the work, and the core's share of the time that the scheduler takes it away. Batches are taken to be
// full, as they are when the core has no time to spare.
func (c *Core) Holds(p *packet.Packet, of sim.Population) []units.Duration {
	work := c.mean(p, of)
	return []units.Duration{units.Duration(math.Round(float64(work) / c.stalls.present()))}
}

// present returns the share of the time that the core is there.
func (s *stalls) present() float64 {
	if len(s.parts) > 0 {
		return s.parts[0].present() * s.parts[1].present()
	}
	if s.mean <= 0 || len(s.table) == 0 {
		return 1
	}
	return s.mean / (s.mean + s.usual)
}

// meanLength returns the mean of length in ps. Between two points of the table, log-linear lengths from a to b have the
// mean (b-a)/ln(b/a).
func (s *stalls) meanLength() float64 {
	sum := 0.0
	for i := 1; i < len(s.table); i++ {
		share := float64(s.table[i].Quantile-s.table[i-1].Quantile) / float64(units.Whole)
		a, b := float64(s.table[i-1].Duration), float64(s.table[i].Duration)
		if a == b {
			sum += share * a
			continue
		}
		sum += share * (b - a) / math.Log(b/a)
	}
	return sum
}
