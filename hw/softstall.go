package hw

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Contention says with whom a core is shared: so many others, who want the given share of it between them.
type Contention struct {
	Load   units.Ratio
	Others int
}

// Taken returns the share of the core that others get. A fair scheduler gives the core's own thread, which always has work, no
// less than each of them.
func (c Contention) Taken() float64 {
	return min(float64(c.Load)/float64(units.Whole), float64(c.Others)/float64(c.Others+1))
}

// Stall returns how a fair scheduler takes the core away: for as long as threads wait on a host with many others, but no
// longer than a slice of each that there is, and as often as gives them their share.
func (c Contention) Stall(host *profile.Contention) profile.Stall {
	s := profile.Stall{}
	taken := c.Taken()
	if taken <= 0 {
		return s
	}
	s.Durations.Value = cut(host.Absences.Value, host.Slice.Value*units.Duration(c.Others))
	st := stalls{table: s.Durations.Value}
	s.MeanInterval.Value = units.Duration(math.Round(st.meanLength() * (1 - taken) / taken))
	return s
}

// cut returns a table whose longest durations are most.
func cut(table []profile.StallPoint, most units.Duration) []profile.StallPoint {
	for i := range table {
		if table[i].Duration < most {
			continue
		}
		out := slices.Clone(table[:i])
		if i > 0 {
			a, b := table[i-1], table[i]
			share := math.Log(float64(most)/float64(a.Duration)) / math.Log(float64(b.Duration)/float64(a.Duration))
			q := a.Quantile + units.Ratio(math.Round(share*float64(b.Quantile-a.Quantile)))
			if q > a.Quantile {
				out = append(out, profile.StallPoint{Quantile: q, Duration: most})
			}
		} else {
			out = append(out, profile.StallPoint{Duration: most})
		}
		if out[len(out)-1].Quantile < units.Whole {
			out = append(out, profile.StallPoint{Quantile: units.Whole, Duration: most})
		}
		return out
	}
	return table
}

// Contend shares the core with others, beside what takes it away anyway. rng is to be a stream of its own.
func (c *Core) Contend(with Contention, host *profile.Contention, rng *rand.Rand) {
	s := with.Stall(host)
	if s.MeanInterval.Value <= 0 {
		return
	}
	c.stalls = both(c.stalls, newStalls(&s, rng))
}

// both returns the process that has a core taken away by either of two.
func both(a, b stalls) stalls {
	s := stalls{parts: []*stalls{&a, &b}, begin: units.Forever, end: units.Time{}}
	s.next()
	return s
}

// nextOf merges the stalls of its parts: those that touch are one.
func (s *stalls) nextOf() {
	first := func() *stalls {
		if s.parts[1].begin.Before(s.parts[0].begin) {
			return s.parts[1]
		}
		return s.parts[0]
	}
	p := first()
	s.begin, s.end = p.begin, p.end
	if s.begin == units.Forever {
		return
	}
	p.next()
	for p = first(); !p.begin.After(s.end); p = first() {
		s.end = units.Later(s.end, p.end)
		p.next()
	}
}

// lost returns how many packets a second a core loses in the mean while it is away, when so many come each second and its ring
// has so many places: those beyond what the ring takes up. It is a fluid, so it lacks what bursts add.
func (s *stalls) lost(pps float64, ring int) float64 {
	if len(s.parts) > 0 {
		return s.parts[0].lost(pps, ring) + s.parts[1].lost(pps, ring)
	}
	if s.mean <= 0 || len(s.table) == 0 || pps <= 0 {
		return 0
	}
	full := float64(ring) / pps * float64(units.Second) // ps until the ring is full
	sum := 0.0
	for i := 1; i < len(s.table); i++ {
		share := float64(s.table[i].Quantile-s.table[i-1].Quantile) / float64(units.Whole)
		a, b := float64(s.table[i-1].Duration), float64(s.table[i].Duration)
		switch {
		case b <= full:
		case a == b:
			sum += share * (b - full)
		default:
			from := max(a, full)
			sum += share * ((b - from) - full*math.Log(b/from)) / math.Log(b/a)
		}
	}
	return sum / (s.mean + s.meanLength()) * pps
}
