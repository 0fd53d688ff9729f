package sim

import (
	"fmt"
	"math"

	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/queue"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// CoalescerSpec declares a Coalescer.
type CoalescerSpec struct {
	Name string
	// Queues is how many there are, and QueueOf which of them a packet belongs to; nil takes queue 0.
	Queues  int
	QueueOf func(p *packet.Packet) int
	// Frames is how many packets make a batch; 0 sets no bound. Hold is how long the first of a batch waits for others. One of
	// the two must bound a batch: without Frames, Hold is positive.
	Frames int
	Hold   units.Duration
	// Release, when set, is called when a batch of packets leaves a queue, and returns when they are at the next door,
	// not before. It is called in time order over all places that are joins.
	Release func(at units.Time, queue, packets int) units.Time
}

// Coalescer is a place where the packets of a queue wait for each other, to go on as a batch: when there are enough of them,
// or when the first has waited long enough. So an adapter coalesces interrupts and write-backs. Nothing is served there, and
// nobody is refused.
type Coalescer struct {
	CoalescerSpec
	queues []gathering
	first  uint32 // the number of queue 0 among all gathers' queues
	window station.Window
	usage  CoalescerUsage
}

// gathering is the batch of one queue.
type gathering struct {
	waiting []gathered
	spare   []gathered // the last batch's memory
	due     units.Time // when the first has waited long enough
}

type gathered struct {
	id   uint32
	came units.Time
}

// CoalescerUsage is how many batches left in the measured window, and how many packets with them.
type CoalescerUsage struct {
	Name             string
	Batches, Packets int64
}

// NewCoalescer builds a Coalescer. It panics when nothing bounds a batch: that is the author's bug.
func NewCoalescer(spec CoalescerSpec) *Coalescer {
	if spec.Queues < 1 || spec.Frames < 0 || spec.Hold < 0 || spec.Frames == 0 && spec.Hold == 0 {
		panic(fmt.Sprintf("sim: gather %s has %d queues, batches of %d and %d ps", spec.Name, spec.Queues, spec.Frames, spec.Hold))
	}
	if spec.Hold == 0 {
		spec.Frames = 1 // nobody waits
	}
	return &Coalescer{CoalescerSpec: spec, queues: make([]gathering, spec.Queues), usage: CoalescerUsage{Name: spec.Name},
		window: station.Window{To: units.Forever}}
}

// Usage returns the counts of the measured window.
func (g *Coalescer) Usage() CoalescerUsage { return g.usage }

// add puts a packet into its queue and returns the queue's number, and whether its batch is full.
func (g *Coalescer) add(at units.Time, id uint32, p *packet.Packet) (queue int, full bool) {
	if g.QueueOf != nil {
		queue = g.QueueOf(p)
	}
	q := &g.queues[queue]
	if len(q.waiting) == 0 {
		q.due = at.Add(g.Hold)
	}
	q.waiting = append(q.waiting, gathered{id, at})
	return queue, g.Frames > 0 && len(q.waiting) >= g.Frames
}

// release takes the batch of a queue and returns when it is at the next door.
func (g *Coalescer) release(at units.Time, queue int) ([]gathered, units.Time) {
	q := &g.queues[queue]
	batch := q.waiting
	q.waiting, q.spare = q.spare[:0], batch
	if !at.Before(g.window.From) && at.Before(g.window.To) {
		g.usage.Batches++
		g.usage.Packets += int64(len(batch))
	}
	if g.Release == nil {
		return batch, at
	}
	return batch, g.Release(at, queue, len(batch))
}

// gatherArg marks the events that say that a batch's time has come: the number of the queue is Arg - gatherArg. No slab has
// so many places.
const gatherArg = 1 << 30

// gatherKey puts them behind all arrivals at the same instant and before the choices of schedulers.
const gatherKey = math.MaxUint64 - 1<<25

// AddCoalescer adds a gather and returns its number, for hops with OpGather.
func (e *Engine) AddCoalescer(spec CoalescerSpec) int32 {
	g := NewCoalescer(spec)
	if n := len(e.gathers); n > 0 {
		g.first = e.gathers[n-1].first + uint32(e.gathers[n-1].Queues)
	}
	if g.first+uint32(g.Queues) > 1<<24 {
		panic("sim: more than 2^24 queues gather packets")
	}
	e.gathers = append(e.gathers, g)
	return int32(len(e.gathers) - 1)
}

// Coalescers reports every gather, in the order in which they were added.
func (e *Engine) Coalescers() []CoalescerUsage {
	var list []CoalescerUsage
	for _, g := range e.gathers {
		list = append(list, g.usage)
	}
	return list
}

// gather lets a packet wait at a hop for its batch.
func (e *Engine) gather(id uint32, p *packet.Packet, at units.Time) {
	g := e.gathers[e.paths.hop(p).Node]
	i, full := g.add(at, id, p)
	switch q := &g.queues[i]; {
	case full:
		e.disperse(g, i, at)
	case len(q.waiting) == 1:
		n := g.first + uint32(i)
		e.queue.Push(queue.Event{At: q.due, Key: gatherKey + uint64(n), Arg: gatherArg + n})
	}
}

// due says that the time of a queue's batch has come. An event that is no longer wanted, since the batch was full before,
// does nothing.
func (e *Engine) due(number uint32, now units.Time) {
	for i := len(e.gathers) - 1; ; i-- {
		g := e.gathers[i]
		if g.first > number {
			continue
		}
		queue := int(number - g.first)
		if q := &g.queues[queue]; len(q.waiting) > 0 && q.due == now {
			e.disperse(g, queue, now)
		}
		return
	}
}

// disperse sends a batch on.
func (e *Engine) disperse(g *Coalescer, queue int, now units.Time) {
	batch, out := g.release(now, queue)
	for _, w := range batch {
		p := e.slab.At(w.id)
		h := e.paths.hop(p)
		at := out.Add(h.Delay)
		if e.TraceSeq >= 0 && e.traced(p) {
			e.trace(p, h, w.came, station.Visit{Start: now, Leave: now, Out: at}, nil)
		}
		p.Hop++
		e.walk(w.id, p, at, false)
		e.follow()
	}
}
