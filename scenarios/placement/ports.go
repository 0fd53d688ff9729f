package placement

import (
	"fmt"

	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/hw"
	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// The ports through which packets leave a DSN. With a traffic manager they are scheduled by class, and those of one chip
// share its buffer.

// queues are those of traffic managers.
type queues struct {
	manager *asic.TrafficManager // nil without one
	buffers map[string]*sim.Buffer
	owners  map[string]int // of the power plan, by the chip's name in buffers
}

// egress returns the hop through a port of a chip: by class, or in the order in which packets come.
func (r *Rack) egress(chip string, port station.Spec) sim.Hop {
	if r.queues.manager == nil {
		return sim.Hop{Op: sim.OpVisit, Node: r.station(port)}
	}
	n, ok := r.names[port.Name]
	if !ok {
		n = r.AddScheduler(r.queues.manager.Port(port, r.buffer(chip)))
		r.names[port.Name] = n
		if owner, ok := r.queues.owners[chip]; ok { // not the ordinary NIC, whose power at rest has its buffer
			r.Account.Buffer(owner, port.Name)
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
	b, ok := r.queues.buffers[chip]
	if !ok {
		b = sim.NewBuffer(r.queues.manager.Buffer)
		r.queues.buffers[chip] = b
	}
	return b
}

// portSpec declares the sending side of an Ethernet port.
func (r *Rack) portSpec(name string, rate units.Rate, reason stats.DropReason) station.Spec {
	return hw.EthernetPort(name, rate, r.Profile.Switch.PortBuffer.Value, reason)
}

// leave sends the packet out of a port that egress or egresses returned.
func (w *PathBuilder) leave(port sim.Hop, rate units.Rate) *PathBuilder {
	w.rate = rate
	return w.with(port, 0).tag()
}

// with has the packet served at a hop to a place, whose kind of visit is 0 or 1.
func (w *PathBuilder) with(place sim.Hop, kind uint8) *PathBuilder {
	place.Form, place.Other, place.Bytes = w.form, kind, w.more
	w.Hops = append(w.Hops, place)
	return w
}

// dsnToToR takes the packet out of a server, whose port is a DSN's, into the ToR.
func (w *PathBuilder) dsnToToR(chip string, server int) *PathBuilder {
	rate := w.rack.Scenario.Rack.Server.NIC.Rate
	return w.leave(w.rack.egress(chip, w.rack.portSpec(of("server.port", server), rate, stats.DropServerLinkQueue)), rate).
		cable("server_tor", w.rack.Scenario.Rack.Cables.ServerToR, "tor")
}

// port returns the sending side of an Ethernet port.
func (r *Rack) port(name string, rate units.Rate, reason stats.DropReason) int32 {
	return r.station(r.portSpec(name, rate, reason))
}

// phy returns the PHY, MAC and FEC time of a link. NewRack has checked the rates.
func (r *Rack) phy(rate units.Rate) units.Duration {
	d, err := hw.PHY(r.Profile, rate)
	if err != nil {
		panic(err)
	}
	return d
}

// Uplinks names the choice of an uplink among the hops of a way.
const Uplinks = "uplinks"

// uplinks sends the packet out of the uplink that its flow takes: a bundle spreads flows by their hash, so that a flow keeps
// its order. One uplink needs no choice.
func (w *PathBuilder) uplinks(name string, reason stats.DropReason) *PathBuilder {
	rack := &w.rack.Scenario.Rack
	if rack.Uplinks <= 1 {
		return w.wire(w.rack.port(name, rack.Uplink, reason), rack.Uplink)
	}
	w.Hops = append(w.Hops, sim.Hop{Op: sim.OpSelect, N: uint16(rack.Uplinks), Name: w.rack.Label(Uplinks), Salt: w.rack.salt(rng.Uplink)})
	first := w.rack.port(of(name, 0), rack.Uplink, reason)
	for i := 1; i < rack.Uplinks; i++ {
		w.rack.port(of(name, i), rack.Uplink, reason)
	}
	return w.wireTo(first, rack.Uplinks, rack.Uplink)
}

// together is where the flows of all uplinks are in the switch: what follows does not go by the uplink.
func (w *PathBuilder) together() *PathBuilder {
	if w.rack.Scenario.Rack.Uplinks > 1 {
		w.choose(1)
	}
	return w
}

// chargeUplinks draws and bills the ports of the ToR that uplinks beyond the first take, whatever the placement.
func (r *Rack) chargeUplinks() {
	more := r.Scenario.Rack.Uplinks - 1
	if more < 1 {
		return
	}
	r.Bill.Add(prices.UplinkPort, more)
	r.Power.Draws = append(r.Power.Draws, power.Draw{Operation: fmt.Sprintf("%d more uplinks", more), Component: power.ToRPorts,
		Power: r.Profile.Power.ToRPort.Value * units.Power(more)})
}
