package sim

import (
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/queue"
	"github.com/dsnsim/dsnsim/sim/units"
)

// This file is for sources that send because of what became of other packets: a client that asks for the next block when it
// has the last one, a server that answers. The Recorder hears of deliveries, as soon as their instants are known, and has
// responders woken then.

// wakeArg marks the events that ask responder Arg - wakeArg for packets. No slab has that many places, and gathers do not have
// that many queues.
const wakeArg = gatherArg + 1<<29

// wakeKey puts them behind all arrivals at the same instant, and before gathers and the choices of schedulers.
const wakeKey = gatherKey - 1<<20

// AddResponder adds a source that sends packets only at the instants that Wake names. Next finds the
// instant in the packet's Sent and leaves it there; it is asked until it returns false. The number is counted with those of
// AddSource.
func (e *Engine) AddResponder(s Source) int {
	e.sources = append(e.sources, source{Source: s, responds: true})
	return len(e.sources) - 1
}

// Wake makes the engine ask a responder for packets at an instant, which is not before what happens now; so it may be called for the
// instant of a delivery from Recorder.Delivered, and before Run. An instant may be named often.
func (e *Engine) Wake(responder int, at units.Time) {
	e.queue.Push(queue.Event{At: at, Key: wakeKey + uint64(responder), Arg: wakeArg + uint32(responder)})
}

// respond asks a responder for all that it sends at an instant.
func (e *Engine) respond(i int, now units.Time) {
	s := &e.sources[i]
	for {
		id := e.slab.New()
		p := e.slab.At(id)
		*p = packet.Packet{Key: packet.MakeKey(i, s.sent), Sent: now}
		if !s.Next(p) {
			e.slab.Free(id)
			return
		}
		if p.Sent != now {
			panic("sim: a responder sends at an instant of its own")
		}
		s.sent++
		e.balance.In++
		e.balance.InFlight++
		e.came(i, now)
		e.paths.enter(p)
		e.walk(id, p, now, false)
		if len(e.made) > 0 {
			e.follow()
		}
	}
}

// Alarm has a responder woken for the earliest of what it has to do, so that thousands of things to do are no thousands of
// events. The responder sets it for each, calls Rang whenever it is asked, and sets it again for what is left.
type Alarm struct {
	Engine    *Engine
	Responder int
	at        units.Time
	set       bool
}

// Set has the responder woken at an instant or earlier.
func (a *Alarm) Set(at units.Time) {
	if a.set && !at.Before(a.at) {
		return
	}
	a.at, a.set = at, true
	a.Engine.Wake(a.Responder, at)
}

// Rang says that the responder is asked, at an instant.
func (a *Alarm) Rang(now units.Time) {
	if a.set && !a.at.After(now) {
		a.set = false
	}
}
