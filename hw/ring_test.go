package hw

import (
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// ring is a core behind a ring of so many packets, without an engine.
type ring struct {
	*Core
	size    int
	waiting []units.Time // by when they came
}

// come has a packet like p come at an instant, and returns its visit if it is served at once, and false if it finds no room.
func (r *ring) come(at units.Time, p *packet.Packet) (station.Visit, bool) {
	for len(r.waiting) > 0 && !r.Free().After(at) {
		r.ServeQueued(r.waiting[0], r.Free(), p)
		r.waiting = r.waiting[1:]
	}
	if !r.Free().After(at) {
		return r.Serve(at, p)
	}
	if len(r.waiting) == r.size {
		r.Refuse(at)
		return station.Visit{}, false
	}
	r.waiting = append(r.waiting, at)
	return station.Visit{}, true
}
