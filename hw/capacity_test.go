package hw

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Keys drawn at random miss as often as the share says, within what sets of 16 ways lose.
func TestMissShareAgainstACache(t *testing.T) {
	const places, lookups = 4096, 200_000
	random := rng.New(1, 0, "keys")
	for _, keys := range []int64{1000, 4096, 5000, 8192, 100_000} {
		c := NewCache(places, 16)
		for range 100_000 {
			c.Touch(random.Uint64N(uint64(keys)))
		}
		before := c.Misses
		for range lookups {
			c.Touch(random.Uint64N(uint64(keys)))
		}
		want := float64(c.MissShare(keys)) / float64(units.Whole)
		got := float64(c.Misses-before) / lookups
		assert.InDelta(t, want, got, 0.125, "%d keys", keys)
		assert.LessOrEqual(t, want, got+0.003, "%d keys: a lower bound", keys)
	}
	assert.Equal(t, units.Whole, NewCache(0, 1).MissShare(1), "no cache never hits")
}

// What fits is never missed, and of twice as many keys half are.
func TestMissShareAtItsBound(t *testing.T) {
	c := NewCache(8, 4)
	for keys, want := range map[int64]units.Ratio{1: 0, 7: 0, 8: 0, 10: units.Whole / 5, 16: units.Whole / 2} {
		assert.Equal(t, want, c.MissShare(keys), "%d keys", keys)
	}
	assert.False(t, NewCache(4, 0).Touch(1), "sets have a way at least")
}

// A core that always has work does as much of it as Holds says, stalls included.
func TestHoldsAgainstABusyCore(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	p, err := profile.Load("reference-100g")
	require.NoError(t, err)
	h := p.Host
	h.RingPackets.Value = 1 << 30
	core := NewCore("core", &h, station.Work{Cycles: 5000, MilliCyclesPerByte: 600}, rng.New(1, 0, "core"))
	pkt := &packet.Packet{Bytes: [2]uint32{1000, 1100}}
	hold := core.Holds(pkt, sim.Population{})
	require.Len(t, hold, 1)
	const n = 3_000_000 // about six seconds, a thousand stalls
	var last units.Time
	for range n {
		v, ok := core.Serve(units.At(0), pkt)
		require.True(t, ok)
		last = v.Leave
	}
	mean := float64(last.Sub(units.At(0))) / n
	assert.InEpsilon(t, mean, float64(hold[0]), 0.003)
	assert.Greater(t, float64(hold[0]), 1.005*(5000+660)/2.8*1000, "stalls take about one percent")

	h.Stall.MeanInterval.Value = 0
	calm := NewCore("core", &h, station.Work{Cycles: 2800}, rng.New(1, 0, "core"))
	assert.Equal(t, []units.Duration{units.Microsecond}, calm.Holds(pkt, sim.Population{}))
}
