package sim

import (
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Tap is shown packets where a capture would see them. The engine runs packets ahead of each other, so it is not told
// in time order. It must not change the packet, and not keep the pointer.
type Tap interface {
	// Passed is called when a packet enters (OpEnterChain) or leaves (OpLeaveChain) the DSN.
	Passed(p *packet.Packet, at units.Time, op Op)
	// Dropped is called when a packet finds no room at a hop of its path, for a stats.DropReason.
	Dropped(p *packet.Packet, at units.Time, hop int, reason uint8)
}

// Hops returns the hops of a path as the engine walks them: after Prepare some delays are folded into visits.
func (e *Engine) Hops(path int) []Hop {
	var list []Hop
	for h := range e.paths.along(path) {
		list = append(list, *h)
	}
	return list
}

// Place returns the name of what serves a packet where it is.
func (e *Engine) Place(p *packet.Packet) string { return e.NameAt(e.paths.hop(p), p.Member) }

// NameAt returns the name of the station, Station, Scheduler or Coalescer that serves a packet at a hop, or of the hop itself, when the member-th
// of equal devices was chosen.
func (e *Engine) NameAt(h *Hop, member uint16) string {
	n := h.Node + int32(member)*h.Stride
	switch h.Op {
	case OpStation:
		return e.specials[n].Name()
	case OpQueue:
		return e.schedulers[n].name
	case OpGather:
		return e.gathers[h.Node].Name
	}
	if h.Op != OpVisit {
		return e.labels.names[h.Name]
	}
	return e.stations[n].Name()
}
