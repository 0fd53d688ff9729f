package hw

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Contention says with whom a core is shared: a number of others, who want a share of it between them.
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

// again returns the same process with draws of its own.
func (s *stalls) again(seed uint64) stalls {
	if len(s.parts) > 0 {
		return both(s.parts[0].again(seed), s.parts[1].again(seed+1))
	}
	stall := profile.Stall{}
	stall.MeanInterval.Value, stall.Durations.Value = units.Duration(s.mean), s.table
	return newStalls(&stall, rand.New(rand.NewPCG(seed, fluidSeed)))
}

// fluidStalls is how many stalls lostShare looks at: with the reference 19 s, in which a hypervisor takes the core away 190 times.
const (
	fluidStalls = 20_000
	fluidSeed   = 0x5eed
)

// lostShare returns the share of packets that a core loses at a packet rate, with a time of work for each and a number of places
// in its ring. Packets are a fluid, which fills the ring while the core is away and drains it afterwards; the draws
// are always the same.
func (s *stalls) lostShare(pps, work float64, ring int) float64 {
	if s.begin == units.Forever || pps <= 0 {
		return max(0, 1-1/max(1, pps*work))
	}
	own := s.again(1)
	room, grow := float64(ring), pps-1/work
	queue, lost := 0.0, 0.0
	last := units.Time{}
	for range fluidStalls {
		queue += grow * own.begin.Sub(last).Seconds()
		lost += max(0, queue-room)
		queue = min(max(0, queue), room)
		queue += pps * own.end.Sub(own.begin).Seconds()
		lost += max(0, queue-room)
		queue = min(queue, room)
		last = own.end
		own.next()
	}
	return lost / (pps * last.Sub(units.Time{}).Seconds())
}
