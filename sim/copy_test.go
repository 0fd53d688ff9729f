package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// copying is a listSource some of whose packets are copied.
type copying struct {
	listSource
	wanted func(seq uint64) uint8
}

func (s *copying) Next(p *packet.Packet) bool {
	if !s.listSource.Next(p) {
		return false
	}
	p.Copies = s.wanted(p.Seq())
	return true
}

// randomWay draws the hops of a path through stations, with copies on the given paths.
func randomWay(rng *rand.Rand, e *Engine, stations int, copies []int) []Hop {
	var hops []Hop
	group, served, number := false, false, uint8(1)
	for range 2 + rng.IntN(7) {
		switch rng.IntN(7) {
		case 0:
			hops = append(hops, Hop{Op: OpDelay, Delay: units.Duration(rng.IntN(3) * rng.IntN(500_000))})
		case 1:
			hops = append(hops, Hop{Op: OpSelect, N: 2})
			group = true
		case 2:
			if served && len(copies) > 0 && number <= 3 {
				hops = append(hops, e.AddCopy(Copy{Number: number, Path: copies[rng.IntN(len(copies))],
					Of: packet.Form(rng.IntN(2)), Limit: uint32(rng.IntN(1000)), Around: 50, Least: 64}))
				number++
			}
		case 3:
			h := Hop{Op: OpQueue, Node: int32(rng.IntN(len(e.schedulers) - 1)), Form: packet.Form(rng.IntN(2))}
			if group && rng.IntN(2) == 0 {
				h.Stride = 1
			}
			hops = append(hops, h)
			served = true
		default: // 3 in 7
			h := Hop{Op: OpVisit, Node: int32(rng.IntN(stations - 1)), Form: packet.Form(rng.IntN(2))}
			if group && rng.IntN(2) == 0 {
				h.Stride = 1
			}
			hops = append(hops, h)
			served = true
		}
	}
	return hops
}

// mirrored draws a random net in which packets are copied, the same for the same seed. Service can take no time at all, so
// that packets and copies meet.
func mirrored(seed uint64, stepwise bool) (journal, *Engine) {
	rng := rand.New(rand.NewPCG(seed, 11))
	j := journal{}
	e := NewEngine(j)
	e.Stepwise = stepwise
	stations := 3 + rng.IntN(8)
	for i := range stations {
		rate := units.Rate(1+rng.IntN(40)) * units.Gbps
		if rng.IntN(4) == 0 {
			rate = 1 << 60
		}
		e.AddFIFO(station.Spec{Name: fmt.Sprint(i), Servers: 1 + rng.IntN(3)/2*2, InOrder: rng.IntN(2) == 0, DropReason: uint8(i),
			Cost: station.Transfer{Rate: rate}.Cost(), Latency: units.Duration(rng.IntN(3) * rng.IntN(100_000)), Room: station.Room{Packets: rng.IntN(20)}})
	}
	addSchedulers(rng, e)
	sources := 1 + rng.IntN(4)
	var copies []int
	for i := range 1 + rng.IntN(3) {
		copies = append(copies, sources+i)
	}
	var ways []Path
	for range sources {
		ways = append(ways, Path{Hops: randomWay(rng, e, stations, copies)})
	}
	for range copies {
		ways = append(ways, Path{Hops: randomWay(rng, e, stations, nil)})
	}
	var usedBy [][]int
	for i, way := range ways {
		e.AddPath(way)
		if i >= sources {
			continue
		}
		s := &copying{wanted: func(seq uint64) uint8 { return uint8(mixOf(seed, uint64(i), seq)) }}
		s.rng, s.path = rand.New(rand.NewPCG(seed, uint64(i))), uint16(i)
		for range rng.IntN(60) {
			s.gaps = append(s.gaps, units.Duration(rng.IntN(2)*rng.IntN(300_000)))
		}
		usedBy = append(usedBy, []int{e.AddSource(s)})
	}
	e.Prepare(usedBy, station.Window{To: units.Forever})
	return j, e
}

func mixOf(a, b, c uint64) uint64 { return rand.New(rand.NewPCG(a^b<<32, c)).Uint64() }

// Copies are packets like others: running ahead gives what making every hop an event gives, for each of them, in any net;
// all are accounted for, each under a key of its own.
func TestCopiesInAnyNet(t *testing.T) {
	ahead, events, made := uint64(0), uint64(0), uint64(0)
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		fast, e := mirrored(seed, false)
		require.NoError(t, e.Run(context.Background()))
		slow, f := mirrored(seed, true)
		require.NoError(t, f.Run(context.Background()))
		require.Equal(t, slow, fast)
		require.Equal(t, f.Usages(), e.Usages())
		require.Equal(t, f.Classes(), e.Classes())
		require.Equal(t, f.Balance(), e.Balance())
		b := e.Balance()
		require.True(t, b.Holds())
		require.Zero(t, b.InFlight)
		require.EqualValues(t, len(fast), b.In+b.Copied)
		ahead += e.Steps()
		events += f.Steps()
		made += b.Copied
	})
	assert.Less(t, ahead, events, "running ahead saved no event, so nothing was tested")
	if !testing.Short() { // rapid draws a fifth of the cases then
		assert.Greater(t, made, uint64(200), "hardly anything was copied")
	}
}

// stay is a station that takes its time for any packet.
func stay(name string, d units.Duration) station.Spec {
	return station.Spec{Name: name, Cost: station.Work{Clock: units.Freq(units.Second / d), Cycles: 1}.Cost()}
}

// onePacket sends one packet at instant 0 that is copied as told.
func onePacket(copies uint8) *copying {
	return &copying{listSource: listSource{gaps: make([]units.Duration, 1), rng: rand.New(rand.NewPCG(1, 1))},
		wanted: func(uint64) uint8 { return copies }}
}

// A copy starts where and when it is made, behind the packet; where both go the same way, it waits for the packet.
func TestCopyGoesBehindThePacket(t *testing.T) {
	for _, stepwise := range []bool{false, true} {
		j := journal{}
		e := NewEngine(j)
		e.Stepwise = stepwise
		first := e.AddFIFO(stay("first", 10))
		port := e.AddFIFO(stay("port", 100))
		e.AddPath(Path{Hops: []Hop{{Op: OpVisit, Node: first}, e.AddCopy(Copy{Number: 2, Path: 1, Limit: 1}), {Op: OpVisit, Node: port}}})
		e.AddPath(Path{Hops: []Hop{{Op: OpVisit, Node: port}, {Op: OpDelay, Delay: 3}}})
		e.AddSource(onePacket(1<<2 | 1<<5))
		e.Prepare([][]int{{0}}, station.Window{To: units.Forever})
		require.NoError(t, e.Run(context.Background()))
		assert.Equal(t, journal{0: "delivered at 110", 2 << 60: "delivered at 213"}, j)
		assert.Equal(t, Balance{In: 1, Copied: 1, Delivered: 2}, e.Balance())
	}
}

// What a filter drops behind the copy is copied, and in front of it is not. A packet that no service wants copied is not.
func TestCopyAndFilter(t *testing.T) {
	for _, c := range []struct {
		name            string
		copies          uint8
		refused         uint32
		filterFirst     bool
		copied, dropped uint64
	}{
		{"mirrored and dropped", 1 << 1, 1 << 3, false, 1, 1},
		{"dropped before", 1 << 1, 1 << 3, true, 0, 1},
		{"not wanted", 1 << 2, 0, false, 0, 0},
	} {
		e := NewEngine(journal{})
		hops := []Hop{{Op: OpVisit, Node: e.AddFIFO(stay("first", 10))}, e.AddCopy(Copy{Number: 1, Path: 1, Limit: 64}), {Op: OpFilter}}
		if c.filterFirst {
			hops[1], hops[2] = hops[2], hops[1]
		}
		e.AddPath(Path{Hops: hops})
		e.AddPath(Path{})
		s := onePacket(c.copies)
		e.AddSource(refusingCopies{s, c.refused})
		e.Prepare([][]int{{0}}, station.Window{To: units.Forever})
		require.NoError(t, e.Run(context.Background()))
		assert.Equal(t, Balance{In: 1, Copied: c.copied, Dropped: c.dropped, Delivered: 1 + c.copied - c.dropped}, e.Balance(), c.name)
	}
}

type refusingCopies struct {
	*copying
	refused uint32
}

func (s refusingCopies) Next(p *packet.Packet) bool {
	ok := s.copying.Next(p)
	p.Refused = s.refused
	return ok
}

// A copy can come to a place long before the packet is anywhere: those that others send there keep their turn.
func TestCopyDoesNotWaitForThePacket(t *testing.T) {
	run := func(stepwise bool) (journal, *Engine) {
		j := journal{}
		e := NewEngine(j)
		e.Stepwise = stepwise
		first, port, far := e.AddFIFO(stay("first", 10)), e.AddFIFO(stay("port", 100)), e.AddFIFO(stay("far", 1))
		e.AddPath(Path{Hops: []Hop{{Op: OpVisit, Node: first}, e.AddCopy(Copy{Number: 1, Path: 2, Limit: 64}),
			{Op: OpDelay, Delay: 1_000_000}, {Op: OpVisit, Node: far}}})
		e.AddPath(Path{Hops: []Hop{{Op: OpVisit, Node: port}, {Op: OpVisit, Node: far}}})
		e.AddPath(Path{Hops: []Hop{{Op: OpVisit, Node: port}}})
		for i, gap := range []units.Duration{500, 700} {
			s := &copying{wanted: func(uint64) uint8 { return 1 << 1 }}
			s.rng, s.path = rand.New(rand.NewPCG(1, uint64(i))), uint16(i)
			for range 50 {
				s.gaps = append(s.gaps, gap)
			}
			e.AddSource(s)
		}
		e.Prepare([][]int{{0}, {1}}, station.Window{To: units.Forever})
		require.NoError(t, e.Run(context.Background()))
		return j, e
	}
	fast, e := run(false)
	slow, _ := run(true)
	assert.Equal(t, slow, fast)
	assert.Equal(t, uint64(50), e.Balance().Copied)
	assert.Equal(t, "delivered at 610", fast[1<<60], "the first copy finds an empty port")
}

// The copy is as long as what is kept of the packet in the form that is copied, with what is put around it.
func TestCopySize(t *testing.T) {
	p := packet.Packet{Bytes: [2]uint32{400, 506}}
	for _, c := range []struct {
		copy Copy
		want uint32
	}{
		{Copy{Limit: 1 << 20, Around: 50}, 450},
		{Copy{Limit: 132, Around: 50}, 182},
		{Copy{Of: packet.Tunnelled, Limit: 1 << 20, Around: 50}, 556},
		{Copy{Of: packet.Plain, More: 50, Limit: 1 << 20, Around: 50}, 500},
		{Copy{Limit: 4, Around: 38, Least: 64}, 64},
	} {
		assert.Equal(t, c.want, c.copy.Size(&p), "%+v", c.copy)
	}
}

// A copy's key tells its packet and source, and comes behind every packet's.
func TestCopyKey(t *testing.T) {
	p := packet.Packet{Key: packet.MakeKey(1<<20-1, 1<<40-1)}
	c := packet.Packet{Key: p.CopyKey(packet.MaxCopy)}
	assert.Greater(t, c.Key, p.Key)
	assert.Zero(t, c.Key&joinKey)
	assert.Equal(t, p.Key, c.OriginalKey())
	assert.Equal(t, p.Source(), c.Source())
	assert.Equal(t, p.Seq(), c.Seq())
}

// The places of copies count as passed by the packets of their path, and explain charges copies to them.
func TestCopiesOnPathsAndInSurvey(t *testing.T) {
	e := NewEngine(journal{})
	first, port, other := e.AddFIFO(stay("first", 10)), e.AddFIFO(stay("port", 100)), e.AddFIFO(stay("other", 5))
	e.AddPath(Path{Hops: []Hop{{Op: OpVisit, Node: first}, e.AddCopy(Copy{Number: 1, Path: 1, Limit: 64})}})
	e.AddPath(Path{Hops: []Hop{{Op: OpVisit, Node: port}}})
	e.AddPath(Path{Hops: []Hop{{Op: OpVisit, Node: other}}})
	assert.Equal(t, []bool{true, true, false}, e.OnPaths([]int{0}))
	s := e.Resources()
	p := packet.Packet{Bytes: [2]uint32{400, 400}}
	assert.Equal(t, []Demand{{Hold: 10, MilliBytes: 400_000}}, s.Demands(nil, 0, &p, Population{}))
	p.Copies = 1 << 1
	assert.Equal(t, []Demand{{Hold: 10, MilliBytes: 400_000}, {Resource: 1, Hold: 100, MilliBytes: 400_000, OneIn: 1}}, s.Demands(nil, 0, &p, Population{}))
}

// Mistakes in the layout are found before the run.
func TestCopyMistakes(t *testing.T) {
	build := func(hops func(e *Engine) []Hop, usedBy [][]int) func() {
		e := NewEngine(journal{})
		e.AddFIFO(stay("first", 10))
		list := hops(e)
		e.AddPath(Path{Name: "way", Hops: list})
		e.AddPath(Path{Name: "copies", Hops: list[len(list)-1:]})
		e.AddPath(Path{Name: "end"})
		return func() { e.Prepare(usedBy, station.Window{To: units.Forever}) }
	}
	visit := Hop{Op: OpVisit}
	assert.PanicsWithValue(t, "sim: a copy is made before the first station of path way",
		build(func(e *Engine) []Hop { return []Hop{e.AddCopy(Copy{Number: 1, Path: 2}), visit} }, [][]int{{0}}))
	assert.PanicsWithValue(t, "sim: a copy is copied on path copies",
		build(func(e *Engine) []Hop { return []Hop{visit, e.AddCopy(Copy{Number: 1, Path: 1})} }, [][]int{{0}}))
	assert.PanicsWithValue(t, "sim: a source sends along the path of a copy, end",
		build(func(e *Engine) []Hop { return []Hop{visit, e.AddCopy(Copy{Number: 1, Path: 2}), visit} }, [][]int{{0}, nil, {1}}))
	assert.Panics(t, func() { NewEngine(nil).AddCopy(Copy{}) })
	assert.Panics(t, func() { NewEngine(nil).AddCopy(Copy{Number: packet.MaxCopy + 1}) })
}
