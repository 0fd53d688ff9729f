package sim

import (
	"math"

	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// What follows tells how much work packets make, without serving any: it reads and changes nothing.

// Population is what caches see of the traffic of one device: how many flows and security associations are open at a
// time, all equally likely to have the next packet, and which share of the packets begins a flow.
type Population struct {
	Flows, SAs int64
	Fresh      units.Ratio
	// Polarised says that what chooses a device also chooses the security association: each device meets a part of them only.
	Polarised bool
}

// Capable is a Station that can say what a packet takes of it.
type Capable interface {
	// Holds returns, in the order of Usage, how long a packet holds a server of each resource, in the mean over packets
	// like it.
	Holds(p *packet.Packet, of Population) []units.Duration
}

// Weighed is a Capable whose resources count bytes.
type Weighed interface {
	Capable
	// Weighs returns, in the order of Usage, how many thousandths of a byte a packet counts at each resource, in the mean over
	// packets like it.
	Weighs(p *packet.Packet, of Population) []int64
}

// Demand is what one packet takes of one resource, by its number in Usages.
type Demand struct {
	Resource int
	Hold     units.Duration
	// MilliBytes are the thousandths of a byte that the resource counts.
	MilliBytes int64
	// OneIn says that one packet in that many makes the demand, where it is not 0.
	OneIn uint32
}

// Resources tells what packets take of the resources of an engine.
type Resources struct {
	engine *Engine
	first  []int // the number in Usages of each Station's first resource
	queues []int // and of each scheduler, or of the station that serves for it
}

// Resources returns those of an engine whose stations and paths are complete.
func (e *Engine) Resources() *Resources {
	s := &Resources{engine: e}
	next := len(e.stations)
	for _, special := range e.specials {
		s.first = append(s.first, next)
		next += len(special.Usage())
	}
	for _, q := range e.schedulers {
		if q.by != nil {
			s.queues = append(s.queues, s.first[q.special])
			continue
		}
		s.queues = append(s.queues, next)
		next++
	}
	return s
}

// Demands appends to list what a packet takes of each resource along a path, a line for each visit. The population is
// the demand on all members of a group of devices together, or on one member where the path is pinned to it. A packet that is refused ends at the first filter. Its copies are
// counted with it. A Station that is not Capable is left out.
func (s *Resources) Demands(list []Demand, path int, p *packet.Packet, of Population) []Demand {
	return s.demands(list, path, p, of, 0, 1)
}

// demands is Demands for a packet that goes to a member of a group.
func (s *Resources) demands(list []Demand, path int, p *packet.Packet, of Population, member int32, members int64) []Demand {
	e := s.engine
	even := false // made-up packets, whose hashes divide the range of all evenly, divide a choice by other bits evenly too
	for h := range e.paths.along(path) {
		switch h.Op {
		case OpSelect:
			members, member = int64(h.N), int32(h.member(p.Hash))
			even = h.Salt != 0 && p.Record < 0
			if h.Pinned > 0 {
				members = 1 // its demand is on one member
			}
		case OpFilter:
			if p.Refused&^h.Bytes != 0 {
				return list
			}
		case OpCopy:
			if p.Copies>>h.Other&1 != 0 {
				list = s.copied(list, &e.copies[h.Node], p, of, member, members)
			}
		case OpVisit:
			if even && h.Stride != 0 {
				for m := range int32(members) {
					list = append(list, e.visit(h, m, p))
					list[len(list)-1].OneIn = uint32(members)
				}
				continue
			}
			list = append(list, e.visit(h, member, p))
		case OpQueue:
			node := int(h.Node + member*h.Stride)
			if q := e.schedulers[node]; q.by != nil {
				list = s.served(list, int(q.special), p, h, of.share(h.Stride, members))
				continue
			}
			n := h.bytes(p)
			if f := e.schedulers[node].form; f >= 0 {
				n = p.Bytes[f]
			}
			list = append(list, Demand{Resource: s.queues[node], Hold: e.schedulers[node].ServiceOf(n, h.Other),
				MilliBytes: 1000 * int64(h.bytes(p)) * int64(1-h.Other&1)}) // a request holds none of the packet's bytes
		case OpStation:
			list = s.served(list, int(h.Node+member*h.Stride), p, h, of.share(h.Stride, members))
		}
	}
	return list
}

// served appends what a packet takes of a Station at a hop to it.
func (s *Resources) served(list []Demand, node int, p *packet.Packet, h *Hop, of Population) []Demand {
	q := *p
	q.Kind = h.Other
	return s.special(list, node, &q, of)
}

// visit is what a packet takes of a member's station.
func (e *Engine) visit(h *Hop, member int32, p *packet.Packet) Demand {
	node := int(h.Node + member*h.Stride)
	n := h.bytes(p)
	return Demand{Resource: node, Hold: e.stations[node].ServiceOf(n, h.Other), MilliBytes: 1000 * int64(n)}
}

// special appends what a packet takes of a Station.
func (s *Resources) special(list []Demand, node int, p *packet.Packet, of Population) []Demand {
	c, ok := s.engine.specials[node].(Capable)
	if !ok {
		return list
	}
	first := len(list)
	for k, hold := range c.Holds(p, of) {
		list = append(list, Demand{Resource: s.first[node] + k, Hold: hold})
	}
	if w, ok := c.(Weighed); ok {
		for k, n := range w.Weighs(p, of) {
			list[first+k].MilliBytes = n
		}
	}
	return list
}

// copied appends what the copies of packets take.
func (s *Resources) copied(list []Demand, c *Copy, p *packet.Packet, of Population, member int32, members int64) []Demand {
	q := *p
	q.Bytes[packet.Tunnelled] = c.Size(p)
	first := len(list)
	list = s.demands(list, c.Path, &q, of, member, members)
	for i := range list[first:] {
		list[first+i].OneIn = max(1, c.OneIn)
	}
	return list
}

// drawn returns how many different things of a set a number of draws find in the mean, all equally likely.
func drawn(things, draws int64) int64 {
	if things <= 0 || draws <= 0 {
		return 0
	}
	missed := math.Pow(1-1/float64(things), float64(draws))
	return int64(math.Ceil(float64(things) * (1 - missed)))
}

// share is one member's part of a population, when the device is one of a group.
func (of Population) share(stride int32, members int64) Population {
	if stride == 0 || members == 1 {
		return of
	}
	of.Flows = (of.Flows + members - 1) / members
	if of.Polarised {
		of.SAs = (of.SAs + members - 1) / members
	} else {
		of.SAs = drawn(of.SAs, of.Flows)
	}
	return of
}
