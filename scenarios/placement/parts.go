package placement

import (
	"github.com/dsnsim/dsnsim/pcie"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// The parts of a way that several placements share.

// fromSpine starts at the far end of the uplink and brings the packet into the ToR.
func (r *Rack) fromSpine() *Way {
	up := r.Scenario.Rack.Uplink
	return r.from("spine", packet.Tunnelled).
		wire(r.port("spine.port", up, stats.DropSpineQueue), up).
		cable("tor_spine", r.Scenario.Rack.Cables.ToRSpine, "tor")
}

// toSpine takes the packet through the ToR's uplink to the far end of it.
func (w *Way) toSpine() *Way {
	up := w.rack.Scenario.Rack.Uplink
	return w.forward(up).
		wire(w.rack.port("tor.uplink", up, stats.DropTorQueue), up).
		cable("tor_spine", w.rack.Scenario.Rack.Cables.ToRSpine, "spine")
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

// dmaWrite puts the packet into host memory: its bytes and a completion descriptor as posted writes.
func (w *Way) dmaWrite(server int) *Way {
	return w.with(w.rack.pcieUp(server), 0).
		delay("PCIe write until visible", w.rack.Profile.PCIe.MemoryWrite.Value)
}

// dmaRead gets the packet from host memory: the doorbell, the descriptor, then a read of its bytes. The descriptor's
// bytes are charged with the packet's, since descriptors are fetched in batches; its latency is not hidden.
func (w *Way) dmaRead(server int) *Way {
	p := &w.rack.Profile.PCIe
	return w.delay("doorbell", p.Doorbell.Value).
		delay("descriptor fetch", p.RootComplexRead.Value).
		with(w.rack.pcieUp(server), 1). // a request, not the data
		delay("root complex", p.RootComplexRead.Value).
		visit(w.rack.pcieDown(server))
}

// nicReceive and nicSend are the ordinary NIC between its port and host memory.

func (w *Way) nicReceive(server int) *Way {
	return w.delay("NIC receive", w.rack.Profile.NIC.RxLatency.Value).dmaWrite(server)
}

func (w *Way) nicSend(server int) *Way {
	return w.dmaRead(server).delay("NIC send", w.rack.Profile.NIC.TxLatency.Value)
}

// pcieUp is the half of a server's PCIe link towards memory. DMA writes share it with read requests, its other kind
// of visit. It is a port of a DSN that is the server's adapter, whose writes a traffic manager schedules.
func (r *Rack) pcieUp(server int) sim.Hop {
	spec := r.pcieUpSpec(of("pcie.up", server))
	if r.adapters {
		return r.egress(of("dsn", server), spec)
	}
	return sim.Hop{Op: sim.OpVisit, Node: r.station(spec)}
}

func (r *Rack) pcieUpSpec(name string) sim.Spec {
	p := &r.Profile.PCIe
	header, request := r.link.Header(pcie.MemWrite), r.link.Header(pcie.MemRead)
	spec := r.pcieHalf(name)
	spec.Cost = sim.Transfer{Rate: r.link.Rate(), Segment: p.MPS.Value, PerSegment: header,
		Fixed: p.Descriptor.Value + header}.Cost()
	spec.Other = sim.Transfer{Rate: r.link.Rate(), Segment: p.MRRS.Value, PerSegment: request,
		Fixed: r.perBatch(request), NoPayload: true}.Cost()
	return spec
}

// pcieDown is the half of a server's PCIe link towards the device: completions with the data of reads, and as its other
// kind of visit requests to the device's registers.
func (r *Rack) pcieDown(server int) int32 { return r.pcieDownOf(of("pcie.down", server)) }

func (r *Rack) pcieDownOf(name string) int32 {
	p := &r.Profile.PCIe
	header := r.link.Header(pcie.Completion)
	spec := r.pcieHalf(name)
	spec.Cost = sim.Transfer{Rate: r.link.Rate(), Segment: p.MPS.Value, PerSegment: header,
		Fixed: p.Descriptor.Value + r.perBatch(header)}.Cost()
	spec.Other = sim.Transfer{Rate: r.link.Rate(), Fixed: r.link.Header(pcie.MemWrite)}.Cost()
	return r.station(spec)
}

func (r *Rack) pcieHalf(name string) sim.Spec {
	return sim.Spec{Name: name, Room: sim.Room{Bytes: r.Profile.PCIe.Queue.Value}, DropReason: uint8(stats.DropPCIeQueue)}
}

// perBatch is a header's share of one descriptor, when descriptors are fetched in batches; at least a byte.
func (r *Rack) perBatch(header units.Bytes) units.Bytes {
	batch := units.Bytes(r.Profile.PCIe.DescriptorBatch.Value)
	return (header + batch - 1) / batch
}
