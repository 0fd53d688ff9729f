package hw

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// logLinearMean is the mean of a distribution whose quantile function is log-linear between the points of a table: a
// segment from a to b has the logarithmic mean (b-a)/ln(b/a).
func logLinearMean(table []profile.StallPoint) float64 {
	mean := 0.0
	for i := 1; i < len(table); i++ {
		a, b := float64(table[i-1].Duration), float64(table[i].Duration)
		m := a
		if a != b {
			m = (b - a) / math.Log(b/a)
		}
		mean += m * float64(table[i].Quantile-table[i-1].Quantile) / float64(units.Whole)
	}
	return mean
}

// The lengths follow the table: as many are below a point as its quantile says, within 4 standard deviations of
// counting, and half-way between two points on the log scale half of the segment is reached.
func TestStallLengthsFollowTheirTable(t *testing.T) {
	const draws = 1_500_000
	s := newStalls(&unsteady(t).Stall, rng.New(3, 0, "stalls"))
	var lengths []float64
	var sum, squares float64
	for range draws {
		d := float64(s.length())
		lengths = append(lengths, d)
		sum += d
		squares += d * d
	}
	below := func(limit, want float64) {
		n := 0.0
		for _, d := range lengths {
			if d <= limit {
				n++
			}
		}
		assert.InDelta(t, want, n/draws, 4*math.Sqrt(want*(1-want)/draws)+3.0/draws, "share up to %g ps", limit)
	}
	for i, point := range s.table {
		q := float64(point.Quantile) / float64(units.Whole)
		below(float64(point.Duration), q)
		if i > 0 {
			before := s.table[i-1]
			low := float64(before.Quantile) / float64(units.Whole)
			below(math.Sqrt(float64(before.Duration)*float64(point.Duration)), (low+q)/2)
		}
	}
	mean := sum / draws
	sigma := math.Sqrt((squares/draws - mean*mean) / draws)
	assert.InDelta(t, logLinearMean(s.table), mean, 4*sigma)
	assert.Less(t, sigma/mean, 0.01)
}

// The core is away for mean length of (mean length + mean gap) of the time, and gaps are exponential: their standard
// deviation is their mean.
func TestStallsTakeTheirShareOfTime(t *testing.T) {
	const draws = 200_000
	s := newStalls(&unsteady(t).Stall, rng.New(4, 0, "stalls"))
	var away, gaps, squares float64
	end := units.Time{}
	for range draws {
		gap := float64(s.begin.Sub(end))
		away += float64(s.end.Sub(s.begin))
		gaps += gap
		squares += gap * gap
		end = s.end
		s.next()
	}
	mean := gaps / draws
	interval := float64(unsteady(t).Stall.MeanInterval.Value)
	assert.InEpsilon(t, interval, mean, 4/math.Sqrt(draws))
	// The variance of the sample deviation of an exponential is 2/n of its square.
	assert.InEpsilon(t, 1, math.Sqrt(squares/draws-mean*mean)/mean, 4*math.Sqrt(2.0/draws))
	length := logLinearMean(s.table)
	assert.InEpsilon(t, length/(length+interval), away/(away+gaps), 0.02)
}

// stretch is one time that a core was away.
type stretch struct{ begin, end units.Time }

// observed serves a packet every gap and returns the stalls that the process went through, and the time that work took
// beyond its cycles.
func observed(t *testing.T, gap units.Duration, work units.Cycles, span units.Duration) (seen []stretch, lost units.Duration) {
	c := NewCore("core", unsteady(t), station.Work{Cycles: work}, rng.New(5, 0, "core"))
	last := stretch{}
	for at := units.At(0); at.Before(units.At(span)); at = at.Add(gap) {
		if now := (stretch{c.stalls.begin, c.stalls.end}); now != last {
			seen, last = append(seen, now), now
		}
		v, ok := c.Serve(at, &packet.Packet{})
		require.True(t, ok)
		lost += v.Out.Sub(at) - units.Duration(work)*units.Nanosecond
	}
	return seen, lost
}

// Equal cores lose the same stretches of time whatever their load: what a light load sees is what a heavy one sees at
// the same instants.
func TestStallsDoNotDependOnTheLoad(t *testing.T) {
	const span = units.Second
	heavy, lostHeavy := observed(t, 10*units.Microsecond, 9_000, span) // 90% busy
	light, lostLight := observed(t, 10*units.Microsecond, 10, span)    // 0.1% busy
	at := map[stretch]bool{}
	for _, s := range heavy {
		at[s] = true
	}
	assert.Greater(t, len(heavy), 100, "the reference has more stalls in a second")
	missing := 0
	for _, s := range light {
		if !at[s] {
			missing++
		}
	}
	// The last stall that one of them drew may lie beyond the end, and a heavy load can cross two at once.
	assert.LessOrEqual(t, missing, 2)
	assert.InDelta(t, len(heavy), len(light), 5)
	assert.Greater(t, lostHeavy, lostLight, "those behind a stall wait for the work that piled up")
	assert.Positive(t, lostLight)
}

func TestNoTableNoStalls(t *testing.T) {
	table := unsteady(t).Stall
	table.Durations.Value = nil
	for _, s := range []*profile.Stall{{}, &table} {
		st := newStalls(s, nil)
		begin, end := st.around(units.At(5), units.Second)
		assert.Equal(t, units.At(5), begin)
		assert.Equal(t, units.At(5+units.Second), end)
	}
}
