package placement

import (
	"slices"

	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/asic/management"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
)

// built is what Build has made for a server: its ways, its chip or those of the shared box, its first host core, and the path
// of the copies that its packets leave (-1 without mirrors).
type built struct {
	inbound, outbound *Way
	chip              *asic.DSN
	core              int32
	copies            int
}

// Across lays out the way of packets from the VMs of one server to those of another, or of the same. It comes behind Build for
// all servers. Where each server has a DSN of its own, packets between servers pass both, in the tunnel between them: they
// leave the one as outbound packets do and come to the other as inbound packets do. Where the rack shares a DSN they pass
// it once, and need no tunnel, since both servers are on one network with it (book chapter 9.4.4).
func (r *Rack) Across(p Placement, from, to int) *Way {
	r.onHost, r.carries = p.place == management.HostMemory, p.carries
	return p.across(r, from, to)
}

// CanCross reports whether the placement has ways between VMs.
func (p Placement) CanCross() bool { return p.across != nil }

// betweenServers is the way from a DSN of one server to that of another.
func (r *Rack) betweenServers(from, to int) *Way {
	out, in := r.built[from].outbound, r.built[to].inbound
	rate := r.Scenario.Rack.Server.NIC.Rate
	w := &Way{rack: r, Hops: slices.Clone(out.Hops[:len(out.Hops)-out.tail]), Boxes: slices.Clone(out.Boxes[:len(out.Boxes)-1]),
		form: packet.Tunnelled, rate: rate}
	w.turn().forward(rate)
	w.steps(in.Hops[in.head+1:]) // the first is how the switch forwards what comes from the spine
	w.Boxes = append(w.Boxes, in.Boxes[len(spineToToR):]...)
	return w
}

// spineToToR is the boxes that inbound ways begin with.
var spineToToR = [...]string{"spine", "tor"}

// turn is where the receiver's half of the way begins.
func (w *Way) turn() *Way {
	w.Hops = append(w.Hops, sim.Hop{Op: sim.OpTurn})
	return w
}

// copied gives the copies that packets leave in the DSN between two VMs the way of those of outbound packets.
func (r *Rack) copied(server int, hops []sim.Hop) []sim.Hop {
	return r.copiedIn("outbound", server, hops)
}
