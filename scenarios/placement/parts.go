package placement

import (
	"github.com/dsnsim/dsnsim/hw"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// The parts of a way that several placements share.

// fromSpine starts at the far end of the uplink and brings the packet into the ToR.
func (r *Rack) fromSpine() *Way {
	w := r.from("spine", packet.Tunnelled).
		uplinks("spine.port", stats.DropSpineQueue).
		cable("tor_spine", r.Scenario.Rack.Cables.ToRSpine, "tor").
		together()
	w.head = len(w.Hops)
	return w
}

// toSpine takes the packet through the ToR's uplink to the far end of it.
func (w *Way) toSpine() *Way {
	up, before := w.rack.Scenario.Rack.Uplink, len(w.Hops)
	w.forward(up).
		uplinks("tor.uplink", stats.DropTorQueue).
		cable("tor_spine", w.rack.Scenario.Rack.Cables.ToRSpine, "spine")
	w.tail = len(w.Hops) - before
	return w
}

// toServer takes the packet through the ToR's port to a server.
func (w *Way) toServer(server int) *Way {
	rate := w.rack.Scenario.Rack.Server.NIC.Rate
	return w.forward(rate).
		wire(w.rack.port(of("tor.port", server), rate, stats.DropTorQueue), rate).
		cable("server_tor", w.rack.Scenario.Rack.Cables.ServerToR, of("server", server))
}

// toToR takes the packet out of a server into the ToR.
func (w *Way) toToR(server int) *Way {
	rate := w.rack.Scenario.Rack.Server.NIC.Rate
	return w.wire(w.rack.port(of("server.port", server), rate, stats.DropServerLinkQueue), rate).
		cable("server_tor", w.rack.Scenario.Rack.Cables.ServerToR, "tor")
}

// nicReceive and nicSend are the ordinary NIC between its port and host memory.

func (w *Way) nicReceive(server int) *Way {
	w.delay("NIC receive", w.rack.Profile.NIC.RxLatency.Value).dmaWrite(server)
	if w.rack.switched() {
		w.vswitch(server, hw.FromNetwork)
	}
	return w
}

func (w *Way) nicSend(server int) *Way {
	if w.rack.switched() {
		w.vswitch(server, hw.FromVM)
	}
	return w.dmaRead(server).delay("NIC send", w.rack.Profile.NIC.TxLatency.Value)
}
