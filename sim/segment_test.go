package sim

import (
	"context"
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Packets touch all hops of their paths, so those are small: two in a cache line.
func TestHopIsHalfACacheLine(t *testing.T) {
	assert.EqualValues(t, 32, unsafe.Sizeof(Hop{}))
}

// Whatever the paths are, the engine gives back the hops of each, folded as if it were alone.
func TestPathsAreWhatWasAdded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hop := rapid.Custom(func(t *rapid.T) Hop {
			op := rapid.SampledFrom([]Op{OpVisit, OpDelay, OpDelay, OpReceive, OpFilter}).Draw(t, "op")
			return Hop{Op: op, Bytes: rapid.Uint32Range(0, 2).Draw(t, "bytes"), Delay: units.Duration(rapid.IntRange(0, 2).Draw(t, "delay"))}
		})
		ways := rapid.SliceOfN(rapid.SliceOfN(hop, 0, 8), 1, 20).Draw(t, "ways")
		e := NewEngine(nil)
		e.AddFIFO(stay("station", 10))
		for i, hops := range ways {
			require.Equal(t, i, e.AddPath(Path{Hops: hops}))
		}
		for i, hops := range ways {
			require.Equal(t, slices.Clip(slices.Clone(hops)), append([]Hop{}, e.Hops(i)...))
		}
		e.Prepare(nil, station.Window{})
		for i, hops := range ways {
			require.Equal(t, append([]Hop{}, fold(hops)...), append([]Hop{}, e.Hops(i)...))
		}
	})
}

// across is a path from one of some servers to another: its card, the switch, and the other's card.
func across(from, to int32) []Hop {
	return []Hop{{Op: OpDelay, Delay: 3}, {Op: OpVisit, Node: from}, {Op: OpReceive}, {Op: OpDelay, Delay: 5}, {Op: OpVisit, Node: to}, {Op: OpFilter}}
}

// All pairs of some servers share a segment for each that sends and one for each that receives.
func TestPairsShareSegments(t *testing.T) {
	const servers = 40
	e := NewEngine(nil)
	for from := range int32(servers) {
		for to := range int32(servers) {
			e.AddPath(Path{Hops: across(from, to)})
		}
	}
	assert.Len(t, e.paths.segments, 2*servers)
	for range servers {
		e.AddFIFO(stay("card", 10))
	}
	e.Prepare(nil, station.Window{})
	assert.Len(t, e.paths.arena, 2+8*servers, "each segment has an end")
}

// dropped is a Tap that keeps where packets were lost.
type dropped struct {
	e     *Engine
	hops  []int
	names []string
}

func (d *dropped) Passed(*packet.Packet, units.Time, Op) {}
func (d *dropped) Dropped(p *packet.Packet, _ units.Time, hop int, _ uint8) {
	d.hops, d.names = append(d.hops, hop), append(d.names, d.e.Place(p))
}

// A tap is told the hop of the path at which a packet is lost, not that of the segment.
func TestLostInTheSecondSegment(t *testing.T) {
	e := NewEngine(journal{})
	e.AddFIFO(stay("first", 10))
	e.AddFIFO(stay("second", 10))
	d := &dropped{e: e}
	e.Tap, e.TraceSeq = d, 0 // traces keep all hops apart
	hops := across(0, 1)
	hops[5].Name = e.Label("gate")
	path := uint16(e.AddPath(Path{Hops: hops}))
	e.AddSource(&refused{path: path})
	e.Prepare([][]int{{0}}, station.Window{To: units.Forever})
	require.NoError(t, e.Run(context.Background()))
	assert.Equal(t, []int{5}, d.hops)
	assert.Equal(t, []string{"gate"}, d.names)
}

// refused sends one packet that the services refuse.
type refused struct {
	path uint16
	sent bool
}

func (r *refused) Next(p *packet.Packet) bool {
	p.Path, p.Refused = r.path, 1<<3
	more := !r.sent
	r.sent = true
	return more
}
