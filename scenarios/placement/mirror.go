package placement

import (
	"slices"

	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/scenarios/chain"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// mirror gives the copies that a server's packets leave in the DSN their way: out of it as packets that go to the network,
// to a collector behind the spine. It returns the copies' path, -1 where there are none.
func (r *Rack) mirror(server int, inbound, outbound *PathBuilder) int {
	mirrors := r.mirrors()
	if len(mirrors) == 0 {
		return -1
	}
	hops := []sim.Hop{{Op: sim.OpLeaveChain}}
	if r.made.last != nil {
		hops = r.made.last.Copied()
	}
	leave := slices.IndexFunc(outbound.Hops, func(h sim.Hop) bool { return h.Op == sim.OpLeaveChain })
	path := r.AddPath(sim.Path{Name: of("mirror server", server), Hops: append(hops, outbound.Hops[leave+1:]...)})
	for way, dir := range []string{"inbound", "outbound"} {
		way := []*PathBuilder{inbound, outbound}[way]
		way.Hops = slices.DeleteFunc(way.Hops, func(h sim.Hop) bool {
			return h.Op == sim.OpCopy && !mirrors[h.Other-1].In(dir)
		})
		for i := range way.Hops {
			if h := &way.Hops[i]; h.Op == sim.OpCopy {
				*h = r.AddCopy(copyOf(mirrors[h.Other-1], h, path))
			}
		}
	}
	return path
}

// mirrors lists those of the chain.
func (r *Rack) mirrors() []*chain.Mirror {
	var list []*chain.Mirror
	for i := range r.Scenario.Services {
		if m := r.Scenario.Services[i].Mirror; m != nil {
			list = append(list, m)
		}
	}
	return list
}

// ethernet is the length of the outer Ethernet header.
const ethernet = 14

// copyOf says what a mirror makes of a packet at a hop.
func copyOf(m *chain.Mirror, h *sim.Hop, path int) sim.Copy {
	// The copy has no FCS of its own: the frame that carries it has one.
	around := ethernet + tunnel.ERSPANLen(0)
	if m.GRE() {
		around = ethernet + tunnel.GRELen(0)
	}
	return sim.Copy{Number: h.Other, Path: path, Of: h.Form, More: h.Bytes, Limit: uint32(m.Snap) + traffic.FCS,
		OneIn: uint32(m.OneIn), Around: uint32(around), Least: traffic.MinFrame}
}

// copying returns what it takes a core to copy packets, or nil where nothing is copied.
func (r *Rack) copying() func(p *packet.Packet) units.Duration {
	mirrors := r.mirrors()
	if len(mirrors) == 0 {
		return nil
	}
	w := &r.Profile.Host.Software.Copy
	cost := station.Work{Clock: r.Profile.Host.Clock.Value, Cycles: w.Cycles.Value, MilliCyclesPerByte: int64(w.MilliCyclesPerByte.Value)}.Cost()
	return func(p *packet.Packet) units.Duration {
		var d units.Duration
		for i, m := range mirrors {
			if p.Copies>>(i+1)&1 != 0 {
				d += cost.Of(min(p.Bytes[packet.Tunnelled], uint32(m.Snap)))
			}
		}
		return d
	}
}

// copied gives the copies that packets leave in the DSN between two VMs the way of those of outbound packets.
func (r *Rack) copied(server int, hops []sim.Hop) []sim.Hop {
	return r.copiedIn("outbound", server, hops)
}

// copiedIn gives the copies that packets leave in the DSN, as it sees them in a direction, the way of those of outbound packets
// of a server.
func (r *Rack) copiedIn(direction string, server int, hops []sim.Hop) []sim.Hop {
	mirrors := r.mirrors()
	hops = slices.DeleteFunc(slices.Clone(hops), func(h sim.Hop) bool {
		return h.Op == sim.OpCopy && !mirrors[h.Other-1].In(direction)
	})
	for i := range hops {
		if h := &hops[i]; h.Op == sim.OpCopy {
			*h = r.AddCopy(copyOf(mirrors[h.Other-1], h, r.built[server].copies))
		}
	}
	return hops
}
