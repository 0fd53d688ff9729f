package sim

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/queue"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// none ends a list.
const none = -1

// Scheduler is a place with a queue for each class of packets and one server. Packets wait by class. Whenever the server is
// free it takes the head of a queue: of the highest priority level that can send, and there of the class whose turn it is
// by deficit round robin (Shreedhar and Varghese, 1996), so that classes share by weight in bytes. A class with a maximum
// rate sits out until its tokens suffice, and then comes behind those that wait. A service is not interrupted.
//
// In an engine it is added with AddScheduler and reached by a hop:
//
//	port := e.AddScheduler(sim.SchedulerSpec{Name: "port", Cost: wire, Buffer: sim.NewBuffer(units.MiB), Classes: []sim.ClassSpec{
//		{Name: "voice", Level: 0, Rate: units.Gbps, Burst: 10_000},
//		{Name: "bulk", Level: 1, Weight: 4, MarkAbove: 100_000},
//		{Name: "rest", Level: 1, Weight: 1, Alpha: -2},
//	}})
//	hops = append(hops, sim.Hop{Op: sim.OpQueue, Node: port, Form: packet.Tunnelled})
//
// and the source of a packet sets its Class (here 0, 1 or 2), or SchedulerSpec.ClassOf works it out of whatever else the
// packet carries, such as the number of its security association. Engine.Classes reports each class, Engine.Usages the
// scheduler as a whole.
//
// At an instant, first all packets arrive, in the order of their keys, and then the server chooses. Without an engine, the
// caller does the same: Offer each packet in time order, and Pick at the instants that Next gives.
type Scheduler struct {
	costs   [2]station.Cost
	gap     units.Duration
	latency units.Duration
	wire    bool
	ahead   bool
	form    int // whose size costs the time, or -1
	reason  uint8
	name    string
	flight  *Outstanding
	perUnit int64
	held    int64 // places that the packet whose turn it is waits for
	by      Serving
	several Several // by, where that has several servers
	special int32   // the number of by among the engine's
	doors   doors
	apart   bool // each kind of visit has a door of its own
	admits  bool
	classOf func(p *packet.Packet) int
	other   int32 // the class of visits of the other kind

	classes []class
	names   []string
	rounds  []round
	levels  uint64 // bit l is set when rounds[l] is not empty
	blocked queue.Heap[blocked]
	buffer  *Buffer
	bounded bool // the buffer is one that can be full
	nodes   []queued
	spare   int32
	waiting int
	free    units.Time // when the server is
	ledger  station.Ledger

	// The engine's: the event that is wanted next.
	armed bool
	turn  units.Time
}

// queued is a packet in a class's list.
type queued struct {
	came  units.Time
	id    uint32
	bytes uint32
	costs uint32 // the bytes that cost the time
	next  int32
	kind  uint8
}

// held returns the bytes that the packet holds of the buffer.
func (q *queued) held() int64 { return int64(q.bytes) * int64(1-q.kind) }

// class is a queue with its shares and counts.
type class struct {
	head, tail int32 // the first and last packet, none when empty
	packets    int   // that wait, or are to come (SchedulerSpec.Admits)
	bytes      int64
	next       int32 // the class behind it in its round
	deficit    int64
	quantum    int64
	ready      units.Time // when its first packet may go
	shaper     shaper
	room       station.Room
	reserve    int64
	mark       int64
	level      uint8
	alpha      int8
	ledger     station.Ledger
	marked     int64
	most       int64
}

// NewScheduler builds a scheduler. It panics when the spec has no cost or no class, a level or alpha out of range, or
// reserves that the buffer does not have: those are the author's bugs.
func NewScheduler(spec SchedulerSpec) *Scheduler {
	if spec.Cost.Unset() && spec.By == nil || len(spec.Classes) == 0 {
		panic("sim: scheduler " + spec.Name + " has no cost or no class")
	}
	s := &Scheduler{costs: [2]station.Cost{spec.Cost, spec.Other}, gap: spec.Gap, latency: spec.Latency, wire: spec.Wire,
		reason: spec.DropReason, name: spec.Name, classOf: spec.ClassOf, other: int32(spec.OtherClass), buffer: spec.Buffer,
		spare: none, ledger: station.NewLedger(), ahead: spec.Ahead, form: -1, flight: spec.Flight, perUnit: int64(spec.PerPlace),
		blocked: queue.NewHeap(sooner), by: spec.By, admits: spec.Admits, bounded: spec.Buffer != nil}
	s.several, _ = spec.By.(Several)
	if spec.CostForm != nil {
		s.form = int(*spec.CostForm)
	}
	if s.buffer == nil {
		s.buffer = NewBuffer(math.MaxInt64 >> MaxAlpha)
	}
	if spec.Quantum == 0 {
		spec.Quantum = DefaultQuantum
	}
	for i := range spec.Classes {
		s.addClass(&spec.Classes[i], spec.Quantum)
	}
	return s
}

func (s *Scheduler) addClass(c *ClassSpec, quantum units.Bytes) {
	if c.Level >= MaxLevels || c.Alpha < -MaxAlpha || c.Alpha > MaxAlpha || c.Weight < 0 {
		panic(fmt.Sprintf("sim: class %s of %s has level %d, alpha 2^%d and weight %d", c.Name, s.name, c.Level, c.Alpha, c.Weight))
	}
	for len(s.rounds) <= int(c.Level) {
		s.rounds = append(s.rounds, round{head: none, tail: none})
	}
	s.buffer.Reserve(c.Reserve)
	s.names = append(s.names, c.Name)
	s.classes = append(s.classes, class{head: none, tail: none, next: none, quantum: max(1, c.Weight) * int64(quantum),
		shaper: newShaper(c.Rate, c.Burst), room: c.Room, reserve: int64(c.Reserve), mark: int64(c.MarkAbove), level: c.Level,
		alpha: c.Alpha, ledger: station.NewLedger()})
}

// Offer queues packet id, of n bytes, at an instant not before the last Offer or Pick, or returns false when there is no
// room for it. It sets CE of a packet that comes to a long queue. kind is 0 for SchedulerSpec.Cost and 1 for Other.
func (s *Scheduler) Offer(at units.Time, id uint32, p *packet.Packet, n uint32, kind uint8) bool {
	if s.blocked.Len() > 0 {
		s.unblock(at)
	}
	i := int32(p.Class)
	switch {
	case s.by != nil && s.classOf == nil:
		i = int32(kind)
	case s.by == nil && kind != 0:
		i = s.other
	case s.classOf != nil:
		i = int32(s.classOf(p))
	}
	if s.by != nil {
		kind = 0
	}
	c := &s.classes[i]
	q := queued{came: at, id: id, bytes: n, costs: n, next: none, kind: kind & 1}
	if s.form >= 0 {
		q.costs = p.Bytes[s.form]
	}
	if !s.admits && !s.admit(c, q.held()) {
		s.refuse(c, at)
		return false
	}
	if c.mark > 0 && c.bytes > c.mark {
		p.CE = true
		if c.ledger.Within(at) {
			c.marked++
		}
	}
	s.push(i, q)
	if s.by == nil && c.ledger.Within(at) { // whom another serves for reports no classes
		c.most = max(c.most, c.bytes)
	}
	return true
}

// Admit takes the room of a packet that will come, of a scheduler that Admits, or returns false when there is none.
func (s *Scheduler) Admit(at units.Time, p *packet.Packet) bool {
	i := int(p.Class)
	if s.classOf != nil {
		i = s.classOf(p)
	}
	c := &s.classes[i]
	if c.room.Packets > 0 && c.packets >= c.room.Packets {
		s.refuse(c, at)
		return false
	}
	c.packets++
	return true
}

// admitted gives back the room of a packet that is served at once.
func (s *Scheduler) admitted(p *packet.Packet) {
	if s.admits {
		s.classes[s.classOf(p)].packets--
	}
}

func (s *Scheduler) refuse(c *class, at units.Time) {
	c.ledger.Refuse(at)
	s.ledger.Refuse(at)
	if s.by != nil {
		s.by.Refuse(at)
	}
}

// admit takes room for n bytes of a class, or returns false when there is none.
func (s *Scheduler) admit(c *class, n int64) bool {
	if c.room.Packets > 0 && c.packets >= c.room.Packets || c.room.Bytes > 0 && c.bytes >= int64(c.room.Bytes) {
		return false
	}
	return !s.bounded || s.buffer.take(n, c.bytes, c.reserve, c.alpha)
}

// push puts a packet behind the others of its class; a class that had none comes last in its round.
func (s *Scheduler) push(i int32, q queued) {
	c := &s.classes[i]
	n := s.spare
	if n == none {
		s.nodes = append(s.nodes, q)
		n = int32(len(s.nodes) - 1)
	} else {
		s.spare = s.nodes[n].next
		s.nodes[n] = q
	}
	if c.head == none {
		c.head = n
		c.ready = c.shaper.ready(q.came, q.bytes)
		s.join(i)
	} else {
		s.nodes[c.tail].next = n
	}
	c.tail = n
	if !s.admits {
		c.packets++
	}
	c.bytes += q.held()
	s.waiting++
}

// pop takes the first packet of a class.
func (s *Scheduler) pop(c *class) queued {
	n := c.head
	q := s.nodes[n]
	c.head = q.next
	s.nodes[n].next, s.spare = s.spare, n
	c.packets--
	c.bytes -= q.held()
	s.waiting--
	if s.bounded {
		s.buffer.give(q.held(), c.bytes, c.reserve)
	}
	return q
}

// Turn is a packet that was chosen: when it came, and its stay at the server.
type Turn struct {
	ID    uint32
	Class int32
	Came  units.Time
	station.Visit
}

// Next returns the earliest instant from now on at which Pick may find a packet, or false when none waits.
func (s *Scheduler) Next(now units.Time) (units.Time, bool) {
	at := units.Later(now, s.free)
	if s.levels == 0 {
		if s.blocked.Len() == 0 {
			return units.Time{}, false
		}
		at = units.Later(at, s.blocked.First().ready)
	}
	if s.held > 0 {
		free, known := s.flight.when(s.held)
		s.flight.waiting = !known
		return units.Later(at, free), known
	}
	return at, true
}

// Pick serves the packet whose turn it is at an instant at which the server is free, or returns false when none may go yet.
func (s *Scheduler) Pick(at units.Time) (Turn, bool) {
	if s.blocked.Len() > 0 {
		s.unblock(at)
	}
	for s.levels != 0 {
		if i := s.choose(bits.TrailingZeros64(s.levels), at); i != none {
			if !s.mayFly(i, at) {
				return Turn{}, false
			}
			return s.serve(i, at), true
		}
	}
	return Turn{}, false
}

// idle reports whether a packet that comes at an instant would be served at once: its class has the next turn then.
func (s *Scheduler) idle(at units.Time) bool { return s.waiting == 0 && !s.free.After(at) }

// serve takes the first packet of a class, the first of its round, into service.
func (s *Scheduler) serve(i int32, at units.Time) Turn {
	c := &s.classes[i]
	q := s.pop(c)
	c.deficit -= int64(q.bytes)
	if c.shaper.rate > 0 {
		c.shaper.take(at, q.bytes)
	}
	if c.head == none {
		s.leave(c)
	} else if c.shaper.rate > 0 {
		c.ready = c.shaper.ready(at, s.nodes[c.head].bytes)
	}
	if s.by != nil {
		return Turn{q.id, i, q.came, station.Visit{Start: at, Leave: at, Out: at}} // hold decides about it
	}
	v := station.Visit{Start: at, Leave: at.Add(s.costs[q.kind].Of(q.costs))}
	s.free = v.Leave.Add(s.gap)
	if s.ahead {
		v.Leave = at
	}
	v.Out = v.Leave.Add(s.latency)
	for _, l := range []*station.Ledger{&c.ledger, &s.ledger} {
		l.NoteStart(q.came, at, s.free)
		l.NoteBytes(uint32(q.held())) // a request moves none of the packet's bytes
	}
	return Turn{q.id, i, q.came, v}
}

// Name returns the name in reports.
func (s *Scheduler) Name() string { return s.name }

// Waiting returns how many packets wait.
func (s *Scheduler) Waiting() int { return s.waiting }

// ServiceOf returns how long a packet of n bytes holds the server: the service and the gap behind it.
func (s *Scheduler) ServiceOf(n uint32, kind uint8) units.Duration {
	return s.costs[kind&1].Of(n) + s.gap
}

// Measure sets the window that the statistics cover.
func (s *Scheduler) Measure(w station.Window) {
	s.ledger.Measure(w)
	for i := range s.classes {
		s.classes[i].ledger.Measure(w)
	}
}

// Usage returns the counts of the measured window, of all classes together.
func (s *Scheduler) Usage() station.Usage {
	return s.ledger.Account(s.name, 1, s.reason)
}

// ClassUsage is what one class of a Scheduler did in the measured window. Visits count where their service begins, drops and
// marks where the packet comes.
type ClassUsage struct {
	// Scheduler and Class are the names of both.
	Scheduler, Class string
	// MaxBytes is the most that waited when a packet came, with that packet.
	MaxBytes int64
	// Marked is how many packets were marked because they came to a long queue.
	Marked int64
	station.ServerStats
}

// Classes returns the counts of each class, in the order of the spec.
func (s *Scheduler) Classes() []ClassUsage {
	list := make([]ClassUsage, len(s.classes))
	for i := range s.classes {
		c := &s.classes[i]
		list[i] = ClassUsage{Scheduler: s.name, Class: s.names[i], MaxBytes: c.most, Marked: c.marked,
			ServerStats: c.ledger.Stats()}
	}
	return list
}
