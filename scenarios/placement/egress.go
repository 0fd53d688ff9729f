package placement

import (
	"github.com/dsnsim/dsnsim/hw"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// The ports through which packets leave a DSN. With a traffic manager they are scheduled by class, and those of one chip
// share its buffer.

// egress returns the hop through a port of a chip: by class, or in the order in which packets come.
func (r *Rack) egress(chip string, port sim.Spec) sim.Hop {
	if r.manager == nil {
		return sim.Hop{Op: sim.OpVisit, Node: r.station(port)}
	}
	n, ok := r.names[port.Name]
	if !ok {
		n = r.AddScheduler(r.manager.Port(port, r.buffer(chip)))
		r.names[port.Name] = n
		if owner, ok := r.owners[chip]; ok { // not the ordinary NIC, whose power at rest has its buffer
			r.chargeBuffer(owner, port.Name)
		}
	}
	return sim.Hop{Op: sim.OpQueue, Node: n}
}

// egresses returns the hop through the port of the chosen one of n chips.
func (r *Rack) egresses(chip, port string, n int, rate units.Rate, reason stats.DropReason) sim.Hop {
	first := r.egress(of(chip, 0), r.portSpec(of(port, 0), rate, reason))
	for i := 1; i < n; i++ {
		r.egress(of(chip, i), r.portSpec(of(port, i), rate, reason))
	}
	if n > 1 {
		first.Stride = 1
	}
	return first
}

// buffer returns the traffic manager's buffer of a chip, making it the first time.
func (r *Rack) buffer(chip string) *sim.Buffer {
	b, ok := r.buffers[chip]
	if !ok {
		b = sim.NewBuffer(r.manager.Buffer)
		r.buffers[chip] = b
	}
	return b
}

// portSpec declares the sending side of an Ethernet port.
func (r *Rack) portSpec(name string, rate units.Rate, reason stats.DropReason) sim.Spec {
	return hw.EthernetPort(name, rate, r.Profile.Switch.PortBuffer.Value, reason)
}

// leave sends the packet out of a port that egress or egresses returned.
func (w *Way) leave(port sim.Hop, rate units.Rate) *Way {
	w.rate = rate
	return w.with(port, 0).tag()
}

// with has the packet served at a hop to a place, whose kind of visit is 0 or 1.
func (w *Way) with(place sim.Hop, kind uint8) *Way {
	place.Form, place.Other, place.Bytes = w.form, kind, w.more
	w.Hops = append(w.Hops, place)
	return w
}

// dsnToToR takes the packet out of a server, whose port is a DSN's, into the ToR.
func (w *Way) dsnToToR(chip string, server int) *Way {
	rate := w.rack.Scenario.Rack.Server.NIC.Rate
	return w.leave(w.rack.egress(chip, w.rack.portSpec(of("server.port", server), rate, stats.DropServerLinkQueue)), rate).
		cable("server_tor", w.rack.Scenario.Rack.Cables.ServerToR, "tor")
}
