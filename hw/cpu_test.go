package hw

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/internal/analytic"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// calm returns a host of 1 GHz without stalls and with an endless ring.
func calm() *profile.Host {
	h := &profile.Host{}
	h.Clock.Value = units.GHz
	return h
}

// unsteady returns a host of 1 GHz that loses its cores as the reference does, and has an endless ring.
func unsteady(t *testing.T) *profile.Host {
	h := reference(t).Host
	h.Clock.Value = units.GHz
	h.RingPackets.Value = 0
	return &h
}

// poissonWait feeds a core n packets of a fixed service time at a utilisation and returns the mean wait in service
// times, of all but the first tenth.
func poissonWait(t *testing.T, n, replication int, utilisation float64) float64 {
	const cycles = 1000
	c := NewCore("core", calm(), station.Work{Cycles: cycles}, rng.New(1, replication, "stalls"))
	gaps := rng.New(1, replication, "gaps")
	p := &packet.Packet{}
	now, warm := units.Time{}, n/10
	var all, late units.Duration
	for i := range n {
		now = now.Add(units.Duration(gaps.ExpFloat64() * float64(cycles*units.Nanosecond) / utilisation))
		v, ok := c.Serve(now, p)
		require.True(t, ok)
		all += v.Start.Sub(now)
		if i >= warm {
			late += v.Start.Sub(now)
		}
	}
	u := c.Usage()[0]
	require.EqualValues(t, n, u.Visits)
	require.Equal(t, all, u.Wait, "what the core reports is what its packets saw")
	return float64(late) / float64(n-warm) / float64(cycles*units.Nanosecond)
}

// A core that nobody takes away is an M/D/1 queue.
func TestCoreWithoutStallsIsMD1(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	for _, c := range []struct {
		utilisation float64
		packets     int
		precision   float64 // the half-width must be below this share, or the test says nothing
	}{{0.5, 50_000, 0.01}, {0.8, 50_000, 0.02}, {0.95, 500_000, 0.025}} {
		var waits []float64
		for r := range 20 {
			waits = append(waits, poissonWait(t, c.packets, r, c.utilisation))
		}
		e, want := stats.EstimateMean(waits), analytic.MD1Wait(c.utilisation, 1)
		assert.InDelta(t, want, e.Mean, e.HalfWidth, "at %g: %g +- %g", c.utilisation, e.Mean, e.HalfWidth)
		assert.Less(t, e.HalfWidth/want, c.precision, "at %g", c.utilisation)
	}
}

// 2.8 GHz has no whole period: 1000 cycles and 630 thousandths of one for each of 1500 B are 1945 cycles.
func TestCoreWorkIsCyclesOfItsClock(t *testing.T) {
	h := calm()
	h.Clock.Value = 2_800 * units.MHz
	c := NewCore("core", h, station.Work{Cycles: 1000, MilliCyclesPerByte: 630}, rng.New(1, 0, "core"))
	v, ok := c.Serve(units.At(77), &packet.Packet{Bytes: [2]uint32{64, 1500}})
	require.True(t, ok)
	assert.Equal(t, units.At(77), v.Start)
	assert.Equal(t, units.Duration(math.Ceil(1945/2.8*1000)), v.Out.Sub(v.Start))
}

func TestCoreDropsWhatItsRingCannotHold(t *testing.T) {
	h := calm()
	h.RingPackets.Value = 4
	c := NewCore("core", h, station.Work{Cycles: 1000}, rng.New(1, 0, "core"))
	assert.Equal(t, station.Room{Packets: 4}, c.Rings(4).Classes[FromVM].Room)
	r := ring{Core: c, size: 4}
	for i := range 8 {
		_, ok := r.come(units.At(0), &packet.Packet{})
		assert.Equal(t, i < 5, ok, "packet %d: one in service and four in the ring", i)
	}
	assert.EqualValues(t, 3, c.Usage()[0].Drops)
	assert.EqualValues(t, stats.DropHostQueue, c.DropReason())
}

// A stall takes the core from the packet in service, which goes on afterwards.
func TestStallsSuspendWork(t *testing.T) {
	ns := func(n int64) units.Time { return units.At(units.Duration(n) * units.Nanosecond) }
	fresh := func() *stalls {
		// One stall from 100 to 150 ns, then none for long.
		s := newStalls(&profile.Stall{}, nil)
		s.begin, s.end = ns(100), ns(150)
		s.rng, s.mean = rng.New(1, 0, "far"), 1e18
		s.draws([]profile.StallPoint{{Quantile: 0, Duration: 1}, {Quantile: units.Whole, Duration: 1}})
		return &s
	}
	for _, c := range []struct{ at, work, begin, end int64 }{
		{10, 90, 10, 100},   // done as the stall begins
		{10, 91, 10, 151},   // one ns of work is left for after it
		{50, 100, 50, 200},  // half before, half after
		{100, 10, 150, 160}, // comes as it begins: waits it out
		{149, 10, 150, 160}, // comes in its last ns
		{150, 10, 150, 160}, // comes as it ends
		{400, 10, 400, 410}, // comes after it
	} {
		begin, end := fresh().around(ns(c.at), units.Duration(c.work)*units.Nanosecond)
		assert.Equal(t, ns(c.begin), begin, "begin of %+v", c)
		assert.Equal(t, ns(c.end), end, "end of %+v", c)
	}
}

// Work that spans several stalls is suspended by each of them.
func TestWorkSpansSeveralStalls(t *testing.T) {
	ns := func(n int64) units.Time { return units.At(units.Duration(n) * units.Nanosecond) }
	s := newStalls(&profile.Stall{}, nil)
	s.begin, s.end = ns(100), ns(150)
	// Stalls of 50 ns, about one each 100 ns.
	s.rng, s.mean = rng.New(1, 0, "often"), float64(100*units.Nanosecond)
	s.draws([]profile.StallPoint{{Quantile: 0, Duration: 50 * units.Nanosecond}, {Quantile: units.Whole, Duration: 50 * units.Nanosecond}})
	twin := s
	twin.rng = rng.New(1, 0, "often")
	begin, end := s.around(ns(10), 1000*units.Nanosecond)
	assert.Equal(t, ns(10), begin)
	want, met := ns(10).Add(1000*units.Nanosecond), 0
	for twin.begin.Before(want) {
		want = want.Add(50 * units.Nanosecond)
		met++
		twin.next()
	}
	assert.Greater(t, met, 3)
	assert.Equal(t, want, end, "%d stalls", met)
}
