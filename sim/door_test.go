package sim

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// liar says that it keeps the order of packets, and keeps every fourth for long.
type liar struct{ n int }

func (l *liar) Serve(at units.Time, _ *packet.Packet) (station.Visit, bool) {
	l.n++
	out := at
	if l.n%4 == 1 {
		out = at.Add(units.Microsecond)
	}
	return station.Visit{Start: at, Leave: at, Out: out}, true
}
func (*liar) Name() string           { return "liar" }
func (*liar) DropReason() uint8      { return 0 }
func (*liar) Ordered() bool          { return true }
func (*liar) Measure(station.Window) {}
func (*liar) Usage() []station.Usage { return nil }

// every sends n packets, one each so often, by member in turn.
type every struct {
	gap     units.Duration
	n, sent int
}

func (s *every) Next(p *packet.Packet) bool {
	if s.sent == s.n {
		return false
	}
	p.Sent = units.At(s.gap * units.Duration(s.sent))
	p.Bytes = [2]uint32{100, 100}
	p.Hash = uint32(s.sent%2) * math.MaxUint32
	s.sent++
	return true
}

// arrivals keeps when packets were delivered.
type arrivals struct {
	at      []units.Time
	dropped int
}

func (a *arrivals) Delivered(_ *packet.Packet, at units.Time) { a.at = append(a.at, at) }
func (a *arrivals) Dropped(*packet.Packet, units.Time, uint8) { a.dropped++ }

// Whatever a place says of its order, no packet comes to a later one in the past: behind one that lets packets overtake though it
// says otherwise, they come in order, step by step as in a run ahead.
func TestOrderIsKeptWhereItIsPromised(t *testing.T) {
	var lists [2][]units.Time
	for i := range lists {
		rec := &arrivals{}
		e := NewEngine(rec)
		e.Stepwise = i == 1
		place := e.AddStation(&liar{})
		first := e.AddFIFO(station.Spec{Name: "a", Cost: station.Held(units.Nanosecond)})
		e.AddFIFO(station.Spec{Name: "b", Cost: station.Held(units.Nanosecond)})
		e.AddPath(Path{Hops: []Hop{{Op: OpStation, Node: place}, {Op: OpSelect, N: 2}, {Op: OpVisit, Node: first, Stride: 1}}})
		e.AddSource(&every{gap: 10 * units.Nanosecond, n: 100})
		e.Prepare([][]int{{0}}, station.Window{To: units.Forever})
		require.NotPanics(t, func() { require.NoError(t, e.Run(context.Background())) })
		lists[i] = rec.at
	}
	require.Len(t, lists[0], 100)
	assert.ElementsMatch(t, lists[0], lists[1])
}

// sorter is a Serving whose packets of kind 1 are in the way of none of the other kind: each takes 10 ns, and leaves after 1 us.
type sorter struct {
	station.Server
	refused, came int
}

func (s *sorter) Serve(at units.Time, p *packet.Packet) (station.Visit, bool) {
	return s.ServeQueued(at, at, p)
}
func (s *sorter) Came(units.Time, *packet.Packet) { s.came++ }
func (s *sorter) ServeQueued(came, at units.Time, p *packet.Packet) (station.Visit, bool) {
	start, _ := s.Start(at, p.Bytes[0])
	leave := start.Add(10 * units.Nanosecond)
	s.FinishQueued(came, start, leave)
	return station.Visit{Start: start, Leave: leave, Out: leave.Add(units.Duration(p.Kind) * units.Microsecond)}, true
}
func (*sorter) Name() string             { return "sorter" }
func (*sorter) DropReason() uint8        { return 7 }
func (*sorter) Ordered() bool            { return false }
func (*sorter) OrderedKind(uint8) bool   { return true }
func (s *sorter) Refuse(at units.Time)   { s.refused++; s.Server.Refuse(at) }
func (s *sorter) Usage() []station.Usage { return []station.Usage{s.Server.Usage("sorter", 7)} }

// Kinds of visit that wait for one server take turns, each with room of its own, and what was served is reported once.
func TestKindsTakeTurns(t *testing.T) {
	for _, stepwise := range []bool{false, true} {
		rec, by := &arrivals{}, &sorter{Server: station.NewServer(1, station.Room{})}
		e := NewEngine(rec)
		e.Stepwise = stepwise
		place := e.AddScheduler(SchedulerSpec{Name: "sorter", By: by, Quantum: 100, Classes: []ClassSpec{{Room: station.Room{Packets: 10}}, {Room: station.Room{Packets: 10}}}})
		for kind := range 2 {
			e.AddPath(Path{Hops: []Hop{{Op: OpQueue, Node: place, Other: uint8(kind)}}})
		}
		e.AddSource(&every{gap: 5 * units.Nanosecond, n: 1000})
		e.AddSource(&withPath{&every{gap: 2 * units.Nanosecond, n: 2500}, 1})
		e.Prepare([][]int{{0}, {1}}, station.Window{To: units.At(5 * units.Microsecond)})
		require.NoError(t, e.Run(context.Background()))
		b := e.Balance()
		assert.True(t, b.Holds())
		assert.Zero(t, b.InFlight)
		assert.Equal(t, rec.dropped, by.refused)
		assert.EqualValues(t, b.Delivered, by.came)
		require.Len(t, e.Usages(), 1)
		u := e.Usages()[0]
		assert.EqualValues(t, 500, u.Visits, "one each 10 ns")
		assert.Equal(t, 5*units.Microsecond, u.Busy)
		assert.Empty(t, e.Classes())
		assert.Equal(t, []bool{true}, e.OnPaths([]int{1}))
		// Both kinds overflow their rooms, so each gets half of the server.
		early := 0
		for _, at := range rec.at {
			if !at.After(units.At(5 * units.Microsecond)) {
				early++
			}
		}
		assert.InDelta(t, 450, early, 12, "half of 500 that leave at once, and of those that leave a microsecond later four fifths")
	}
}

// withPath is a source whose packets take another path.
type withPath struct {
	*every
	path uint16
}

func (s *withPath) Next(p *packet.Packet) bool {
	p.Path = s.path
	return s.every.Next(p)
}

// A scheduler that admits packets before they come counts them from then on until their service.
func TestRoomInFrontOfAScheduler(t *testing.T) {
	s := NewScheduler(SchedulerSpec{Name: "s", Cost: station.Held(units.Nanosecond), Admits: true, Classes: []ClassSpec{{Room: station.Room{Packets: 2}}}})
	p := &packet.Packet{}
	at := units.At(0)
	require.True(t, s.Admit(at, p))
	require.True(t, s.Admit(at, p))
	require.False(t, s.Admit(at, p), "two are to come")
	require.True(t, s.Offer(at, 1, p, 64, 0), "what was admitted is not refused")
	require.False(t, s.Admit(at, p), "one waits, one is to come")
	_, ok := s.Pick(at)
	require.True(t, ok)
	assert.True(t, s.Admit(at, p))
	assert.EqualValues(t, 2, s.Usage().Drops)
}
