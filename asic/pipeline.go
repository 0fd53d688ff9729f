package asic

import (
	"slices"

	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// pipeline is the parser of a chip that packets with a cipher pass twice, and with it the stages and the deparser. Packets that the
// deparser is not ready for wait in the stages, one in each; a packet for which there is no stage stays in the parser. It is a sim.Serving: packets that come back from the crypto
// complex go before those that come in, and have room of their own, so that what the chip has worked on is not lost for what it has
// not. Otherwise a chip whose crypto complex is overloaded would carry less, the more comes: those that crypto will drop would take
// the turns of those that it has done. source: the input buffer of P4's behavioural model (p4lang/behavioral-model,
// targets/simple_switch/simple_switch.cpp) puts recirculated packets into a queue of their own with strict priority; that chips do
// so for those of their crypto complex is assumed
type pipeline struct {
	station.Server
	name           string
	reason         uint8
	clock          station.Clock
	parse, deparse station.Cost
	latency        units.Cycles
	passes         *[]onePass
	// ready is when the deparser, were it right behind the parser, can take the next packet, and taken when it takes the last ones, as
	// many as there are stages: next is the place of the oldest.
	ready units.Time
	taken []units.Time
	next  int
}

// onePass is what is read and written of a packet on one way through the pipeline; the number of it is the kind of visit (sim.Hop.Other).
type onePass struct {
	turn        int // the class of the scheduler
	read, write parserView
}

// parserView is how far a parser reads: a number of bytes of headers, with or without the tenant's.
type parserView struct {
	bytes  uint32
	tenant bool
}

// The turns that packets have at the parser.
const (
	comingIn   = iota
	comingBack // from the crypto complex
)

func (r *parserView) of(p *packet.Packet) uint32 {
	if r.tenant {
		return r.bytes + uint32(p.Header)
	}
	return r.bytes
}

func parserViewOf(h *sim.Hop) parserView { return parserView{h.Bytes, h.Reads == sim.HeadersOnly} }

// newPipeline returns the pipeline of a chip with so many stages and those passes. assumed: the stages stall one by one, so that the
// gaps between packets close up where the deparser is the slower for a while.
func newPipeline(parser, deparser *station.Spec, stages int, passes *[]onePass) *pipeline {
	p := &pipeline{Server: station.NewServer(1, station.Room{}), name: parser.Name, reason: parser.DropReason, passes: passes,
		taken: make([]units.Time, max(1, stages))}
	p.tune(parser, deparser)
	return p
}

// tune sets clocks and latencies.
func (l *pipeline) tune(parser, deparser *station.Spec) {
	l.clock, l.latency = station.NewClock(parser.Clock), parser.LatencyCycles
	l.parse, l.deparse = parser.Cost, deparser.Cost
}

// turns declares the scheduler in front of the parser: each of its two queues has the room of the ingress buffer.
func (l *pipeline) turns(room station.Room) sim.SchedulerSpec {
	return sim.SchedulerSpec{Name: l.name, By: l, DropReason: l.reason, ClassOf: func(p *packet.Packet) int { return (*l.passes)[p.Kind].turn },
		Classes: []sim.ClassSpec{comingIn: {Name: "coming in", Level: 1, Room: room}, comingBack: {Name: "coming back", Room: room}}}
}

// numberOf returns the number of a pass, a new one the first time.
func numberOf(passes *[]onePass, pass onePass) uint8 {
	n := slices.Index(*passes, pass)
	if n < 0 {
		n = len(*passes)
		*passes = append(*passes, pass)
	}
	return uint8(n)
}

func (l *pipeline) Came(units.Time, *packet.Packet) {}

func (l *pipeline) Serve(at units.Time, p *packet.Packet) (station.Visit, bool) {
	return l.ServeQueued(at, at, p)
}

// ServeQueued implements sim.Serving. The deparser's own station is behind the stages; when it is ready is known before, since these take the
// same time for all.
func (l *pipeline) ServeQueued(came, at units.Time, p *packet.Packet) (station.Visit, bool) {
	pass := &(*l.passes)[p.Kind]
	n := pass.read.of(p)
	start := l.clock.Align(l.StartAnyway(at, n))
	parsed := l.clock.After(start, units.Cycles(l.parse.CyclesOf(n)))
	l.FinishQueued(came, start, parsed)
	leave := units.Later(parsed, l.taken[l.next]) // there is a stage for it when the packet so many before is taken
	taken := units.Later(leave, l.ready)
	l.ready = l.clock.After(taken, units.Cycles(l.deparse.CyclesOf(pass.write.of(p))))
	l.taken[l.next] = taken
	if l.next++; l.next == len(l.taken) {
		l.next = 0
	}
	return station.Visit{Start: start, Leave: leave, Out: l.clock.After(leave, l.latency)}, true
}

func (l *pipeline) Name() string { return l.name }

func (l *pipeline) DropReason() uint8 { return l.reason }

func (l *pipeline) Ordered() bool { return true }

func (l *pipeline) OrderedKind(uint8) bool { return true }

func (l *pipeline) Usage() []station.Usage { return []station.Usage{l.Server.Usage(l.name, l.reason)} }

func (l *pipeline) Holds(p *packet.Packet, _ sim.Population) []units.Duration {
	return []units.Duration{l.parse.Of((*l.passes)[p.Kind].read.of(p))}
}

func (l *pipeline) Weighs(p *packet.Packet, _ sim.Population) []int64 {
	return []int64{1000 * int64((*l.passes)[p.Kind].read.of(p))}
}
