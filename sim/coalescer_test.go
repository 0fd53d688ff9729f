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

// instants is a source of packets at given instants, in ns.
type instants struct {
	at   []int64
	path uint16
	flow uint32
}

func (s *instants) Next(p *packet.Packet) bool {
	if len(s.at) == 0 {
		return false
	}
	p.Sent, p.Path, p.Flow, p.Bytes = units.At(units.Duration(s.at[0])*units.Nanosecond), s.path, s.flow, [2]uint32{100, 100}
	s.at = s.at[1:]
	return true
}

// gathered runs packets through one gather and returns when each was delivered, in ns, by source and number.
func inOneGather(t require.TestingT, spec CoalescerSpec, sources ...[]int64) ([][]int64, *Engine) {
	out := make([][]int64, len(sources))
	times := times{}
	e := NewEngine(times)
	path := e.AddPath(Path{Hops: []Hop{{Op: OpGather, Node: e.AddCoalescer(spec)}}})
	used := []int{}
	for i, at := range sources {
		used = append(used, e.AddSource(&instants{at: at, path: uint16(path), flow: uint32(i)}))
	}
	e.Prepare([][]int{used}, station.Window{To: units.Forever})
	require.NoError(t, e.Run(context.Background()))
	for i := range sources {
		for n := range len(sources[i]) {
			out[i] = append(out[i], times[packet.MakeKey(i, uint64(n))].Ps()/1000)
		}
	}
	return out, e
}

// times keeps when packets were delivered, by their key.
type times map[uint64]units.Time

func (m times) Delivered(p *packet.Packet, at units.Time) { m[p.Key] = at }
func (m times) Dropped(*packet.Packet, units.Time, uint8) {}

func TestGatherByTimeAndNumber(t *testing.T) {
	us := units.Microsecond
	for name, c := range map[string]struct {
		spec CoalescerSpec
		in   []int64
		out  []int64
	}{
		"nobody waits":                      {CoalescerSpec{Frames: 1}, []int64{0, 10, 20}, []int64{0, 10, 20}},
		"no time to wait is nobody":         {CoalescerSpec{Frames: 9}, []int64{0, 10}, []int64{0, 10}},
		"the first waits for the time":      {CoalescerSpec{Hold: us}, []int64{0, 10, 999, 1001}, []int64{1000, 1000, 1000, 2001}},
		"one that comes at the end is in":   {CoalescerSpec{Hold: us}, []int64{0, 1000, 1001}, []int64{1000, 1000, 2001}},
		"enough of them":                    {CoalescerSpec{Hold: us, Frames: 3}, []int64{0, 10, 20, 30}, []int64{20, 20, 20, 1030}},
		"enough at once, and again at once": {CoalescerSpec{Hold: us, Frames: 2}, []int64{0, 0, 0, 0, 0}, []int64{0, 0, 0, 0, 1000}},
	} {
		c.spec.Name, c.spec.Queues = name, 1
		got, e := inOneGather(t, c.spec, c.in)
		assert.Equal(t, c.out, got[0], name)
		assert.EqualValues(t, len(c.in), e.Coalescers()[0].Packets, name)
	}
}

// Queues are apart, and whoever releases them says when a batch arrives.
func TestGatherQueuesAndRelease(t *testing.T) {
	var told []string
	spec := CoalescerSpec{Queues: 2, Hold: units.Microsecond, QueueOf: func(p *packet.Packet) int { return int(p.Flow) },
		Release: func(at units.Time, queue, packets int) units.Time {
			told = append(told, fmt.Sprint(at.Ps()/1000, queue, packets))
			return at.Add(50 * units.Nanosecond)
		}}
	got, e := inOneGather(t, spec, []int64{0, 400}, []int64{300, 1200})
	assert.Equal(t, [][]int64{{1050, 1050}, {1350, 1350}}, got)
	assert.Equal(t, []string{"1000 0 2", "1300 1 2"}, told)
	assert.Equal(t, CoalescerUsage{Batches: 2, Packets: 4}, e.Coalescers()[0])
}

func TestGatherNeedsABound(t *testing.T) {
	for _, spec := range []CoalescerSpec{{Queues: 1}, {Frames: 2}, {Queues: 1, Frames: -1, Hold: 1}} {
		assert.Panics(t, func() { NewCoalescer(spec) })
	}
}

// turnstile is a FIFO server that gives back what a scheduler took, as long after each packet as it says.
type turnstile struct {
	station.Server
	cost   station.Cost
	flight *Outstanding
	after  units.Duration
	places func(n uint32) int64
	back   []units.Time
}

func (s *turnstile) Serve(at units.Time, p *packet.Packet) (station.Visit, bool) {
	start, _ := s.Start(at, p.Bytes[0])
	leave := start.Add(s.cost.Of(p.Bytes[0]))
	s.Finish(at, start, leave)
	if s.flight != nil {
		s.flight.GiveBack(leave.Add(s.after), s.places(p.Bytes[0]), units.Bytes(p.Bytes[0]))
		s.back = append(s.back, leave.Add(s.after))
	}
	return station.Visit{Start: start, Leave: leave, Out: leave}, true
}
func (s *turnstile) Name() string           { return "turnstile" }
func (s *turnstile) DropReason() uint8      { return 0 }
func (s *turnstile) Ordered() bool          { return true }
func (s *turnstile) Usage() []station.Usage { return nil }

// loop is sources through a scheduler that may have so much under way, a shared station, a turnstile and a gather, in a
// random net.
func loop(seed uint64, stepwise bool) (journal, *Engine, *turnstile, *Scheduler) {
	rng := rand.New(rand.NewPCG(seed, 10))
	j := journal{}
	e := NewEngine(j)
	e.Stepwise = stepwise
	gbps := func() station.Cost { return station.Transfer{Rate: units.Rate(1+rng.IntN(40)) * units.Gbps}.Cost() }
	flight := NewOutstanding(1 + rng.IntN(6))
	plain := packet.Plain
	spec := SchedulerSpec{Name: "loop", Cost: gbps(), Flight: flight, PerPlace: units.Bytes(rng.IntN(3) * 300), Ahead: rng.IntN(2) == 0,
		CostForm: &plain, DropReason: 3, ClassOf: func(p *packet.Packet) int { return int(p.Hash & 1) },
		Classes: []ClassSpec{{Room: station.Room{Packets: 1 + rng.IntN(20)}}, {Weight: int64(1 + rng.IntN(3)), Room: station.Room{Packets: 9}}}}
	n := e.AddScheduler(spec)
	shared := e.AddFIFO(station.Spec{Name: "shared", Cost: gbps(), Latency: units.Duration(rng.IntN(400_000)), Servers: 1 + 2*rng.IntN(2)})
	gate := &turnstile{Server: station.NewServer(1, station.Room{}), cost: gbps(), flight: flight, after: units.Duration(1 + rng.IntN(200_000)),
		places: e.schedulers[n].places}
	special := e.AddStation(gate)
	gather := e.AddCoalescer(CoalescerSpec{Name: "gather", Queues: 2, QueueOf: func(p *packet.Packet) int { return int(p.Hash >> 1 & 1) },
		Frames: rng.IntN(4), Hold: units.Duration(1 + rng.IntN(2)*rng.IntN(900_000))})
	ways := [][]Hop{
		{{Op: OpQueue, Node: n}, {Op: OpVisit, Node: shared}, {Op: OpStation, Node: special}, {Op: OpGather, Node: gather}, {Op: OpVisit, Node: shared}},
		{{Op: OpVisit, Node: shared}, {Op: OpGather, Node: gather}},
	}
	var usedBy [][]int
	for i := range 2 + rng.IntN(3) {
		s := &listSource{rng: rand.New(rand.NewPCG(seed, uint64(i)))}
		for range rng.IntN(60) {
			s.gaps = append(s.gaps, units.Duration(rng.IntN(4)*rng.IntN(300_000)))
		}
		s.path = uint16(e.AddPath(Path{Hops: append([]Hop(nil), ways[i%2]...)}))
		usedBy = append(usedBy, []int{e.AddSource(s)})
	}
	e.Prepare(usedBy, station.Window{To: units.Forever})
	return j, e, gate, e.schedulers[n]
}

// In any net, running ahead gives what events at every hop give; nothing is lost where it is gathered; and never is more
// under way than may be.
func TestFlightsAndGathersInAnyNet(t *testing.T) {
	var waited units.Duration
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		fast, e, gate, s := loop(seed, false)
		require.NoError(t, e.Run(context.Background()))
		slow, f, _, _ := loop(seed, true)
		require.NoError(t, f.Run(context.Background()))
		require.Equal(t, slow, fast)
		require.Equal(t, f.Usages(), e.Usages())
		require.Equal(t, f.Coalescers(), e.Coalescers())
		require.True(t, e.Balance().Holds())
		require.Zero(t, e.Balance().InFlight)
		require.LessOrEqual(t, s.flight.out, s.flight.limit)
		require.EqualValues(t, s.Usage().Visits, len(gate.back), "what is taken is given back")
		s.flight.settle(units.Forever)
		require.Zero(t, s.flight.out)
		require.Zero(t, s.flight.Bytes(units.Forever))
		waited += s.Usage().Wait
	})
	assert.Positive(t, waited)
}

// With n places, a round trip of d and no other limit, n packets leave in each d.
func TestFlightBoundsTheRate(t *testing.T) {
	for _, limit := range []int{1, 2, 5} {
		times := times{}
		e := NewEngine(times)
		flight := NewOutstanding(limit)
		n := e.AddScheduler(SchedulerSpec{Name: "s", Cost: station.Work{Clock: units.GHz}.Cost(), Flight: flight, Classes: []ClassSpec{{}}})
		gate := &turnstile{Server: station.NewServer(1, station.Room{}), cost: station.Work{Clock: units.GHz}.Cost(), flight: flight, after: units.Microsecond,
			places: func(uint32) int64 { return 1 }}
		path := e.AddPath(Path{Hops: []Hop{{Op: OpQueue, Node: n}, {Op: OpStation, Node: e.AddStation(gate)}}})
		e.Prepare([][]int{{e.AddSource(&instants{at: make([]int64, 20), path: uint16(path)})}}, station.Window{To: units.Forever})
		require.NoError(t, e.Run(context.Background()))
		for k := range 20 {
			require.EqualValues(t, k/limit*1_000_000, times[uint64(k)].Ps(), "packet %d with %d places", k, limit)
		}
	}
}
