package sim

import (
	"slices"

	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Copy is a copy that OpCopy makes: its path and its length.
type Copy struct {
	// Number tells the copies of one packet apart, from 1 to packet.MaxCopy: a packet is copied where its Copies has that
	// bit. No two hops of a path have the same number.
	Number uint8
	// Path is the way of the copy, from the hop that makes it. No packet is copied on it.
	Path int
	// Of is the form that is copied, More how many bytes longer it is at this hop, and Limit how many bytes of it are kept.
	Of          packet.Form
	More, Limit uint32
	// OneIn is of how many packets that have the bit one is copied in the mean, in a Resources: there, nobody takes the others'.
	OneIn uint32
	// Around is what is put around the copy, and Least how long it is at least then.
	Around, Least uint32
}

// Size returns the bytes of the copy of a packet, which is the copy's Tunnelled form; Plain stays the packet's.
func (c *Copy) Size(of *packet.Packet) uint32 {
	return max(c.Least, min(c.Limit, of.Bytes[c.Of]+c.More)+c.Around)
}

// AddCopy adds a copy and returns the hop that makes it. It comes behind a station, Station or Scheduler of its path: packets wait
// there for their turn, so that copies start in time order. A copy is a packet of the same source, flow and member, sent
// at the instant at which it is made; it goes behind the packet where both go the same way.
func (e *Engine) AddCopy(c Copy) Hop {
	if c.Number < 1 || c.Number > packet.MaxCopy {
		panic("sim: the number of a copy is from 1 to 7")
	}
	n := slices.Index(e.copies, c)
	if n < 0 {
		n = len(e.copies)
		e.copies = append(e.copies, c)
	}
	return Hop{Op: OpCopy, Node: int32(n), Other: c.Number}
}

// spawn makes the copy of a packet at a hop. It returns the packet's place, which may be another now.
func (e *Engine) spawn(id uint32, h *Hop, at units.Time) *packet.Packet {
	made := e.slab.New()
	p, q := e.slab.At(id), e.slab.At(made)
	c := &e.copies[h.Node]
	*q = packet.Packet{Key: p.CopyKey(c.Number), Copy: c.Number, Sent: at, ChainIn: at, Bytes: p.Bytes, Flow: p.Flow,
		Hash: p.Hash, Record: p.Record, SA: p.SA, VF: p.VF, Queue: p.Queue, Class: p.Class, Header: p.Header, Path: uint16(c.Path), Member: p.Member,
		Colour: p.Colour, Mark: p.Mark}
	q.Bytes[packet.Tunnelled] = c.Size(p)
	e.made = append(e.made, made)
	e.balance.Copied++
	e.balance.InFlight++
	return p
}

// follow sends off the copies that the last walk made. They go behind the packet itself.
func (e *Engine) follow() {
	for _, id := range e.made {
		p := e.slab.At(id)
		e.paths.enter(p)
		e.walk(id, p, p.Sent, false)
	}
	e.made = e.made[:0]
}

// checkCopies panics where a copy breaks the rules of AddCopy: that is the author's bug.
func (e *Engine) checkCopies(usedBy [][]int) {
	for i := range e.copies {
		if way := e.copies[i].Path; way < len(usedBy) && len(usedBy[way]) > 0 {
			panic("sim: a source sends along the path of a copy, " + e.paths.names[way])
		}
	}
	for i := range e.paths.names {
		served := false
		for h := range e.paths.along(i) {
			served = served || h.Op.Serves()
			if h.Op != OpCopy {
				continue
			}
			if !served {
				panic("sim: a copy is made before the first station of path " + e.paths.names[i])
			}
			for on := range e.paths.along(e.copies[h.Node].Path) {
				if on.Op == OpCopy {
					panic("sim: a copy is copied on path " + e.paths.names[e.copies[h.Node].Path])
				}
			}
		}
	}
}
