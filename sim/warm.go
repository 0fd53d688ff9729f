package sim

import "github.com/dsnsim/dsnsim/sim/packet"

// Warmer is a Station, or what serves behind a Scheduler, with tables and caches of what belongs to flows.
type Warmer interface {
	// Warm shows it a packet of a flow that is open when the run begins, so that it holds what it would hold by then. That takes
	// no time and no work, and is not counted.
	Warm(p *packet.Packet)
}

// Warm takes a packet of a flow that is open when the run begins along its path, past the Warmers there, up to where it is
// refused. It is no packet of the run: it waits for nobody, and no copies are made of it.
func (e *Engine) Warm(source int, p *packet.Packet) {
	p.Key = packet.MakeKey(source, 0)
	for h := range e.paths.along(int(p.Path)) {
		switch h.Op {
		case OpSelect:
			p.Member = h.member(p.Hash)
		case OpReceive:
			p.Receive()
		case OpFilter:
			if p.Refused&^h.Bytes != 0 {
				return
			}
		case OpStation:
			warm(e.specials[h.Node+int32(p.Member)*h.Stride], h, p)
		case OpQueue:
			warm(e.schedulers[h.Node+int32(p.Member)*h.Stride].by, h, p)
		}
	}
}

// warm shows a packet to what serves a hop, if that wants to see it.
func warm(server any, h *Hop, p *packet.Packet) {
	if w, ok := server.(Warmer); ok {
		p.Kind = h.Other
		w.Warm(p)
	}
}
