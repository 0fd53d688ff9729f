package hw

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Others get what they want, up to a fair share.
func TestTakenIsAFairShare(t *testing.T) {
	for _, c := range []struct {
		load   units.Ratio
		others int
		want   float64
	}{{0, 1, 0}, {30 * units.Percent, 1, 0.3}, {90 * units.Percent, 1, 0.5}, {90 * units.Percent, 3, 0.75}, {units.Whole, 99, 0.99}} {
		assert.InDelta(t, c.want, Contention{c.load, c.others}.Taken(), 1e-12, "%+v", c)
	}
	assert.Zero(t, Contention{0, 1}.Stall(&reference(t).Host.Contention).MeanInterval.Value)
}

// A core that is shared is away for the share that others take, and never longer than a slice of each.
func TestContentionTakesItsShare(t *testing.T) {
	host := &reference(t).Host.Contention
	for _, c := range []Contention{{30 * units.Percent, 1}, {90 * units.Percent, 1}, {60 * units.Percent, 4}} {
		stall := c.Stall(host)
		s := newStalls(&stall, rng.New(9, 0, "tenants"))
		away, all, longest := 0.0, 0.0, units.Duration(0)
		end := units.Time{}
		for range 200_000 {
			away += float64(s.end.Sub(s.begin))
			all += float64(s.end.Sub(end))
			longest = max(longest, s.end.Sub(s.begin))
			end = s.end
			s.next()
		}
		assert.InEpsilon(t, c.Taken(), away/all, 0.02, "%+v", c)
		assert.LessOrEqual(t, longest, host.Slice.Value*units.Duration(c.Others))
		assert.Greater(t, longest, host.Slice.Value*units.Duration(c.Others)*9/10)
	}
}

// With very many others the waits are those that were measured: cyclictest's quantiles less its floor of 60 us.
func TestContentionHasTheMeasuredTail(t *testing.T) {
	stall := Contention{units.Whole, 1000}.Stall(&reference(t).Host.Contention)
	s := newStalls(&stall, rng.New(2, 0, "tenants"))
	const draws = 200_000
	var list []float64
	for range draws {
		list = append(list, float64(s.length())/float64(units.Microsecond))
	}
	slices.Sort(list)
	for _, q := range []struct{ share, want float64 }{{0.5, 92}, {0.75, 554}, {0.85, 1019}, {0.9, 1346}, {0.95, 5400}, {0.99, 19044}} {
		assert.InEpsilon(t, q.want-60, list[int(q.share*draws)], 0.05, "quantile %g", q.share)
	}
}

// A cut table is the table up to there, and one length from there on.
func TestCutTable(t *testing.T) {
	table := reference(t).Host.Contention.Absences.Value
	rapid.Check(t, func(t *rapid.T) {
		most := units.Duration(rapid.Int64Range(int64(ns), int64(100*units.Millisecond)).Draw(t, "most"))
		short := cut(table, most)
		require.Equal(t, units.Whole, short[len(short)-1].Quantile)
		require.Zero(t, short[0].Quantile)
		for i := range short {
			require.LessOrEqual(t, short[i].Duration, most)
			require.Positive(t, short[i].Duration)
			require.True(t, i == 0 || short[i].Quantile > short[i-1].Quantile && short[i].Duration >= short[i-1].Duration)
		}
	})
}

// Two processes together take the core away whenever one of them does.
func TestTwoStallProcessesAreTheirUnion(t *testing.T) {
	table := func(mean units.Duration) *profile.Stall {
		s := &profile.Stall{}
		s.MeanInterval.Value = mean
		s.Durations.Value = []profile.StallPoint{{Quantile: 0, Duration: 10 * ns}, {Quantile: units.Whole, Duration: 2000 * ns}}
		return s
	}
	var list [2][]stretch
	a, b := newStalls(table(1500*ns), rng.New(1, 0, "a")), newStalls(table(700*ns), rng.New(1, 0, "b"))
	for i, s := range []*stalls{&a, &b} {
		for range 2000 {
			list[i] = append(list[i], stretch{s.begin, s.end})
			s.next()
		}
	}
	merged := both(newStalls(table(1500*ns), rng.New(1, 0, "a")), newStalls(table(700*ns), rng.New(1, 0, "b")))
	within := func(t units.Time) bool {
		for _, l := range list {
			if slices.ContainsFunc(l, func(s stretch) bool { return !t.Before(s.begin) && t.Before(s.end) }) {
				return true
			}
		}
		return false
	}
	now := units.Time{}
	for now.Before(at(200_000)) {
		for !merged.end.After(now) {
			merged.next()
		}
		require.Equal(t, within(now), !merged.begin.After(now), "at %v", now)
		now = now.Add(37 * ns)
	}
}

// What a core loses while it is away is what the fluid says, on a core of its own and on a shared one, where stalls follow each
// other before the ring is empty again.
func TestLostWhileAway(t *testing.T) {
	for _, c := range []struct {
		gap     units.Duration
		cycles  units.Cycles
		ring    int
		tenants units.Ratio
	}{
		{2 * units.Microsecond, 1400, 256, 0},
		{2 * units.Microsecond, 4500, 512, 0},
		{4 * units.Microsecond, 5000, 1024, 50 * units.Percent},
	} {
		h := reference(t).Host
		h.RingPackets.Value = c.ring
		const n, replications = 1_000_000, 5
		lost, want := 0.0, 0.0
		for r := range replications {
			core := NewCore("core", &h, station.Work{Cycles: c.cycles}, rng.New(3, r, "core"))
			core.Contend(Contention{c.tenants, 1}, &h.Contention, rng.New(3, r, "tenants"))
			behind, p := ring{Core: core, size: c.ring}, &packet.Packet{}
			for i := range n {
				behind.come(units.At(c.gap*units.Duration(i)), p)
			}
			lost += float64(core.Usage()[0].Drops) / n / replications
			pps := 1 / c.gap.Seconds()
			want = core.Lost(pps, pps*core.Holds(&packet.Packet{}, sim.Population{})[0].Seconds(), c.ring)
		}
		require.Greater(t, want, 5e-4, "or the test says nothing")
		// Ten seconds have a hundred of the stalls that matter, the fluid twice as many: a sixth is noise.
		assert.InEpsilon(t, want, lost, 0.35, "%+v", c)
	}
	assert.Zero(t, NewCore("core", calm(), station.Work{Cycles: 1}, nil).Lost(1e6, 0.5, 1))
	assert.InDelta(t, 0.5, NewCore("core", calm(), station.Work{Cycles: 1}, nil).Lost(1e6, 2, 1), 1e-12)
}

// A core that is shared is present for the product of what both processes leave, and holds packets as much longer.
func TestPresenceOfASharedCore(t *testing.T) {
	h := reference(t).Host
	c := NewCore("core", &h, station.Work{Cycles: 2800}, rng.New(1, 0, "core"))
	alone := c.Holds(&packet.Packet{}, sim.Population{})[0]
	c.Contend(Contention{40 * units.Percent, 1}, &h.Contention, rng.New(1, 0, "tenants"))
	assert.InEpsilon(t, float64(alone)/0.6, float64(c.Holds(&packet.Packet{}, sim.Population{})[0]), 1e-4)
}
