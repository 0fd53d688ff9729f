package sim

import (
	"math"

	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/queue"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// This file is how the engine drives schedulers. A packet that comes to one is queued; the event for the server's next
// choice is there only while packets wait. The chosen packet's departure is known then, so it runs ahead from there.

// pickArg marks the events that are not a packet's but the choice of scheduler Arg - pickArg. No slab has that many places.
const pickArg = 1 << 31

// pickKey puts choices behind all arrivals at the same instant: no key of a packet is as large, but for those of the last
// of 2^20 sources.
const pickKey = math.MaxUint64 - 1<<20

// AddScheduler adds a scheduler and returns its number, for hops with OpQueue.
func (e *Engine) AddScheduler(s SchedulerSpec) int32 {
	n := int32(len(e.schedulers))
	e.schedulers = append(e.schedulers, NewScheduler(s))
	if s.By != nil {
		e.schedulers[n].special = e.AddStation(s.By)
	}
	if s.Flight != nil {
		s.Flight.wake = func(at units.Time) { e.wake(n, at) }
	}
	return n
}

// Scheduler returns the scheduler of a number.
func (e *Engine) Scheduler(n int32) *Scheduler { return e.schedulers[n] }

// Classes reports every class of every scheduler, in the order in which they were added.
func (e *Engine) Classes() []ClassUsage {
	var list []ClassUsage
	for _, s := range e.schedulers {
		if s.by == nil {
			list = append(list, s.Classes()...)
		}
	}
	return list
}

// enqueue gives a packet to the scheduler of its hop, and returns false when it finds no room.
func (e *Engine) enqueue(id uint32, p *packet.Packet, at units.Time) bool {
	h := e.paths.hop(p)
	n := h.Node + int32(p.Member)*h.Stride
	s := e.schedulers[n]
	p.Kind = h.Other
	if s.by != nil && s.idle(at) {
		s.admitted(p)
		s.by.Came(at, p)
		e.proceed(s, &Turn{ID: id, Came: at}, p, h, at)
		return true
	}
	if !s.Offer(at, id, p, h.bytes(p), h.Other) {
		e.drop(id, p, at, s.reason)
		return false
	}
	if s.by != nil {
		s.by.Came(at, p)
	}
	e.arm(n, at)
	return true
}

// arm sees to it that a scheduler chooses as soon as it can.
func (e *Engine) arm(n int32, now units.Time) {
	s := e.schedulers[n]
	at, ok := s.Next(now)
	if !ok || s.armed && !at.Before(s.turn) {
		return
	}
	s.armed, s.turn = true, at
	if at == now {
		e.idle = n
		return
	}
	e.queue.Push(queue.Event{At: at, Key: pickKey + uint64(n), Arg: pickArg + uint32(n)})
}

// wake has a scheduler that waits for what is under way choose at an instant.
func (e *Engine) wake(n int32, at units.Time) {
	s := e.schedulers[n]
	if s.armed && !at.Before(s.turn) {
		return
	}
	s.armed, s.turn = true, at
	e.queue.Push(queue.Event{At: at, Key: pickKey + uint64(n), Arg: pickArg + uint32(n)})
}

// settle has the scheduler whose server is idle choose, as the last thing that happens at an instant. Only where something
// else is to happen then does that need an event. An arrival wakes one scheduler at most, since it ends there.
func (e *Engine) settle(now units.Time) {
	for e.idle >= 0 {
		n := e.idle
		e.idle = -1
		if e.queue.PendingAt(now) {
			e.queue.Push(queue.Event{At: now, Key: pickKey + uint64(n), Arg: pickArg + uint32(n)})
			return
		}
		e.pick(n, now)
	}
}

// next reports whether an event for a packet that is at the door of its hop would be the next one at this instant: nothing
// else is to happen, and the hop does not lead to a scheduler, of which only one is settled at a time, but to one that has another
// serve and is idle.
func (e *Engine) next(p *packet.Packet, now units.Time) bool {
	h := e.paths.hop(p)
	if h.Op > OpQueue || e.queue.PendingAt(now) {
		return false
	}
	if h.Op < OpQueue {
		return true
	}
	s := e.schedulers[h.Node+int32(p.Member)*h.Stride]
	return s.by != nil && s.idle(now)
}

// pick has a scheduler choose, and sends the packet on. An event that is no longer wanted, since an earlier one was, does
// nothing.
func (e *Engine) pick(n int32, now units.Time) {
	s := e.schedulers[n]
	if !s.armed || s.turn != now {
		return
	}
	s.armed = false
	t, ok := s.Pick(now)
	if ok {
		p := e.slab.At(t.ID)
		e.proceed(s, &t, p, e.paths.hop(p), now)
	}
	e.arm(n, now)
}

// proceed sends on a packet that a scheduler has chosen at a hop.
func (e *Engine) proceed(s *Scheduler, t *Turn, p *packet.Packet, h *Hop, now units.Time) {
	tracing := e.TraceSeq >= 0 && e.traced(p)
	var before []station.Usage
	if s.by != nil {
		if tracing {
			before = s.by.Usage()
		}
		p.Kind = h.Other
		v, ok := s.by.ServeQueued(t.Came, now, p)
		if !ok {
			e.drop(t.ID, p, now, s.by.DropReason())
			return
		}
		v.Out = s.doors.out(s.door(h.Other), v.Out)
		s.free, t.Visit = v.Leave, v
		if s.several != nil {
			s.free = s.several.NextFree()
		}
	}
	if s.wire {
		p.OnWire = t.Leave.Sub(t.Start)
	}
	t.Out = t.Out.Add(h.Delay)
	if tracing {
		e.trace(p, h, t.Came, t.Visit, before)
	}
	p.Hop++
	e.walk(t.ID, p, t.Out, t.Out == now && e.next(p, now))
	if len(e.made) > 0 {
		e.follow()
	}
}
