package asic

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/internal/analytic"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

func reference(t testing.TB) *profile.Profile {
	t.Helper()
	p, err := profile.Load("reference-100g")
	require.NoError(t, err)
	return p
}

// flowPacket is a packet of a flow of a source.
func flowPacket(source int, flow uint32) *packet.Packet {
	return &packet.Packet{Key: packet.MakeKey(source, 0), Flow: flow}
}

// Packets leave the flow table in the order in which they came, whatever hits and misses, and none leaves before its
// own entry is there.
func TestFlowMemoryKeepsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := profile.DSN{}
		d.FlowCache.Entries.Value = rapid.IntRange(0, 8).Draw(t, "entries")
		d.FlowCache.Ways.Value = rapid.IntRange(1, 4).Draw(t, "ways")
		d.Memory.Channels.Value = rapid.IntRange(1, 4).Draw(t, "channels")
		d.Memory.Access.Value = units.Duration(rapid.IntRange(0, 200).Draw(t, "access"))
		d.Memory.Occupancy.Value = units.Duration(rapid.IntRange(1, 100).Draw(t, "occupancy"))
		d.Memory.Queue.Value = rapid.IntRange(0, 3).Draw(t, "queue")
		f := newFlowMemory("chip", &d)
		now, last := units.At(0), units.At(0)
		served, dropped := 0, 0
		for range rapid.IntRange(1, 200).Draw(t, "packets") {
			now = now.Add(units.Duration(rapid.IntRange(0, 60).Draw(t, "gap")))
			before := f.cache.Hits
			v, ok := f.Serve(now, flowPacket(0, uint32(rapid.IntRange(0, 12).Draw(t, "flow"))))
			if !ok {
				dropped++
				continue
			}
			served++
			require.False(t, v.Out.Before(last), "overtaken")
			require.False(t, v.Out.Before(v.Leave), "gone before its entry came")
			if f.cache.Hits == before {
				require.GreaterOrEqual(t, v.Leave.Sub(v.Start), max(d.Memory.Access.Value, d.Memory.Occupancy.Value))
			} else {
				require.Equal(t, units.Later(now, last), v.Out, "a hit waits for those before it only")
			}
			last = v.Out
		}
		u := f.Usage()[0]
		require.EqualValues(t, dropped, u.Drops)
		require.EqualValues(t, f.cache.Misses-uint64(dropped), u.Visits, "each miss is one access")
		require.EqualValues(t, served, u.Visits+int64(f.cache.Hits))
	})
}

// The first packet of a flow waits for the memory, the next does not; the same number from another source is another
// flow.
func TestFlowMemoryByHand(t *testing.T) {
	p := reference(t)
	f := newFlowMemory("chip", &p.DSN)
	at := units.At(units.Microsecond)
	miss, ok := f.Serve(at, flowPacket(0, 7))
	require.True(t, ok)
	assert.Equal(t, p.DSN.Memory.Access.Value, miss.Out.Sub(at))
	later := at.Add(units.Microsecond)
	hit, _ := f.Serve(later, flowPacket(0, 7))
	assert.Equal(t, later, hit.Out)
	other, _ := f.Serve(later, flowPacket(1, 7))
	assert.Equal(t, p.DSN.Memory.Access.Value, other.Out.Sub(later))
	behind, _ := f.Serve(later, flowPacket(0, 7))
	assert.Equal(t, other.Out, behind.Out, "a hit behind a miss waits with it")
}

// A channel takes an access each occupancy: n misses at once on one channel end (n-1) occupancies and an access later.
// A queue of two lets three in.
func TestMemoryChannelIsHeldForItsOccupancy(t *testing.T) {
	d := profile.DSN{}
	d.Memory.Access.Value, d.Memory.Occupancy.Value = 120*units.Nanosecond, 10*units.Nanosecond
	d.Memory.Channels.Value, d.Memory.Queue.Value = 1, 2
	f := newFlowMemory("chip", &d) // no cache
	for i := range 5 {
		v, ok := f.Serve(units.At(0), flowPacket(0, uint32(i)))
		require.Equal(t, i < 3, ok, "access %d", i)
		if ok {
			assert.Equal(t, units.At(units.Duration(i*10+120)*units.Nanosecond), v.Out)
		}
	}
	u := f.Usage()[0]
	assert.EqualValues(t, 3, u.Visits)
	assert.EqualValues(t, 2, u.Drops)
	assert.EqualValues(t, stats.DropMemoryQueue, u.DropReason)
}

// A search of four accesses, each of which needs the answer of the one before, takes four times the time of one and holds
// its channel four times.
func TestMemorySearchesOneAccessAfterTheOther(t *testing.T) {
	p := reference(t)
	m := &p.DSN.Memory
	f := newFlowMemory("chip", &p.DSN)
	f.reads = 4
	v, ok := f.Serve(units.At(0), flowPacket(0, 7))
	require.True(t, ok)
	assert.Equal(t, 4*m.Access.Value, v.Out.Sub(units.At(0)))
	assert.Equal(t, 4*m.Occupancy.Value, f.Usage()[0].Busy)
}

// Keys spread over the channels evenly, and together they carry as many times more.
func TestMemorySpreadsOverItsChannels(t *testing.T) {
	const channels, accesses = 16, 64_000
	m := profile.Memory{}
	m.Occupancy.Value = units.Nanosecond
	m.Channels.Value = channels
	mem := newMemory(&m)
	account := station.NewLedger()
	for key := range uint64(accesses) {
		mem.read(units.At(0), key, 1, &account)
	}
	for i := range mem.channels {
		assert.InDelta(t, accesses/channels, mem.channels[i].Usage("", 0).Visits, 5*63, "channel %d", i)
	}
	u := mem.usage("memory", &account)
	assert.Equal(t, channels, u.Servers)
	assert.EqualValues(t, accesses, u.Visits)
	assert.Equal(t, accesses*units.Nanosecond, u.Busy)
}

// With random keys each channel is an M/D/1 queue of its share of the accesses.
func TestMemoryChannelsAreMD1(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	const utilisation, accesses = 0.7, 400_000
	d := profile.DSN{}
	d.Memory.Channels.Value = 4
	d.Memory.Occupancy.Value, d.Memory.Access.Value = 10*units.Nanosecond, 120*units.Nanosecond
	var waits []float64
	for r := range 20 {
		f := newFlowMemory("chip", &d)
		random := rng.New(1, r, "memory")
		now := units.At(0)
		for range accesses {
			now = now.Add(units.Duration(random.ExpFloat64() * float64(d.Memory.Occupancy.Value) / 4 / utilisation))
			f.Serve(now, flowPacket(0, random.Uint32()))
		}
		u := f.Usage()[0]
		waits = append(waits, float64(u.Wait)/float64(u.Visits)/float64(d.Memory.Occupancy.Value))
	}
	e, want := stats.EstimateMean(waits), analytic.MD1Wait(utilisation, 1)
	assert.InDelta(t, want, e.Mean, e.HalfWidth, "%g +- %g", e.Mean, e.HalfWidth)
	assert.Less(t, e.HalfWidth/want, 0.01)
}
