package connections

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/queue"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/tcp"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// segmentHeaders is what of a full segment's frame is not data: Ethernet, IPv4 and TCP without options, FCS.
const segmentHeaders = 14 + 20 + 20 + 4

// loop is the connections of a class at one server: data one way, acknowledgements the other.
type loop struct {
	spec    *demand.TCP
	config  tcp.Config
	sizes   *traffic.FlowSizes // of transfers, nil for endless ones
	frame   uint32
	rng     *rand.Rand
	rec     *trial.Recorder
	data    input.Direction
	numbers [2]int // of the sources, data first
	// due are what happens at instants to come, by source; ready are the packets to go now.
	due       [2]queue.Heap[event]
	alarms    [2]sim.Alarm
	ready     [2][]segment
	senders   []tcp.Sender
	receivers []*tcp.Receiver
	timers    []units.Time // that a connection is woken for
	begun     []units.Time // of the transfer
	sizeOf    []uint32
	flushing  []bool   // an acknowledgement is due, by connection
	transfer  []uint16 // number, so that late packets of an older one are known
	events    uint64
	counters  counters
}

// counters are what connections did in the measured window.
type counters struct {
	bytes         uint64 // of data that arrived for the first time
	sent, resent  uint64 // segments
	rtt, transfer *stats.Histogram
}

// segment is a packet of a connection: data, or an acknowledgement.
type segment struct {
	connection, number uint32
	transfer           uint16
	marked             bool
}

// event is what a source is woken for: a packet that arrives, a transfer that begins, a timer.
type event struct {
	at    units.Time
	order uint64
	what  uint8
	segment
}

const (
	arrives uint8 = iota
	begins
	expires
	flushes
)

// ackDelay is how long an acknowledgement waits for another segment. assumed: below the shortest timeout of hosts in a data centre; RFC
// 5681 allows half a second
const ackDelay = 200 * units.Microsecond

// sooner orders happenings by instant, then by order.
func sooner(a, b *event) bool {
	return cmp.Or(cmp.Compare(a.at.Ps(), b.at.Ps()), cmp.Compare(a.order, b.order)) < 0
}

// newLoop makes the connections of a class at a server.
func newLoop(run *trial.Simulation, e *sim.Engine, t *input.Input, name string) *loop {
	n := t.TCP.Connections
	l := &loop{spec: t.TCP, config: t.TCP.Config(), sizes: t.FlowSizes(), frame: uint32(t.Sizes[0].Size), rec: run.Rec,
		rng: rng.New(run.Scenario.Run.Seed, run.Replication, name), senders: make([]tcp.Sender, n), timers: make([]units.Time, n),
		begun: make([]units.Time, n), sizeOf: make([]uint32, n), transfer: make([]uint16, n), flushing: make([]bool, n),
		counters: counters{rtt: stats.NewHistogram(), transfer: stats.NewHistogram()}}
	if t.Direction == "outbound" {
		l.data = input.Outbound
	}
	for range n {
		l.receivers = append(l.receivers, tcp.NewReceiver(l.config.Max))
	}
	return l
}

// Start has the connections begin, spread over a round trip or so, that they do not go in step.
func (l *loop) Start() {
	for c := range l.senders {
		l.timers[c] = units.Forever
		l.happen(0, event{at: units.At(units.Duration(l.rng.Int64N(int64(startSpread)))), what: begins, segment: segment{connection: uint32(c)}})
	}
}

// startSpread is the range in which connections begin. assumed: a few round trips of a data centre
const startSpread = 50 * units.Microsecond

// happen notes what a source is woken for.
func (l *loop) happen(source int, h event) {
	h.order = l.events
	l.events++
	l.due[source].Push(h)
	l.alarms[source].Set(h.at)
}

// side is 0 for the source of data in a direction, 1 for the source of acknowledgements.
func (l *loop) side(dir input.Direction) int {
	if dir == l.data {
		return 0
	}
	return 1
}

// Next is sender.
func (l *loop) Next(f *trial.Source, p *packet.Packet) (t traffic.Packet, ok bool) {
	s, frame, ok := l.segment(l.side(f.Dir), p.Sent, f.End)
	if !ok {
		return t, false
	}
	s.fill(p)
	t.At, t.Frame, t.Record, t.FlowID = p.Sent, frame, -1, f.Synthetic.ID(s.connection)
	return t, true
}

// segment returns what a source sends at an instant: at first all that has happened by then is taken in.
func (l *loop) segment(side int, at, end units.Time) (s segment, frame uint32, ok bool) {
	due := &l.due[side]
	l.alarms[side].Rang(at)
	for due.Len() > 0 && !due.First().at.After(at) {
		h := due.Pop()
		if at.Before(end) {
			l.take(side, &h)
		}
	}
	if len(l.ready[side]) == 0 || !at.Before(end) {
		l.ready[side] = l.ready[side][:0]
		if due.Len() > 0 {
			l.alarms[side].Set(due.First().at)
		}
		return s, 0, false
	}
	s = l.ready[side][0]
	if l.ready[side] = l.ready[side][1:]; len(l.ready[side]) == 0 {
		l.ready[side] = nil
	}
	if side == 1 {
		return s, traffic.MinFrame, true
	}
	return s, l.frame, true
}

// take takes in what has happened.
func (l *loop) take(side int, h *event) {
	c := h.connection
	s := &l.senders[c]
	switch {
	case h.what == begins:
		l.begin(c, h.at)
	case h.what == expires:
		l.timers[c] = units.Forever
		s.Timeout(h.at)
	case h.what == flushes:
		l.flush(c)
		return
	case h.transfer != l.transfer[c]: // of a transfer that is over
		return
	case side == 1:
		l.receive(h)
		return
	default:
		s.Ack(h.at, h.number, h.marked)
		if rtt, fresh := s.RTT(); fresh && l.measured(h.at) {
			l.counters.rtt.Record(rtt)
		}
		if s.Done() {
			l.finish(c, h.at)
			return
		}
	}
	l.send(c, h.at)
}

func (l *loop) measured(at units.Time) bool { return !at.Before(l.rec.From) && at.Before(l.rec.To) }

// begin begins a transfer.
func (l *loop) begin(c uint32, at units.Time) {
	n := uint32(tcp.Endless)
	if l.sizes != nil {
		bytes := l.sizes.Quantile(l.rng.Float64())
		n = uint32(min(max(1, math.Ceil(bytes/float64(l.frame-segmentHeaders))), tcp.Endless-1))
	}
	l.begun[c], l.sizeOf[c] = at, n
	l.senders[c].Start(l.config, n)
	l.receivers[c].Reset()
}

// finish ends a transfer; the next begins after a pause.
func (l *loop) finish(c uint32, at units.Time) {
	if l.measured(at) {
		l.counters.transfer.Record(at.Sub(l.begun[c]))
	}
	l.transfer[c]++
	l.happen(0, event{at: at.Add(l.spec.Think), what: begins, segment: segment{connection: c}})
}

// send makes a connection send all that it may, and sets its timer.
func (l *loop) send(c uint32, at units.Time) {
	s := &l.senders[c]
	for {
		before := s.Retransmitted
		number, ok := s.Segment(at)
		if !ok {
			break
		}
		if l.measured(at) {
			l.counters.sent++
			l.counters.resent += s.Retransmitted - before
		}
		l.ready[0] = append(l.ready[0], segment{connection: c, number: number, transfer: l.transfer[c]})
	}
	if due := s.Timer(); due != units.Forever && due.Before(l.timers[c]) {
		l.timers[c] = due
		l.happen(0, event{at: units.Later(due, at), what: expires, segment: segment{connection: c}})
	}
}

// receive answers a segment.
func (l *loop) receive(h *event) {
	c := h.connection
	answers, n, first := l.receivers[c].Receive(h.number, h.marked, h.number+1 == l.sizeOf[c], l.config.DelayedAck)
	if first && l.measured(h.at) {
		l.counters.bytes += uint64(l.frame - segmentHeaders)
	}
	for _, a := range answers[:n] {
		l.ready[1] = append(l.ready[1], segment{connection: c, number: a.Ack, transfer: h.transfer, marked: a.Marked})
	}
	l.delay(c, h.at)
}

// delay has an acknowledgement that waits for another segment sent after a while.
func (l *loop) delay(c uint32, at units.Time) {
	if l.receivers[c].Waiting() && !l.flushing[c] {
		l.flushing[c] = true
		l.happen(1, event{at: at.Add(ackDelay), what: flushes, segment: segment{connection: c}})
	}
}

// flush sends it, if nothing else has.
func (l *loop) flush(c uint32) {
	l.flushing[c] = false
	if a, ok := l.receivers[c].Flush(); ok {
		l.ready[1] = append(l.ready[1], segment{connection: c, number: a.Ack, transfer: l.transfer[c], marked: a.Marked})
	}
}

// Heard is called when a packet of a source has arrived; the other end is woken.
func (l *loop) Heard(source int, p *packet.Packet, at units.Time) {
	side, marked, ref := 0, p.CE, p.Ref()
	if source == l.numbers[1] {
		side = 1
	}
	if side == 1 {
		marked = ref.Index == echo
	}
	l.happen(1-side, event{at: at, what: arrives, segment: segment{connection: p.Flow, number: ref.Of, transfer: ref.Part, marked: marked}})
}

// fill has a packet carry a segment.
func (s *segment) fill(p *packet.Packet) {
	ref := packet.Ref{Of: s.number, Part: s.transfer}
	if s.marked {
		ref.Index = echo
	}
	p.Refer(ref)
}

// echo is the Index of an acknowledgement that tells its sender of a mark.
const echo = 1

// connections are those of a simulation, by class and server.
type connections struct {
	run   *trial.Simulation
	loops map[[2]int]*loop
}

func NewConnections(run *trial.Simulation) trial.Part {
	if !slices.ContainsFunc(run.Inputs, func(t *input.Input) bool { return t.TCP != nil }) {
		return nil
	}
	return &connections{run: run, loops: map[[2]int]*loop{}}
}

// Claim is claimer: it adds the source of one direction. The inbound one comes first, and makes the connections.
func (c *connections) Claim(f *trial.Source, class, server int, dir input.Direction) (int, bool) {
	if f.Input.TCP == nil {
		return 0, false
	}
	at := [2]int{class, server}
	if c.loops[at] == nil {
		c.loops[at] = newLoop(c.run, c.run.Engine, f.Input, fmt.Sprintf("%s/server[%d]/tcp", f.Input.Name, server))
	}
	l := c.loops[at]
	f.Sender = l
	number := c.run.Engine.AddResponder(f)
	side := l.side(dir)
	l.numbers[side] = number
	l.due[side], l.alarms[side] = queue.NewHeap(sooner), sim.Alarm{Engine: c.run.Engine, Responder: number}
	r := c.run.Rec
	for len(r.Listeners) <= number {
		r.Listeners = append(r.Listeners, nil)
	}
	r.Listeners[number] = l
	return number, true
}

// data calls f with the source of data of each class and server.
func (c *connections) data(do func(f *trial.Source, l *loop)) {
	for _, f := range c.run.Sources {
		if l, ok := f.Sender.(*loop); ok && l.side(f.Dir) == 0 {
			do(f, l)
		}
	}
}

// Start has all connections begin, once all sources are there.
func (c *connections) Start() error {
	c.data(func(_ *trial.Source, l *loop) { l.Start() })
	return nil
}

// Measure reports what the connections of each class did, all servers together.
func (c *connections) Measure() trial.Measurement {
	list := make(classCounters, len(c.run.Inputs))
	c.data(func(f *trial.Source, l *loop) {
		i := slices.Index(c.run.Inputs, f.Input)
		if list[i] == nil {
			list[i] = newCounters()
		}
		list[i].add(&l.counters)
	})
	return list
}

func newCounters() *counters {
	return &counters{rtt: stats.NewHistogram(), transfer: stats.NewHistogram()}
}

func (t *counters) add(o *counters) {
	t.bytes, t.sent, t.resent = t.bytes+o.bytes, t.sent+o.sent, t.resent+o.resent
	t.rtt.Merge(o.rtt)
	t.transfer.Merge(o.transfer)
}

// classCounters are the counts of a replication, by class; nil for other traffic.
type classCounters []*counters

// Metrics adds what the connections of a row's classes did.
func (list classCounters) Metrics(m map[string]float64, r *trial.RowData) {
	sum := newCounters()
	any, seen := false, map[int]bool{}
	for _, i := range r.Indices {
		class, _ := trial.ClassAndDirection(i)
		if class < len(list) && list[class] != nil && !seen[class] {
			sum.add(list[class])
			any, seen[class] = true, true
		}
	}
	if !any {
		return
	}
	m["tcp.goodput.gbps"] = float64(sum.bytes) * 8 / r.Window.Ns()
	if sum.sent > 0 {
		m["tcp.retransmitted.ratio"] = float64(sum.resent) / float64(sum.sent)
	}
	if sum.rtt.Count() > 0 {
		m["tcp.rtt.mean"], m["tcp.rtt.p99"] = sum.rtt.Mean().Ns(), sum.rtt.Quantile(990_000).Ns()
	}
	if sum.transfer.Count() > 0 {
		m["tcp.fct.mean"], m["tcp.fct.p99"] = sum.transfer.Mean().Ns(), sum.transfer.Quantile(990_000).Ns()
	}
}

// OpenLoop complains about connections where loads are set from outside.
func OpenLoop(s *scenarios.Scenario, command string) error {
	for i := range s.Traffic {
		if t := &s.Traffic[i]; t.TCP != nil {
			return s.Fault(t.Position, command+" sets loads, and connections (tcp) send what they are let; leave class "+t.Name+" out")
		}
	}
	return nil
}
