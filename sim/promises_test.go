package sim

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// A cut-through switch forwards a fixed time from the first bit: its latency does not hold the time on the wire twice.
func TestCutThroughCountsFromTheFirstBit(t *testing.T) {
	rec := times{}
	e := NewEngine(rec)
	wire := e.AddFIFO(station.Spec{Name: "wire", Wire: true, Cost: station.Transfer{Rate: 100 * units.Gbps}.Cost()})
	path := e.AddPath(Path{Hops: []Hop{{Op: OpVisit, Node: wire}, {Op: OpCutThrough, Delay: 600 * units.Nanosecond}}})
	e.Prepare([][]int{{e.AddSource(&instants{at: []int64{0, 100}, path: uint16(path)})}}, station.Window{To: units.Forever})
	require.NoError(t, e.Run(context.Background()))
	// 100 B take 8 ns: the last bit is in at 8 ns, the first left at 0.
	assert.Equal(t, units.At(600*units.Nanosecond), rec[0])
	assert.Equal(t, units.At(700*units.Nanosecond), rec[1])
}

// A batch whose time has come goes on before a scheduler chooses at the same instant, and behind what arrives then.
func TestABatchIsThereBeforeTheSchedulerChooses(t *testing.T) {
	rec := times{}
	e := NewEngine(rec)
	gather := e.AddCoalescer(CoalescerSpec{Name: "batch", Queues: 1, Hold: 100 * units.Nanosecond})
	s := e.AddScheduler(SchedulerSpec{Name: "port", Cost: station.Work{Clock: units.GHz, Cycles: 100}.Cost(),
		Classes: []ClassSpec{{Name: "high", Level: 0}, {Name: "low", Level: 1}}, ClassOf: func(p *packet.Packet) int { return int(p.Flow) }})
	high := e.AddPath(Path{Hops: []Hop{{Op: OpGather, Node: gather}, {Op: OpQueue, Node: s}}})
	low := e.AddPath(Path{Hops: []Hop{{Op: OpQueue, Node: s}}})
	used := [][]int{{e.AddSource(&instants{at: []int64{0}, path: uint16(high), flow: 0})}, {e.AddSource(&instants{at: []int64{0, 10}, path: uint16(low), flow: 1})}}
	e.Prepare(used, station.Window{To: units.Forever})
	require.NoError(t, e.Run(context.Background()))
	assert.Equal(t, units.At(100*units.Nanosecond), rec[packet.MakeKey(1, 0)], "it finds the port free")
	assert.Equal(t, units.At(200*units.Nanosecond), rec[packet.MakeKey(0, 0)], "the batch is due as the port is free, and has priority")
	assert.Equal(t, units.At(300*units.Nanosecond), rec[packet.MakeKey(1, 1)])
}

// A batch takes what arrives at the instant at which its time has come.
func TestABatchTakesWhatArrivesAsItGoes(t *testing.T) {
	at, e := inOneGather(t, CoalescerSpec{Name: "batch", Queues: 1, Hold: 100 * units.Nanosecond}, []int64{0}, []int64{100})
	assert.Equal(t, [][]int64{{100}, {100}}, at)
	assert.EqualValues(t, 1, e.Coalescers()[0].Batches)
}

// Places of a flight come back in the order in which they were given back, however early a later one would be.
func TestPlacesOfAFlightComeBackInOrder(t *testing.T) {
	f := NewOutstanding(2)
	require.True(t, f.take(units.At(0), 1, 100))
	require.True(t, f.take(units.At(0), 1, 100))
	f.GiveBack(units.At(100), 1, 100)
	f.GiveBack(units.At(50), 1, 100) // behind the first
	assert.False(t, f.take(units.At(60), 1, 100))
	at, known := f.when(1)
	assert.True(t, known)
	assert.Equal(t, units.At(100), at)
	at, known = f.when(2)
	assert.True(t, known)
	assert.Equal(t, units.At(100), at, "both are back when the first is")
	assert.EqualValues(t, 200, f.Bytes(units.At(99)))
	assert.Zero(t, f.Bytes(units.At(100)))
}

// Thousandths of a cycle for each byte add up to whole cycles, rounded up: work is never free.
func TestWorkIsRoundedUpToCycles(t *testing.T) {
	c := station.Work{Clock: units.GHz, Cycles: 10, MilliCyclesPerByte: 1}.Cost()
	for n, want := range map[uint32]int64{0: 10, 1: 11, 999: 11, 1000: 11, 1001: 12} {
		assert.Equal(t, want, c.CyclesOf(n), "%d B", n)
	}
}
