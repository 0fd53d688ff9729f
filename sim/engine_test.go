package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// journal keeps what became of each packet, by its key.
type journal map[uint64]string

func (j journal) Delivered(p *packet.Packet, at units.Time) {
	j[p.Key] = fmt.Sprintf("delivered at %d", at.Ps())
}

func (j journal) Dropped(p *packet.Packet, at units.Time, reason uint8) {
	j[p.Key] = fmt.Sprintf("dropped at %d for %d", at.Ps(), reason)
}

// listSource sends packets at given gaps.
type listSource struct {
	gaps []units.Duration
	at   units.Time
	path uint16
	rng  *rand.Rand
}

func (s *listSource) Next(p *packet.Packet) bool {
	if len(s.gaps) == 0 {
		return false
	}
	s.at = s.at.Add(s.gaps[0])
	s.gaps = s.gaps[1:]
	p.Sent, p.Path, p.Hash = s.at, s.path, s.rng.Uint32()
	p.Bytes = [2]uint32{64 + s.rng.Uint32N(1400), 1500}
	return true
}

// addSchedulers adds a few random schedulers that share a buffer, of two classes each, and returns how many.
func addSchedulers(rng *rand.Rand, e *Engine) int {
	n := 2 + rng.IntN(2)
	buffer := NewBuffer(units.Bytes(4000 + rng.IntN(20_000)))
	for i := range n {
		spec := SchedulerSpec{Name: fmt.Sprint("scheduler ", i), DropReason: 15, Wire: true, Buffer: buffer,
			Cost: station.Transfer{Rate: units.Rate(1+rng.IntN(40)) * units.Gbps}.Cost(), Gap: units.Duration(rng.IntN(2) * rng.IntN(1000)),
			Latency: units.Duration(rng.IntN(3) * rng.IntN(100_000)), ClassOf: func(p *packet.Packet) int { return int(p.Hash & 1) }}
		if rng.IntN(4) == 0 {
			spec.Cost = station.Work{Clock: units.GHz}.Cost() // no time at all
		}
		for range 2 {
			c := ClassSpec{Level: uint8(rng.IntN(2)), Weight: int64(rng.IntN(3)), MarkAbove: units.Bytes(rng.IntN(1000))}
			if rng.IntN(2) == 0 {
				c.Rate, c.Burst = units.Rate(1+rng.IntN(5))*units.Gbps, units.Bytes(rng.IntN(2)*1500)
			}
			spec.Classes = append(spec.Classes, c)
		}
		e.AddScheduler(spec)
	}
	return n
}

// network draws a random net of stations and paths, the same for the same seed.
func network(seed uint64, stepwise bool) (journal, *Engine) {
	rng := rand.New(rand.NewPCG(seed, 9))
	j := journal{}
	e := NewEngine(j)
	e.Stepwise = stepwise
	stations := 3 + rng.IntN(8)
	for i := range stations {
		e.AddFIFO(station.Spec{
			Name: fmt.Sprint(i), Servers: 1 + rng.IntN(3)/2*2, InOrder: rng.IntN(2) == 0, DropReason: uint8(i),
			Cost:    station.Transfer{Rate: units.Rate(1+rng.IntN(40)) * units.Gbps}.Cost(),
			Latency: units.Duration(1 + rng.IntN(100_000)), Room: station.Room{Packets: rng.IntN(20)},
			Wire: true,
		})
	}
	schedulers := addSchedulers(rng, e)
	var usedBy [][]int
	for range 1 + rng.IntN(4) {
		var p Path
		group := false
		for range 1 + rng.IntN(6) {
			switch rng.IntN(6) {
			case 0:
				p.Hops = append(p.Hops, Hop{Op: OpDelay, Delay: units.Duration(rng.IntN(5000))})
			case 1:
				p.Hops = append(p.Hops, Hop{Op: OpSelect, N: 2})
				group = true
			case 2:
				h := Hop{Op: OpQueue, Node: int32(rng.IntN(schedulers - 1))}
				if group && rng.IntN(2) == 0 {
					h.Stride = 1
				}
				p.Hops = append(p.Hops, h)
				if rng.IntN(3) == 0 {
					p.Hops = append(p.Hops, Hop{Op: OpCutThrough, Delay: units.Duration(rng.IntN(5000))})
				}
			default:
				h := Hop{Op: OpVisit, Node: int32(rng.IntN(stations - 1))}
				if group && rng.IntN(2) == 0 {
					h.Stride = 1
				}
				p.Hops = append(p.Hops, h)
			}
		}
		s := &listSource{rng: rand.New(rand.NewPCG(seed, uint64(len(usedBy))))}
		for range rng.IntN(60) {
			s.gaps = append(s.gaps, units.Duration(rng.IntN(4)*rng.IntN(300_000)))
		}
		s.path = uint16(e.AddPath(p))
		usedBy = append(usedBy, []int{e.AddSource(s)})
	}
	e.Prepare(usedBy, station.Window{To: units.Forever})
	return j, e
}

// waitsInSchedulers adds up how long packets waited in schedulers.
func waitsInSchedulers(e *Engine) (sum units.Duration) {
	for _, u := range e.Classes() {
		sum += u.Wait
	}
	return sum
}

// Running ahead to the next join must give what making every hop an event gives, for each packet, in any net.
func TestRunAheadChangesNothing(t *testing.T) {
	ahead, events, waited := uint64(0), uint64(0), units.Duration(0)
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		fast, e := network(seed, false)
		require.NoError(t, e.Run(context.Background()))
		slow, f := network(seed, true)
		require.NoError(t, f.Run(context.Background()))
		require.Equal(t, slow, fast)
		require.Equal(t, f.Usages(), e.Usages())
		require.Equal(t, f.Classes(), e.Classes())
		waited += waitsInSchedulers(e)
		for _, b := range []Balance{e.Balance(), f.Balance()} {
			require.True(t, b.Holds())
			require.Zero(t, b.InFlight)
			require.EqualValues(t, len(fast), b.In)
		}
		ahead += e.Steps()
		events += f.Steps()
	})
	assert.Less(t, ahead, events, "running ahead saved no event, so nothing was tested")
	assert.Positive(t, waited, "no packet waited in a scheduler")
}

// chain is a path of private stations: no packet can meet another there, so it needs no event at all.
func TestPrivatePathNeedsNoEvents(t *testing.T) {
	j := journal{}
	e := NewEngine(j)
	var p Path
	for i := range 5 {
		n := e.AddFIFO(station.Spec{Name: fmt.Sprint(i), Cost: station.Transfer{Rate: units.Gbps}.Cost()})
		p.Hops = append(p.Hops, Hop{Op: OpVisit, Node: n}, Hop{Op: OpDelay, Delay: 7})
	}
	e.AddPath(p)
	e.AddSource(&listSource{gaps: make([]units.Duration, 100), rng: rand.New(rand.NewPCG(1, 1))})
	e.Prepare([][]int{{0}}, station.Window{To: units.Forever})
	require.NoError(t, e.Run(context.Background()))
	assert.Len(t, j, 100)
	assert.Zero(t, e.Steps())
}

func TestCancelCountsWhatIsInFlight(t *testing.T) {
	var rec sinkhole
	e := newStar(&rec, 4, 100_000, 0.8)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, e.Run(ctx), context.Canceled)
	assert.True(t, e.Balance().Holds())
	assert.Positive(t, e.Balance().InFlight)
}

// The star delivers everything below saturation, and no faster than two wires and two cables.
func TestStar(t *testing.T) {
	var rec sinkhole
	e := newStar(&rec, 8, 8000, 0.5)
	e.TraceSeq = 0
	require.NoError(t, e.Run(context.Background()))
	assert.EqualValues(t, 8000, rec.n)
	for _, tr := range e.Traces() {
		at := tr.Sent
		for _, r := range tr.Rows {
			assert.Equal(t, at, r.Arrive, "a gap before %s", r.Name)
			assert.Equal(t, r.Leave, r.Arrive.Add(r.Wait+r.Service+r.Latency))
			at = r.Leave
		}
		assert.GreaterOrEqual(t, at.Sub(tr.Sent), 2*(500*units.Nanosecond+(100*units.Gbps).TimeToSend(408)))
	}
}

// counter is a Station that takes part of a ledger of arrivals with others.
type counter struct {
	name   string
	log    *[]units.Time
	shares bool
	delay  units.Duration
}

func (c *counter) Serve(at units.Time, _ *packet.Packet) (station.Visit, bool) {
	*c.log = append(*c.log, at)
	return station.Visit{Start: at, Leave: at, Out: at.Add(c.delay)}, true
}
func (c *counter) Name() string           { return c.name }
func (c *counter) DropReason() uint8      { return 0 }
func (c *counter) Ordered() bool          { return true }
func (c *counter) Shares() bool           { return c.shares }
func (c *counter) Measure(station.Window) {}
func (c *counter) Usage() []station.Usage { return nil }

// Stations that share something see their packets in time order, all of them together. Without it a packet that runs ahead
// through both would be there before one that comes later to the first.
func TestSharedPlacesSeeTimeInOrder(t *testing.T) {
	visits := func(shares bool) []units.Time {
		var log []units.Time
		e := NewEngine(journal{})
		a := e.AddStation(&counter{"a", &log, shares, 5000})
		b := e.AddStation(&counter{"b", &log, shares, 7000})
		e.AddPath(Path{Hops: []Hop{{Op: OpStation, Node: a}, {Op: OpStation, Node: b}}})
		e.AddSource(&listSource{gaps: make([]units.Duration, 50), rng: rand.New(rand.NewPCG(1, 1))})
		e.sources[0].Source.(*listSource).gaps[7] = 1000
		e.Prepare([][]int{{0}}, station.Window{To: units.Forever})
		require.NoError(t, e.Run(context.Background()))
		require.Len(t, log, 100)
		return log
	}
	inOrder := func(a, b units.Time) int { return int(a.Sub(b)) }
	assert.True(t, slices.IsSortedFunc(visits(true), inOrder))
	assert.False(t, slices.IsSortedFunc(visits(false), inOrder), "nothing was tested")
}
