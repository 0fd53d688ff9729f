package sim

import (
	"cmp"
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// echo is a client with so many requests under way and the server that answers them: a request goes out when an answer has
// come, until the end.
type echo struct {
	e              *Engine
	client, server *ball
	end            units.Time
	done           []units.Time // when answers came
	trips          []units.Duration
	lost           int
}

// ball is one of the two sources: what it has to send, by when.
type ball struct {
	path   uint16
	bytes  uint32
	due    []throw
	number int // of the source
}

type throw struct {
	at    units.Time
	began units.Time
	flow  uint32
}

func (b *ball) Next(p *packet.Packet) bool {
	slices.SortFunc(b.due, func(x, y throw) int { return cmp.Or(cmp.Compare(x.at.Ps(), y.at.Ps()), cmp.Compare(x.flow, y.flow)) })
	if len(b.due) == 0 || b.due[0].at.After(p.Sent) {
		return false
	}
	p.Path, p.Bytes, p.Flow, p.ChainIn = b.path, [2]uint32{b.bytes, b.bytes}, b.due[0].flow, b.due[0].began
	b.due = b.due[1:]
	return true
}

func (x *echo) send(b *ball, t throw) {
	b.due = append(b.due, t)
	x.e.Wake(b.number, t.at)
}

func (x *echo) Delivered(p *packet.Packet, at units.Time) {
	if p.Source() == x.client.number {
		x.send(x.server, throw{at, p.ChainIn, p.Flow})
		return
	}
	if p.Source() != x.server.number {
		return
	}
	x.done, x.trips = append(x.done, at), append(x.trips, at.Sub(p.ChainIn))
	if at.Before(x.end) {
		x.send(x.client, throw{at, at, p.Flow})
	}
}

func (x *echo) Dropped(*packet.Packet, units.Time, uint8) { x.lost++ }

// world is what an echo runs through: a station of several servers each way, fixed times, and packets of another source.
type world struct {
	depth, servers             int
	there, service, back       units.Duration
	others                     []int64
	shared, scheduled, stepped bool
}

// run returns what became of the requests in a millisecond.
func (w world) run(t require.TestingT) *echo {
	x := &echo{client: &ball{bytes: 100}, server: &ball{bytes: 1000}, end: units.At(units.Millisecond)}
	x.e = NewEngine(x)
	x.e.Stepwise = w.stepped
	rate := station.Transfer{Rate: 100 * units.Gbps}.Cost()
	out := x.e.AddFIFO(station.Spec{Name: "out", Cost: rate, Latency: w.there})
	disk := x.e.AddFIFO(station.Spec{Name: "disk", Servers: w.servers, Cost: station.Transfer{Rate: 1, NoPayload: true}.Cost(), Latency: w.service})
	home := Hop{Op: OpVisit, Node: x.e.AddFIFO(station.Spec{Name: "home", Cost: rate, Latency: w.back})}
	if w.scheduled {
		home = Hop{Op: OpQueue, Node: x.e.AddScheduler(SchedulerSpec{Name: "home", Cost: rate, Latency: w.back, Classes: []ClassSpec{{Name: "all"}}})}
	}
	there := x.e.AddPath(Path{Hops: []Hop{{Op: OpVisit, Node: out}, {Op: OpVisit, Node: disk}}})
	back := x.e.AddPath(Path{Hops: []Hop{home}})
	across := x.e.AddPath(Path{Hops: []Hop{{Op: OpVisit, Node: out}, home}})
	x.client.path, x.server.path = uint16(there), uint16(back)
	x.client.number, x.server.number = x.e.AddResponder(x.client), x.e.AddResponder(x.server)
	used := [][]int{{x.client.number}, {x.server.number}, nil}
	if w.shared {
		used[2] = []int{x.e.AddSource(&instants{at: slices.Clone(w.others), path: uint16(across)})}
	}
	for i := range w.depth {
		x.send(x.client, throw{flow: uint32(i)})
	}
	x.e.Prepare(used, station.Window{To: units.Forever})
	require.NoError(t, x.e.Run(context.Background()))
	return x
}

// With room in every queue a client of depth n has n requests done in each time that one takes: Little's law, to the request.
func TestRespondersKeepTheDepth(t *testing.T) {
	for _, depth := range []int{1, 4, 16} {
		x := world{depth: depth, servers: 1, there: 5 * units.Microsecond, back: 4910 * units.Nanosecond}.run(t)
		// 5 us there, 4.91 us back, 8 and 80 ns of wires: 9.998 us, of which depth-1 requests wait at the start for each other
		assert.InDelta(t, depth*100, len(x.done), float64(depth)*1.5, "depth %d", depth)
		assert.Equal(t, 9998*units.Nanosecond, x.trips[0])
		assert.True(t, x.e.Balance().Holds() && x.e.Balance().InFlight == 0 && x.lost == 0)
	}
}

// A depth beyond what is under way in the time of one request fills the slowest station: 1,000 B at 100 Gbps are 80 ns.
func TestRespondersFillTheSlowestStation(t *testing.T) {
	x := world{depth: 400, servers: 1, there: 5 * units.Microsecond, back: 5 * units.Microsecond}.run(t)
	span := x.done[len(x.done)-1].Sub(x.done[0])
	assert.InDelta(t, 80, span.Ns()/float64(len(x.done)-1), 0.01)
}

// Whether packets run ahead changes no instant, also among packets of another source, and all are accounted for.
func TestRespondersStepByStep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ns := rapid.Int64Range(0, 3000)
		span := func(label string) units.Duration { return units.Duration(ns.Draw(t, label)) * units.Nanosecond }
		w := world{depth: rapid.IntRange(1, 20).Draw(t, "depth"), servers: rapid.IntRange(1, 3).Draw(t, "servers"),
			there: span("there") + 1000, service: span("service"), back: span("back"), shared: rapid.Bool().Draw(t, "shared"),
			scheduled: rapid.Bool().Draw(t, "scheduled"), others: rapid.SliceOfN(ns, 0, 50).Draw(t, "others")}
		slices.Sort(w.others)
		ahead := w.run(t)
		w.stepped = true
		steps := w.run(t)
		inOrder := func(x *echo) []units.Time {
			slices.SortFunc(x.done, func(a, b units.Time) int { return cmp.Compare(a.Ps(), b.Ps()) })
			return x.done
		}
		assert.Equal(t, inOrder(ahead), inOrder(steps))
		assert.Equal(t, ahead.e.Balance(), steps.e.Balance())
		assert.Equal(t, ahead.e.Usages(), steps.e.Usages())
		assert.True(t, ahead.e.Balance().Holds() && ahead.e.Balance().InFlight == 0)
	})
}

// lateTalker sends at an instant of its own.
type lateTalker struct{ path uint16 }

func (s lateTalker) Next(p *packet.Packet) bool {
	p.Sent, p.Path = p.Sent.Add(1), s.path
	return true
}

func TestResponderKeepsToItsInstant(t *testing.T) {
	e := NewEngine(times{})
	n := e.AddResponder(lateTalker{uint16(e.AddPath(Path{}))})
	e.Wake(n, units.At(5))
	e.Prepare([][]int{{n}}, station.Window{To: units.Forever})
	assert.Panics(t, func() { _ = e.Run(context.Background()) })
}
