package placement

import (
	"slices"

	"github.com/dsnsim/dsnsim/sim"
)

// Point is a place on the way of a server's packets at which a feature may watch them, or change what becomes of them. A rack that nobody
// watches has none.
type Point uint8

const (
	Entrance     Point = iota // where packets reach the DSN
	Filter                    // in front of what drops the packets that rules refuse
	Memory                    // where packets are in the memory of their VM
	PCIeFirewall              // the firewall of a card, instead of its fixed time
)

// at returns the hop to what watches a point of a server's packets, or none.
func (r *Rack) at(server int, p Point) []sim.Hop {
	if r.Watch == nil {
		return nil
	}
	special := r.Watch(server, p)
	if special == nil {
		return nil
	}
	n, ok := r.watched.nodes[special]
	if !ok {
		n = r.AddStation(special)
		if r.watched.nodes == nil {
			r.watched.nodes = map[sim.Station]int32{}
		}
		r.watched.nodes[special] = n
	}
	return []sim.Hop{{Op: sim.OpStation, Node: n}}
}

// entrance is where packets reach the DSN.
func (w *PathBuilder) entrance(server int) *PathBuilder { return w.steps(w.rack.at(server, Entrance)) }

// memory is where packets are in the memory of their VM.
func (w *PathBuilder) memory(server int) *PathBuilder { return w.steps(w.rack.at(server, Memory)) }

// ruled puts what watches the filter in front of it, if there is one.
func (r *Rack) ruled(server int, hops []sim.Hop) []sim.Hop {
	i := slices.IndexFunc(hops, func(h sim.Hop) bool { return h.Op == sim.OpFilter })
	if i < 0 {
		return hops
	}
	return slices.Insert(slices.Clone(hops), i, r.at(server, Filter)...)
}

// watched is what watches points of the packets' ways.
type watched struct {
	// Watch, where set, returns what watches a point of a server's packets, or nil.
	Watch func(server int, at Point) sim.Station
	nodes map[sim.Station]int32 // of those in the engine
}
