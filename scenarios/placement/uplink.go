package placement

import (
	"fmt"

	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Uplinks names the choice of an uplink among the hops of a way.
const Uplinks = "uplinks"

// uplinks sends the packet out of the uplink that its flow takes: a bundle spreads flows by their hash, so that a flow keeps
// its order. One uplink needs no choice.
func (w *Way) uplinks(name string, reason stats.DropReason) *Way {
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
func (w *Way) together() *Way {
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
