package traffic

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Phase is one of the phases that a source goes through in turn.
type Phase struct {
	// Rate is how much it sends in the phase, against the others; 0 for nothing.
	Rate float64
	// Dwell is the mean time that a phase takes.
	Dwell units.Duration
}

// Modulation makes a source's load go up and down while its mean stays: a Markov-modulated Poisson process with Poisson pacing,
// on and off with two phases, one of which sends nothing.
type Modulation struct {
	// Phases are gone through in turn, again and again.
	Phases []Phase
	// Shape is the shape of the Pareto distribution of how long phases take, above 1; 0 for the exponential one.
	Shape float64
}

// modulation bends the time of a pacer: its steady schedule runs fast in phases that send much and stands still in those that send
// nothing.
type modulation struct {
	speeds []float64 // against the mean, by phase
	dwells []float64 // ps
	shape  float64
	draw   *rand.PCG
	phase  int
	// from and to are when the phase begins and ends, and steady where the steady schedule is at its beginning, in ps.
	from, to, steady int64
	end              int64 // what is due from then on may be due at any time later
}

// modulation returns the configuration's, nil without any.
func (c *Config) modulation() (*modulation, error) {
	spec := c.Modulation
	if spec == nil {
		return nil, nil
	}
	if spec.Shape != 0 && !(spec.Shape > 1) {
		return nil, fmt.Errorf("the shape of phases is %v, want above 1 (below, they have no mean)", spec.Shape)
	}
	m := &modulation{shape: spec.Shape, draw: rng.NewSource(c.Seed, c.Replication, c.Name+"/phases"), phase: -1, to: c.Start.Ps(), steady: c.Start.Ps(), end: farthestPs}
	if c.End != (units.Time{}) {
		m.end = min(m.end, c.End.Ps())
	}
	sum, time := 0.0, 0.0
	for _, p := range spec.Phases {
		if p.Dwell <= 0 || !(p.Rate >= 0) {
			return nil, fmt.Errorf("a phase sends %v for %s, want 0 or more for a time above 0", p.Rate, p.Dwell)
		}
		sum += p.Rate * float64(p.Dwell)
		time += float64(p.Dwell)
	}
	if !(sum > 0) || math.IsInf(sum, 0) {
		return nil, fmt.Errorf("of %d phases none sends anything", len(spec.Phases))
	}
	for _, p := range spec.Phases {
		m.speeds, m.dwells = append(m.speeds, p.Rate*time/sum), append(m.dwells, float64(p.Dwell))
	}
	// The first phase is where the source would be that has always run, and by then some of it has gone by.
	u := unit(m.draw.Uint64()) * time
	for m.phase = 0; m.phase < len(m.dwells)-1 && u >= m.dwells[m.phase]; m.phase++ {
		u -= m.dwells[m.phase]
	}
	m.from, m.to = m.to, m.to+m.length()
	return m, nil
}

// length draws how long the phase takes, in ps; at least 1.
func (m *modulation) length() int64 {
	u := unit(m.draw.Uint64())
	dwell := m.dwells[m.phase]
	ps := float64(-math.Log1p(-u) * dwell)
	if m.shape > 0 {
		least := dwell * (m.shape - 1) / m.shape
		ps = float64(least * math.Pow(1-u, -1/m.shape))
	}
	return max(1, whole(ps))
}

// at returns when what is due at an instant of the steady schedule is due. Instants come in order. Phases are gone through as far as
// the end of the run only: at a packet a second there would be a million of a microsecond each to the next one.
func (m *modulation) at(steady int64) int64 {
	for m.from < m.end {
		speed := m.speeds[m.phase]
		if speed > 0 {
			due := m.from + whole(float64(float64(steady-m.steady)/speed)+0.5)
			if due < m.to {
				return due
			}
			m.steady += whole(float64(float64(m.to-m.from) * speed))
			m.steady = min(m.steady, steady)
		}
		m.phase = (m.phase + 1) % len(m.dwells)
		m.from = m.to
		m.to += m.length()
	}
	return m.from
}
