package asic

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// armed is a chip of two cores at 1 GHz, which take 2 us to decide and enter a flow, 500 ns away. Memory takes no time.
func armed(t require.TestingT, queue, flows int, by Insertion) *flowMemory {
	d := profile.DSN{}
	d.Memory.Channels.Value = 1
	d.ARM.Cores.Value, d.ARM.Clock.Value, d.ARM.Queue.Value = 2, units.GHz, queue
	d.ARM.InsertCycles.Value, d.ARM.UpcallCycles.Value, d.ARM.Path.Value = 500, 1500, 500*units.Nanosecond
	sources := &policy.Sources{}
	sources.AddSynthetic(0, false, flowNumber)
	f := newFlowMemory("chip", &d)
	f.learner = newInserter("chip", &d, by)
	if by == ByUpcall {
		f.upcalls = newUpcalls(&d.ARM)
	}
	program, err := steps.New(&steps.Spec{Services: []*steps.Kind{&steps.Firewall}, Sources: sources, To: units.Forever,
		Tracking: &policy.Spec{Flows: flows, Timeouts: policy.DefaultTimeouts()}}, steps.Member{Of: 1})
	require.NoError(t, err)
	f.load(program)
	return f
}

const upcallTime = 500 + 2000 + 500 // ns

// The first packet of a flow goes to a core and back. One behind it leaves with it, one of a known flow overtakes both, and
// afterwards nothing waits.
func TestUpcallByHand(t *testing.T) {
	f := armed(t, 10, 100, ByUpcall)
	serve := func(at int, flow uint32) int {
		v, ok := f.Serve(units.At(units.Duration(at)*units.Nanosecond), flowPacket(0, flow))
		require.True(t, ok)
		return int(v.Out.Sub(units.At(0)) / units.Nanosecond)
	}
	assert.Equal(t, upcallTime, serve(0, 0))
	assert.Equal(t, upcallTime, serve(100, 0), "behind the first")
	assert.Equal(t, upcallTime, serve(200, 1), "the answer is of the same flow")
	assert.Equal(t, 300+upcallTime, serve(300, 2), "the other core")
	assert.Equal(t, 500+2000+2000+500, serve(400, 4), "the third waits until the first core is free")
	assert.Equal(t, 5000, serve(5000, 0))
	assert.Equal(t, 5001, serve(5001, 2))
	assert.False(t, f.Ordered())
	u := f.Usage()[1]
	assert.Equal(t, "chip.arm", u.Name)
	assert.EqualValues(t, 3, u.Visits)
	assert.Equal(t, 6*units.Microsecond, u.Service)
	assert.Equal(t, 2, u.Servers)
	assert.Zero(t, f.upcalls.held)
	assert.Empty(t, f.upcalls.of)
}

// Where the ring in front of the cores is full, first packets are lost and their flows refused; where as many packets are
// held behind first ones, these are lost.
func TestUpcallsAreBounded(t *testing.T) {
	f := armed(t, 3, 100, ByUpcall)
	for i := range uint32(10) {
		_, ok := f.Serve(units.At(0), flowPacket(0, 2*i))
		assert.Equal(t, i < 5, ok, "flow %d: two with cores and three in the ring", i)
	}
	assert.EqualValues(t, stats.DropUpcallQueue, f.DropReason())
	for i := range 5 {
		_, ok := f.Serve(units.At(0), flowPacket(0, 0))
		assert.Equal(t, i < 3, ok, "packet %d behind the first", i)
	}
	assert.EqualValues(t, 5+2, f.Usage()[1].Drops)
	assert.EqualValues(t, stats.DropUpcallQueue, f.Usage()[1].DropReason)
	c, _ := f.program.Tracked()
	assert.Equal(t, policy.Counts{New: 5, Active: 5, Rejected: 5}, c)
}

// A full flow table refuses the flow; its packets come one by one to the cores, which let them pass.
func TestUpcallWithoutRoomInTheTable(t *testing.T) {
	f := armed(t, 100, 1, ByUpcall)
	for i := range uint32(4) {
		v, ok := f.Serve(units.At(units.Duration(i)*10*units.Microsecond), flowPacket(0, 2))
		require.True(t, ok)
		_ = v
	}
	v, ok := f.Serve(units.At(50*units.Microsecond), flowPacket(0, 4))
	require.True(t, ok)
	assert.Equal(t, units.At(50*units.Microsecond+upcallTime*units.Nanosecond), v.Out)
	v, ok = f.Serve(units.At(60*units.Microsecond), flowPacket(0, 4))
	require.True(t, ok)
	assert.Equal(t, units.At(60*units.Microsecond+upcallTime*units.Nanosecond), v.Out, "it has no entry")
	c, _ := f.program.Tracked()
	assert.EqualValues(t, 1, c.New)
	assert.EqualValues(t, 2, c.Rejected)
}

// Cores that only enter keep no packet, at the rate of their cycles for that alone.
func TestInsertionByCores(t *testing.T) {
	f := armed(t, 3, 100, ByCores)
	for i := range uint32(10) {
		v, ok := f.Serve(units.At(0), flowPacket(0, 2*i))
		require.True(t, ok)
		assert.Equal(t, units.At(0), v.Out)
	}
	assert.True(t, f.Ordered())
	u := f.Usage()[1]
	assert.EqualValues(t, 5, u.Visits)
	assert.Equal(t, 5*500*units.Nanosecond, u.Service)
	assert.Zero(t, u.Drops, "flows are refused, no packet is lost")
	c, _ := f.program.Tracked()
	assert.EqualValues(t, 5, c.Rejected)
}

// Packets of a flow never overtake each other, and each leaves when it came or when the first packet of its flow is decided
// about, if that is later: against a naive list of flows.
func TestUpcallsKeepTheOrderOfFlows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := armed(t, rapid.IntRange(1, 20).Draw(t, "queue"), 100, ByUpcall)
		ready, last := map[uint32]units.Time{}, map[uint32]units.Time{}
		now := units.At(0)
		for range 150 {
			now = now.Add(units.Duration(rapid.IntRange(0, 900).Draw(t, "gap")) * units.Nanosecond)
			flow := uint32(rapid.IntRange(0, 40).Draw(t, "flow"))
			v, ok := f.Serve(now, flowPacket(0, flow))
			connection := flow / 2
			known, seen := ready[connection]
			if !ok {
				require.True(t, !seen || known.After(now), "lost although nothing waits")
				continue
			}
			if !seen {
				require.GreaterOrEqual(t, v.Out.Sub(now), units.Duration(upcallTime)*units.Nanosecond)
				ready[connection] = v.Out
			} else {
				require.Equal(t, units.Later(now, known), v.Out)
			}
			require.False(t, v.Out.Before(last[connection]), "overtaken")
			last[connection] = v.Out
		}
	})
}
