package hw

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// switching returns a core of 1 GHz with a cache of so many flows and a table that has room for so many.
func switching(entries, ways, megaflows int) *Core {
	c := NewCore("core", calm(), station.Work{Cycles: 1000}, rng.New(1, 0, "core"))
	c.Flows = &FlowCache{Exact: NewCache(entries, ways), All: NewMegaflows(megaflows), Search: 370 * ns}
	c.Measure(station.Window{To: units.Forever})
	return c
}

// uniform serves n packets of flows that are all equally likely, and installs what the core asks for at once.
func uniform(t require.TestingT, c *Core, flows, n int) {
	draw := rand.New(rand.NewPCG(7, 7))
	for i := range n {
		p := &packet.Packet{Flow: uint32(draw.IntN(flows))}
		now := units.At(units.Duration(i) * 10 * units.Microsecond)
		_, ok := c.Serve(now, p)
		require.True(t, ok)
		if p.Upcall {
			c.Flows.All.install(flowKey(0, p.Flow), now)
		}
	}
}

// Of flows that are all equally likely a cache with true LRU keeps as many as it has places: entries/flows of the packets hit.
func TestHitRatioOfUniformFlows(t *testing.T) {
	for _, flows := range []int{200, 1000, 5000} {
		c := switching(128, 128, 1<<16) // one set: no set overflows before the others
		uniform(t, c, flows, 20*flows)  // everybody has been there
		c.Flows.Looked, c.Flows.Hit = 0, 0
		uniform(t, c, flows, 100_000)
		want := 128 / float64(flows)
		assert.InDelta(t, want, float64(c.Flows.Hit)/float64(c.Flows.Looked), 4*math.Sqrt(want*(1-want)/100_000), "%d flows", flows)
		exact, all := c.Flows.misses(sim.Population{Flows: int64(flows)})
		assert.InDelta(t, 1-want, exact, 1e-5, "the capacity model says the same")
		assert.Zero(t, all)
	}
}

// Flows that fit hit always, once they are there: the core works no longer than without a cache.
func TestFlowsThatFitHit(t *testing.T) {
	c := switching(128, 128, 1<<16)
	uniform(t, c, 100, 5000)
	c.Flows.Looked, c.Flows.Hit, c.Spent = 0, 0, Spent{}
	uniform(t, c, 100, 5000)
	assert.Equal(t, c.Flows.Looked, c.Flows.Hit)
	assert.Equal(t, 1000*ns, c.Spent.Work/units.Duration(c.Spent.Packets))
}

// Twice as many entries never miss more, in either table: each set of the larger one keeps at least what its flows had.
func TestMoreEntriesNeverMeanMoreUpcalls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		flows, entries := rapid.IntRange(1, 300).Draw(t, "flows"), rapid.IntRange(1, 16).Draw(t, "entries")*8
		few, many := switching(entries, 2, entries), switching(2*entries, 2, 2*entries)
		uniform(t, few, flows, 3000)
		uniform(t, many, flows, 3000)
		require.LessOrEqual(t, many.Flows.Upcalls, few.Flows.Upcalls)
		require.GreaterOrEqual(t, many.Flows.Hit, few.Flows.Hit)
		require.LessOrEqual(t, many.Spent.Work, few.Spent.Work)
	})
}

// The first packet of a flow goes to the slow path, and so do those that come until it is installed.
func TestUpcall(t *testing.T) {
	c := switching(8, 2, 64)
	slow := NewSlowPath("host[0].upcall", 1, 2, 10_000*ns, c.Flows.All)
	slow.Measure(station.Window{To: units.Forever})
	assert.Equal(t, stats.DropUpcallQueue, reasonOf(slow))
	send := func(now int64, flow uint32) (units.Time, bool) {
		p := &packet.Packet{Flow: flow}
		v, ok := c.Serve(at(now), p)
		require.True(t, ok)
		w, ok := slow.Serve(v.Out, p)
		assert.False(t, ok && p.Upcall, "what the slow path has decided about is decided")
		return w.Out, ok
	}
	out, ok := send(0, 1)
	require.True(t, ok)
	assert.Equal(t, at(1370+10_000), out)
	out, _ = send(5000, 1)
	assert.Equal(t, at(11_370+10_000), out, "not installed yet: an upcall of its own")
	out, _ = send(12_000, 1)
	assert.Equal(t, at(13_370), out, "installed: found in the table")
	out, _ = send(14_000, 1)
	assert.Equal(t, at(15_000), out, "and then in the cache")
	assert.EqualValues(t, 2, c.Flows.Upcalls)
	assert.EqualValues(t, 1, c.Flows.Hit)
	assert.EqualValues(t, 2, slow.Usage()[0].Visits)

	for flow := range uint32(4) { // one is served, two wait, one is lost
		_, ok := send(100_000+2000*int64(flow), 10+flow)
		assert.Equal(t, flow < 3, ok)
	}
	assert.EqualValues(t, 1, slow.Usage()[0].Drops)
	_, ok = send(200_000, 13)
	assert.True(t, ok, "what was lost asks again")
	assert.EqualValues(t, 7, c.Flows.Upcalls)
}

// A flow that was there before the run needs no upcall, in its own source.
func TestWarmFlows(t *testing.T) {
	c := switching(8, 2, 64)
	c.Warm(&packet.Packet{Key: packet.MakeKey(3, 0), Flow: 5})
	for _, v := range []struct {
		source int
		upcall bool
	}{{3, false}, {2, true}} {
		p := &packet.Packet{Key: packet.MakeKey(v.source, 0), Flow: 5}
		_, ok := c.Serve(at(0), p)
		require.True(t, ok)
		assert.Equal(t, v.upcall, p.Upcall)
	}
}

// A NIC that switches: a flow that it knows needs no switching by the core, a new one switching and an entry.
func TestNICFlows(t *testing.T) {
	c := NewCore("core", calm(), station.Work{Cycles: 3000}, rng.New(1, 0, "core"))
	c.NIC = &NICFlows{Table: NewCache(64, 8), Switching: 1700 * ns, Insert: 9000 * ns}
	for i, want := range []int64{12_000, 1300, 1300} {
		v, ok := c.Serve(at(100_000*int64(i)), &packet.Packet{Flow: 9})
		require.True(t, ok)
		assert.Equal(t, units.Duration(want)*ns, v.Leave.Sub(v.Start), "packet %d", i)
	}
	assert.Equal(t, 1300*ns, c.Holds(&packet.Packet{}, sim.Population{Flows: 10})[0])
	assert.Equal(t, (1300+5350)*ns, c.Holds(&packet.Packet{}, sim.Population{Flows: 128})[0], "half of them miss: half of 1700 + 9000")
}
