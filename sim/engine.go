package sim

import (
	"context"
	"math/bits"

	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/queue"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Source fills in the next packet: when and in which sizes it is sent, its flow, its path. It returns false when it
// has no more. Packets come in time order.
type Source interface {
	Next(p *packet.Packet) bool
}

// Recorder is called with the fate of each packet.
type Recorder interface {
	Delivered(p *packet.Packet, at units.Time)
	Dropped(p *packet.Packet, at units.Time, reason uint8)
}

// Engine walks packets from sources along paths of stations.
type Engine struct {
	labels
	stations   []station.FIFO
	specials   []Station
	doors      []door // one for each Station
	schedulers []*Scheduler
	gathers    []*Coalescer
	copies     []Copy
	paths      paths
	sources    []source
	slab       packet.Slab
	queue      *queue.Events
	idle       int32    // the scheduler that can choose at this instant, or -1
	made       []uint32 // copies of the packet that walks, which start behind it
	rec        Recorder
	// Stepwise makes every hop an event instead of running ahead to the next join. The result is the same; it is
	// slower, and there to prove that.
	Stepwise bool
	// TraceSeq, when not negative, is the number of the packet of each source whose way is kept in Traces.
	TraceSeq int64
	// Tap, when not nil, is shown packets at the DSN and where they are lost. It changes nothing.
	Tap     Tap
	traces  []Trace
	steps   uint64 // events handled
	parked  uint64 // events that only Stepwise made
	balance Balance
	window  station.Window
	held    map[place]bool
	beat    beat
}

type source struct {
	Source
	sent     uint64
	last     units.Time
	presence occupancy
	responds bool // asked when it is woken only
}

// Balance counts packets over the whole run, measured window or not.
type Balance struct {
	// In is what sources sent, Copied what OpCopy made of it; the other figures are of both together.
	In, Copied, Delivered, Dropped uint64
	InFlight                       int
}

// Holds reports whether every packet that came in or was made is accounted for.
func (b Balance) Holds() bool { return b.In+b.Copied == b.Delivered+b.Dropped+uint64(b.InFlight) }

// NewEngine returns an engine without stations that reports to rec.
func NewEngine(rec Recorder) *Engine {
	return &Engine{labels: newLabels(), queue: queue.NewEvents(), rec: rec, TraceSeq: -1, idle: -1, beat: beat{next: units.Forever}}
}

// AddFIFO adds a station and returns its number.
func (e *Engine) AddFIFO(s station.Spec) int32 {
	e.stations = append(e.stations, station.NewFIFO(s))
	return int32(len(e.stations) - 1)
}

// AddStation adds a Station and returns its number.
func (e *Engine) AddStation(s Station) int32 {
	e.specials = append(e.specials, s)
	return int32(len(e.specials) - 1)
}

// AddSource adds a source whose packets take the given paths.
func (e *Engine) AddSource(s Source) int {
	e.sources = append(e.sources, source{Source: s})
	return len(e.sources) - 1
}

// Usages reports every resource: the stations in the order in which they were added: FIFOs, then other stations, then the
// schedulers.
func (e *Engine) Usages() []station.Usage {
	var list []station.Usage
	for i := range e.stations {
		list = append(list, e.stations[i].Usage())
	}
	for _, s := range e.specials {
		list = append(list, s.Usage()...)
	}
	for _, s := range e.schedulers {
		if s.by == nil {
			list = append(list, s.Usage())
		}
	}
	return list
}

// onPath adds the places of a path and of the copies made on it, where the last OpSelect chose among a number of members.
func (e *Engine) onPath(seen map[place]bool, path, members int) {
	for h := range e.paths.along(path) {
		switch h.Op {
		case OpSelect:
			members = int(h.N)
		case OpCopy:
			e.onPath(seen, e.copies[h.Node].Path, members)
		}
		for _, pl := range h.places(members) {
			if s := e.serverOf(pl); s != nil {
				pl = -1 - place(s.special)
			}
			seen[pl] = true
		}
	}
}

// OnPaths says of each resource of Usages whether it is on any of the given paths, or of the copies made there.
func (e *Engine) OnPaths(paths []int) []bool {
	seen := map[place]bool{}
	for _, n := range paths {
		e.onPath(seen, n, 1)
	}
	var list []bool
	for i := range e.stations {
		list = append(list, seen[place(i)])
	}
	for i, s := range e.specials {
		for range s.Usage() {
			list = append(list, seen[place(-1-i)])
		}
	}
	for i, s := range e.schedulers {
		if s.by == nil {
			list = append(list, seen[firstScheduler+place(i)])
		}
	}
	return list
}

// Balance returns the counts so far.
func (e *Engine) Balance() Balance { return e.balance }

// Steps returns the number of events handled.
func (e *Engine) Steps() uint64 { return e.steps }

// Work returns what Run took so far, in events and in moves of events in the queue: what the time of a run grows with.
func (e *Engine) Work() uint64 { return e.steps + e.queue.Moves() }

// Prepare derives the joins and sets the measured window. usedBy[p] lists the sources of path p; it may end where only paths
// of copies follow.
func (e *Engine) Prepare(usedBy [][]int, w station.Window) {
	if e.TraceSeq < 0 {
		for i, hops := range e.paths.segments {
			e.paths.segments[i] = fold(hops)
		}
	}
	e.paths.lay()
	e.checkCopies(usedBy)
	e.watch()
	markJoins(&e.paths, e.copies, usedBy, e.ordered, e.shares, func(pl place) bool {
		if pl >= 0 {
			return false
		}
		_, stateless := e.specials[-1-pl].(Stateless)
		return stateless
	})
	e.window = w
	for i := range e.stations {
		e.stations[i].Measure(w)
	}
	for _, s := range e.specials {
		s.Measure(w)
	}
	for _, s := range e.schedulers {
		s.Measure(w)
	}
	for _, g := range e.gathers {
		g.window = w
	}
}

// shares reports whether a place is held, a scheduler, where packets wait for each other, or a Station that shares something
// with another.
func (e *Engine) shares(pl place) bool {
	if pl >= 0 || e.held[pl] {
		return pl >= firstScheduler || e.held[pl]
	}
	s, ok := e.specials[-1-pl].(Sharing)
	return ok && s.Shares()
}

// checkEvery is how many packets or events pass between two looks at the context.
const checkEvery = 1 << 12

// Run walks every packet of every source to its end. It returns the context's error when that ends first; the packets
// that are on their way then are counted as in flight.
func (e *Engine) Run(ctx context.Context) error {
	for i := range e.sources {
		if e.sources[i].responds {
			continue
		}
		if err := e.pull(ctx, i); err != nil {
			return err
		}
	}
	for {
		ev, ok := e.queue.Pop()
		if !ok {
			return ctx.Err()
		}
		e.steps++
		if e.steps%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		e.beats(ev.At)
		if ev.Arg >= gatherArg {
			switch {
			case ev.Arg >= pickArg:
				e.pick(int32(ev.Arg-pickArg), ev.At)
			case ev.Arg >= wakeArg:
				e.respond(int(ev.Arg-wakeArg), ev.At)
			default:
				e.due(ev.Arg-gatherArg, ev.At)
			}
			e.settle(ev.At)
			continue
		}
		p := e.slab.At(ev.Arg)
		from, fresh := p.Source(), p.Fresh
		p.Fresh = false
		e.walk(ev.Arg, p, ev.At, true)
		if len(e.made) > 0 {
			e.follow()
		}
		if fresh {
			if err := e.pull(ctx, from); err != nil {
				return err
			}
		}
		e.settle(ev.At)
	}
}

// pull asks a source for packets until one of them waits for an event, or the source has no more.
func (e *Engine) pull(ctx context.Context, i int) error {
	s := &e.sources[i]
	for {
		id := e.slab.New()
		p := e.slab.At(id)
		*p = packet.Packet{Key: packet.MakeKey(i, s.sent), Fresh: true}
		if !s.Next(p) {
			e.slab.Free(id)
			return nil
		}
		if p.Sent.Before(s.last) {
			panic("sim: a source went back in time")
		}
		s.last = p.Sent
		s.sent++
		e.balance.In++
		e.balance.InFlight++
		e.came(i, p.Sent)
		e.paths.enter(p)
		parked := e.walk(id, p, p.Sent, false)
		if len(e.made) > 0 {
			e.follow()
		}
		if parked {
			return nil
		}
		if s.sent%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// walk takes a packet on from its hop, at whose door it is at an instant, until it waits (true) or is gone (false). resumed
// says that its event has just come.
func (e *Engine) walk(id uint32, p *packet.Packet, at units.Time, resumed bool) bool {
	hops := e.paths.arena
	var before []station.Usage
	tracing := e.TraceSeq >= 0 && e.traced(p)
	for i := p.Hop; ; i++ {
		h := &hops[i]
		p.Hop = i
		if (h.Join || e.Stepwise) && !resumed && h.Op.Serves() {
			e.park(id, p, h, at)
			return true
		}
		resumed = false
		if tracing {
			before = e.resources(p, h)
		}
		v, ok := station.Visit{}, false
		switch h.Op {
		case OpVisit:
			s := &e.stations[h.Node+int32(p.Member)*h.Stride]
			if v, ok = s.Visit(at, h.bytes(p), h.Other); !ok {
				e.drop(id, p, at, s.DropReason())
				return false
			}
			if s.Wire() {
				p.OnWire = v.Leave.Sub(v.Start)
			}
		case OpStation:
			n := h.Node + int32(p.Member)*h.Stride
			p.Kind = h.Other
			if v, ok = e.specials[n].Serve(at, p); !ok {
				e.drop(id, p, at, e.specials[n].DropReason())
				return false
			}
			v.Out = e.doors[n].out(v.Out)
		case OpQueue:
			return e.enqueue(id, p, at)
		case OpGather:
			e.gather(id, p, at)
			return true
		case OpFilter:
			if refused := p.Refused &^ h.Bytes; refused != 0 {
				e.drop(id, p, at, uint8(bits.TrailingZeros32(refused)))
				return false
			}
			continue
		case OpCopy:
			if p.Copies>>h.Other&1 != 0 {
				p = e.spawn(id, h, at)
			}
			continue
		case opEnd:
			if i = e.paths.next(p); i == 0 {
				e.deliver(id, p, at)
				return false
			}
			continue
		default:
			v.Out = step(h, p, at)
			if e.Tap != nil && h.Op >= OpEnterChain {
				e.Tap.Passed(p, at, h.Op)
			}
		}
		v.Out = v.Out.Add(h.Delay)
		if tracing {
			e.trace(p, h, at, v, before)
		}
		at = v.Out
	}
}

func (e *Engine) deliver(id uint32, p *packet.Packet, at units.Time) {
	e.balance.Delivered++
	e.balance.InFlight--
	e.left(p, at)
	e.rec.Delivered(p, at)
	e.slab.Free(id)
}

// step does the hops that serve no one, and returns when the packet is at the next hop's door.
func step(h *Hop, p *packet.Packet, at units.Time) units.Time {
	switch h.Op {
	case OpCutThrough:
		return at.Add(-p.OnWire)
	case OpSelect:
		p.Member = h.member(p.Hash)
	case OpReceive:
		p.Receive()
	case OpEnterChain:
		p.ChainIn = at
	case OpLeaveChain:
		p.ChainTime += at.Sub(p.ChainIn)
	}
	return at
}

// joinKey marks the events at joins. Those that only Stepwise makes come before them at the same instant: without
// Stepwise the packet would have run ahead to its next join by then, even where a hop takes no time. They keep the order
// in which they were made, since one upstream feeds them, in order.
const joinKey = 1 << 63

func (e *Engine) park(id uint32, p *packet.Packet, h *Hop, at units.Time) {
	key := p.Key | joinKey
	if !h.Join {
		e.parked++
		key = e.parked
	}
	e.queue.Push(queue.Event{At: at, Key: key, Arg: id})
}

func (e *Engine) drop(id uint32, p *packet.Packet, at units.Time, reason uint8) {
	if e.Tap != nil {
		e.Tap.Dropped(p, at, e.paths.position(p), reason)
	}
	e.balance.Dropped++
	e.balance.InFlight--
	e.left(p, at)
	e.rec.Dropped(p, at, reason)
	e.slab.Free(id)
}
