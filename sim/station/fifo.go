package station

import "github.com/dsnsim/dsnsim/sim/units"

// Spec declares a station: what it is called in reports and what a visit costs.
type Spec struct {
	Name    string
	Servers int // 0 means 1
	Room    Room
	Cost    Cost
	// Other is what a visit costs at a hop marked Other: the same server can be held by a transfer of another kind.
	Other Cost
	// Gap is how long the server stays held after the packet left, like the gap between Ethernet frames.
	Gap units.Duration
	// Latency is a fixed time after service that does not hold the server: a cable, a pipeline, a PHY.
	Latency units.Duration
	// Clock, when not zero, makes service start on an edge of that clock.
	Clock units.Freq
	// LatencyCycles is Latency in cycles of Clock.
	LatencyCycles units.Cycles
	// InOrder makes packets leave in the order in which they came, whichever of several servers is done first.
	InOrder bool
	// Wire marks a transmission: the packet remembers how long it took, for a cut-through switch behind it.
	Wire bool
	// DropReason is the reason number (stats.DropReason) of a packet that finds no room.
	DropReason uint8
}

// FIFO is a Server with the cost of a visit and a fixed latency behind it.
type FIFO struct {
	Server
	costs     [2]Cost
	gap       units.Duration
	latency   units.Duration
	clock     Clock
	cycles    units.Cycles
	clocked   bool
	inOrder   bool
	wire      bool
	reason    uint8
	plain     bool // one server, without a clock and without cycles of latency
	lastLeave units.Time
	lastOut   units.Time
	name      string
}

// NewFIFO builds a station. It panics when the cost is not set: that is the author's bug.
func NewFIFO(s Spec) FIFO {
	if s.Cost.Unset() {
		panic("station: " + s.Name + " has no cost")
	}
	return FIFO{Server: NewServer(s.Servers, s.Room), costs: [2]Cost{s.Cost, s.Other}, gap: s.Gap, latency: s.Latency,
		clock: NewClock(s.Clock), cycles: s.LatencyCycles, clocked: s.Clock > 0, inOrder: s.InOrder, wire: s.Wire,
		reason: s.DropReason, name: s.Name, plain: s.Servers <= 1 && s.Clock == 0 && s.LatencyCycles == 0 && !s.InOrder}
}

// Visit is one packet's stay at a station: service from Start to Leave, at the next station's door at Out.
type Visit struct {
	Start, Leave, Out units.Time
}

// Name returns the name in reports.
func (s *FIFO) Name() string { return s.name }

// DropReason returns the reason number of a packet that finds no room.
func (s *FIFO) DropReason() uint8 { return s.reason }

// Wire reports whether a visit is a transmission.
func (s *FIFO) Wire() bool { return s.wire }

// Ordered reports whether packets leave in the order in which they came.
func (s *FIFO) Ordered() bool { return s.Servers() == 1 || s.inOrder }

// Usage returns the counts of the measured window.
func (s *FIFO) Usage() Usage { return s.Server.Usage(s.name, s.reason) }

// Visit serves a packet of n bytes that arrives at an instant not before the last arrival, or returns false when
// there is no room for it. kind is 0 for Spec.Cost and 1 for Spec.Other.
func (s *FIFO) Visit(at units.Time, n uint32, kind uint8) (Visit, bool) {
	if s.plain {
		return s.visitPlain(at, n, kind)
	}
	start, ok := s.Server.Start(at, n)
	if !ok {
		return Visit{}, false
	}
	if s.clocked {
		start = s.clock.Align(start)
	}
	cost := &s.costs[kind&1]
	leave := start.Add(cost.Of(n))
	if s.clocked && s.clock.period == 0 {
		leave = s.clock.After(start, units.Cycles(cost.CyclesOf(n)))
	}
	s.Finish(at, start, leave.Add(s.gap))
	if s.inOrder {
		leave = units.Later(leave, s.lastLeave)
		s.lastLeave = leave
	}
	out := leave.Add(s.latency)
	if s.cycles > 0 {
		out = s.clock.After(leave, s.cycles).Add(s.latency)
	}
	if s.inOrder { // Retune may have made the latency shorter
		out = units.Later(out, s.lastOut)
		s.lastOut = out
	}
	return Visit{start, leave, out}, true
}

// visitPlain is Visit for a station with one server and no clock: a port, a link.
func (s *FIFO) visitPlain(at units.Time, n uint32, kind uint8) (Visit, bool) {
	start := at
	if s.free.After(at) {
		if start = s.free; !s.enqueue(at, start, n) {
			s.Refuse(at)
			return Visit{}, false
		}
	} else {
		s.wait.clear()
	}
	leave := start.Add(s.costs[kind&1].Of(n))
	s.free = leave.Add(s.gap)
	s.Note(at, start, s.free)
	s.NoteBytes(n)
	return Visit{start, leave, leave.Add(s.latency)}, true
}

// ServiceOf returns how long a visit of n bytes holds a server: the service and the gap behind it. kind is 0 for
// Spec.Cost and 1 for Spec.Other.
func (s *FIFO) ServiceOf(n uint32, kind uint8) units.Duration {
	return s.costs[kind&1].Of(n) + s.gap
}

// Retune gives the station the costs, clock and latencies of another Spec, for the packets that come from now on. Those that
// wait already have their times.
func (s *FIFO) Retune(spec Spec) {
	to := NewFIFO(spec)
	s.costs, s.clock, s.clocked, s.cycles, s.latency, s.gap, s.inOrder = to.costs, to.clock, to.clocked, to.cycles, to.latency, to.gap, to.inOrder
	s.plain = to.plain && s.Servers() == 1
}
