package placement

import (
	"fmt"
	"slices"

	"github.com/dsnsim/dsnsim/hw"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// PathBuilder is the path of a packet under construction, with the boxes that it goes through.
type PathBuilder struct {
	rack *Rack
	Hops []sim.Hop
	// Boxes lists the boxes in order. A box that comes twice is one that the packet trombones through.
	Boxes []string
	form  packet.Form
	more  uint32     // bytes of headers beside those that the form counts
	rate  units.Rate // of the last wire
	// head is how many hops there are before the packet is in the ToR, coming from the spine; tail how many there are behind it
	// on the way to the spine.
	head, tail int
}

// from starts a way at a box.
func (r *Rack) from(box string, form packet.Form) *PathBuilder {
	return &PathBuilder{rack: r, Boxes: []string{box}, form: form}
}

// The bytes of a packet change form where the DSN ends or begins the tunnels.

func (w *PathBuilder) plain() *PathBuilder     { w.form = packet.Plain; return w }
func (w *PathBuilder) tunnelled() *PathBuilder { w.form = packet.Tunnelled; return w }

// wire sends the packet out of a port.
func (w *PathBuilder) wire(port int32, rate units.Rate) *PathBuilder {
	w.rate = rate
	w.visit(port)
	return w.tag()
}

// tag adds the tag of a VM's VLAN to a frame on the last wire: between a server and a DSN outside it the DSN tells VMs by it.
// Frames in tunnels are between DSN and network, and have none.
func (w *PathBuilder) tag() *PathBuilder {
	if w.form == packet.Plain && w.more == 0 && w.rack.Scenario.Rack.Server.NIC.Tagging == "vlan" {
		w.Hops[len(w.Hops)-1].Bytes = vlanTag
	}
	return w
}

// vlanTag is how much longer a VLAN tag makes a frame. source: IEEE 802.1Q, TPID and TCI
const vlanTag = 4

// visit has the packet served by a station.
func (w *PathBuilder) visit(station int32) *PathBuilder {
	return w.with(sim.Hop{Op: sim.OpVisit, Node: station}, 0)
}

// wireTo sends the packet out of the port that belongs to the chosen one of n equal devices.
func (w *PathBuilder) wireTo(first int32, n int, rate units.Rate) *PathBuilder {
	w.wire(first, rate)
	if n > 1 {
		w.Hops[len(w.Hops)-1].Stride = 1
	}
	return w
}

// choose picks one of n equal devices by the flow's hash.
func (w *PathBuilder) choose(n int) *PathBuilder {
	w.Hops = append(w.Hops, sim.Hop{Op: sim.OpSelect, N: uint16(n)})
	return w
}

// cable takes the packet to another box.
func (w *PathBuilder) cable(role string, length units.Length, to string) *PathBuilder {
	c := &w.rack.Profile.Cable
	w.delay(hw.CableName(c, role, length), hw.Cable(c, length))
	w.Boxes = append(w.Boxes, to)
	return w.phy()
}

// phy is the MAC, PCS and FEC of both ends of the last wire.
func (w *PathBuilder) phy() *PathBuilder {
	return w.delay(fmt.Sprintf("PHY and FEC %s", w.rate), w.rack.phy(w.rate))
}

// delay is a fixed time.
func (w *PathBuilder) delay(name string, d units.Duration) *PathBuilder {
	w.Hops = append(w.Hops, sim.Hop{Op: sim.OpDelay, Name: w.rack.Label(name), Delay: d})
	return w
}

// forward is the merchant switch, from the last wire to a port of the given rate. A switch that cuts through starts
// before the last bit is in, unless it would run dry: then it stores the frame first.
func (w *PathBuilder) forward(out units.Rate) *PathBuilder {
	s := &w.rack.Profile.Switch
	hop := sim.Hop{Op: sim.OpDelay, Name: w.rack.Label("switch, stored"), Delay: s.Latency.Value}
	if s.CutThrough.Value && out <= w.rate {
		hop.Op, hop.Name = sim.OpCutThrough, w.rack.Label("switch, cut through")
	}
	w.Hops = append(w.Hops, hop)
	return w
}

// steps adds the hops of a DSN or of other equipment.
func (w *PathBuilder) steps(hops []sim.Hop) *PathBuilder {
	w.Hops = append(w.Hops, hops...)
	return w
}

// Trombone counts the link crossings that lead away from a box and back to it.
func (w *PathBuilder) Trombone() int {
	crossings := 0
	for i := 0; i < len(w.Boxes); i++ {
		for j := len(w.Boxes) - 1; j > i; j-- {
			if w.Boxes[j] == w.Boxes[i] {
				crossings += j - i
				i = j
				break
			}
		}
	}
	return crossings
}

// Visits reports whether the way goes through a box.
func (w *PathBuilder) Visits(box string) bool { return slices.Contains(w.Boxes, box) }

// The parts of a way that several placements share.

// fromSpine starts at the far end of the uplink and brings the packet into the ToR.
func (r *Rack) fromSpine() *PathBuilder {
	w := r.from("spine", packet.Tunnelled).
		uplinks("spine.port", stats.DropSpineQueue).
		cable("tor_spine", r.Scenario.Rack.Cables.ToRSpine, "tor").
		together()
	w.head = len(w.Hops)
	return w
}

// toSpine takes the packet through the ToR's uplink to the far end of it.
func (w *PathBuilder) toSpine() *PathBuilder {
	up, before := w.rack.Scenario.Rack.Uplink, len(w.Hops)
	w.forward(up).
		uplinks("tor.uplink", stats.DropTorQueue).
		cable("tor_spine", w.rack.Scenario.Rack.Cables.ToRSpine, "spine")
	w.tail = len(w.Hops) - before
	return w
}

// toServer takes the packet through the ToR's port to a server.
func (w *PathBuilder) toServer(server int) *PathBuilder {
	rate := w.rack.Scenario.Rack.Server.NIC.Rate
	return w.forward(rate).
		wire(w.rack.port(of("tor.port", server), rate, stats.DropTorQueue), rate).
		cable("server_tor", w.rack.Scenario.Rack.Cables.ServerToR, of("server", server))
}

// toToR takes the packet out of a server into the ToR.
func (w *PathBuilder) toToR(server int) *PathBuilder {
	rate := w.rack.Scenario.Rack.Server.NIC.Rate
	return w.wire(w.rack.port(of("server.port", server), rate, stats.DropServerLinkQueue), rate).
		cable("server_tor", w.rack.Scenario.Rack.Cables.ServerToR, "tor")
}

// nicReceive and nicSend are the ordinary NIC between its port and host memory.

func (w *PathBuilder) nicReceive(server int) *PathBuilder {
	w.delay("NIC receive", w.rack.Profile.NIC.RxLatency.Value).dmaWrite(server)
	if w.rack.switched() {
		w.vswitch(server, hw.FromNetwork)
	}
	return w
}

func (w *PathBuilder) nicSend(server int) *PathBuilder {
	if w.rack.switched() {
		w.vswitch(server, hw.FromVM)
	}
	return w.dmaRead(server).delay("NIC send", w.rack.Profile.NIC.TxLatency.Value)
}

// betweenServers is the way from a DSN of one server to that of another.
func (r *Rack) betweenServers(from, to int) *PathBuilder {
	out, in := r.built[from].outbound, r.built[to].inbound
	rate := r.Scenario.Rack.Server.NIC.Rate
	w := &PathBuilder{rack: r, Hops: slices.Clone(out.Hops[:len(out.Hops)-out.tail]), Boxes: slices.Clone(out.Boxes[:len(out.Boxes)-1]),
		form: packet.Tunnelled, rate: rate}
	w.turn().forward(rate)
	w.steps(in.Hops[in.head+1:]) // the first is how the switch forwards what comes from the spine
	w.Boxes = append(w.Boxes, in.Boxes[len(spineToToR):]...)
	return w
}

// spineToToR is the boxes that inbound ways begin with.
var spineToToR = [...]string{"spine", "tor"}

// turn is where the receiver's half of the way begins.
func (w *PathBuilder) turn() *PathBuilder {
	w.Hops = append(w.Hops, sim.Hop{Op: sim.OpReceive})
	return w
}
