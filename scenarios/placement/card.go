package placement

import (
	"github.com/dsnsim/dsnsim/hw"
	"github.com/dsnsim/dsnsim/pcie"
	"github.com/dsnsim/dsnsim/pcie/adapter"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// card is the PCIe side of a card in a slot, with the places of the engine that it is.
type card struct {
	*adapter.Card
	// up is the arbiter of the half towards the host.
	up, down, post, poll int32
	// turns is the scheduler of the functions; writeBack and interrupts gather packets, where the scenario wants it.
	turns, writeBack, interrupts int32
}

// slots are the cards of the servers.
type slots struct {
	carrying   map[int]*card // by server: that carry its packets
	own        map[int]*card // by server: of a DSN that carries no packets over its slot
	interrupts []int32       // gathers
}

// rateBurst is what a function with a maximum rate may send at once after a pause.
// assumed: ten full frames, as small as an adapter's scheduler is fine
const rateBurst = 16 * units.KiB

// card returns the card that carries the packets of a server, making it the first time. Packets have the given form in host
// memory.
func (r *Rack) card(server int, memory packet.Form) *card {
	if c := r.slots.carrying[server]; c != nil {
		return c
	}
	spec := r.cardSpec(of("pcie.up", server), of("pcie.down", server), of("iommu", server))
	spec.Form = memory
	classes := r.functions(&spec)
	nics := &r.Scenario.Rack.Server.NIC
	spec.Interrupts = nics.Driver == "interrupt" && r.direct()
	spec.Coalesced = nics.Completions.Waits()
	if !r.direct() {
		spec.Times.Poll = 0 // the host's cores take packets from the ring when they can
	}
	spec.Flight = sim.NewOutstanding(r.Profile.PCIe.OutstandingReads.Value)
	c := r.addCard(spec)
	turns := sim.SchedulerSpec{Name: of("nic.scheduler", server), Ahead: true, Admits: true, Flight: spec.Flight, PerPlace: r.Profile.PCIe.MRRS.Value,
		DropReason: uint8(stats.DropNICQueue), Classes: classes,
		ClassOf: func(p *packet.Packet) int { return spec.QueueOf(p) / spec.PerFunction }}
	turns.Cost, turns.CostForm = r.pace(memory)
	c.turns = r.AddScheduler(turns)
	c.Post().Ring = r.Scheduler(c.turns)
	if spec.Coalesced {
		c.writeBack = r.AddCoalescer(sim.CoalescerSpec{Name: of("nic.write-back", server), Queues: spec.Queues, QueueOf: spec.QueueOf,
			Frames: nics.Completions.Frames, Hold: nics.Completions.Hold(), Release: c.WriteBack})
	}
	if spec.Interrupts {
		frames := nics.Interrupts.Frames
		if !nics.Interrupts.Waits() {
			frames = 1
		}
		c.interrupts = r.AddCoalescer(sim.CoalescerSpec{Name: of("nic.interrupts", server), Queues: spec.Queues, QueueOf: spec.QueueOf,
			Frames: frames, Hold: nics.Interrupts.Hold(), Release: c.Interrupt})
		r.slots.interrupts = append(r.slots.interrupts, c.interrupts)
	}
	if r.slots.carrying == nil {
		r.slots.carrying = map[int]*card{}
	}
	r.slots.carrying[server] = c
	return c
}

// pace is what a packet takes of the scheduler of functions: its time at the card's port, so that no queue grows behind it. A
// traffic manager wants that queue, since it chooses among classes what the port sends: then it is the packet's time on the
// PCIe link.
func (r *Rack) pace(memory packet.Form) (station.Cost, *packet.Form) {
	wire := memory
	if r.carries {
		if r.queues.manager != nil {
			return station.Transfer{Rate: r.link.Rate()}.Cost(), nil
		}
		wire = packet.Tunnelled // a DSN that is the card sends packets on in its tunnels
	}
	return station.Transfer{Rate: r.Scenario.Rack.Server.NIC.Rate, Fixed: hw.Preamble + hw.FrameGap}.Cost(), &wire
}

// functions fills in whose queues the card has, and returns the classes of its scheduler: a function for each VM, or a queue
// for each host core that takes packets for all of them.
func (r *Rack) functions(spec *adapter.Spec) []sim.ClassSpec {
	server := &r.Scenario.Rack.Server
	ring := r.Profile.NIC.Rings.Size.Value
	if !r.direct() {
		cores := r.Scenario.DSN.Software.Cores
		spec.Queues, spec.PerFunction = cores, 1
		spec.QueueOf = func(p *packet.Packet) int { return int(uint64(p.Hash) * uint64(cores) >> 32) } // as OpSelect does
		classes := make([]sim.ClassSpec, cores)
		for i := range classes {
			classes[i] = sim.ClassSpec{Name: of("core", i), Room: station.Room{Packets: ring}}
		}
		return classes
	}
	if !server.NIC.SRIOV { // the one tenant of a bare-metal server
		return []sim.ClassSpec{{Name: "host", Room: station.Room{Packets: ring}}}
	}
	vf := &server.NIC.VF
	each := max(1, vf.Queues)
	spec.Queues, spec.PerFunction = server.VMs*each, each
	spec.QueueOf = func(p *packet.Packet) int { return int(p.VF)*each + int(p.Queue) }
	classes := make([]sim.ClassSpec, server.VMs)
	for i := range classes {
		c := sim.ClassSpec{Name: of("vf", i), Weight: 1, Room: station.Room{Packets: ring * each}, Rate: vf.MaxRate.At(i), Burst: rateBurst}
		if i < len(vf.Weights) {
			c.Weight = int64(vf.Weights[i])
		}
		classes[i] = c
	}
	return classes
}

// direct reports whether VMs, or the one tenant of a bare-metal server, reach the card themselves.
func (r *Rack) direct() bool {
	return !r.onHost && !r.switched()
}

// switched reports whether a virtual switch on the host's cores is between the card and the VMs, since the card has no
// virtual functions for them.
func (r *Rack) switched() bool { return !r.onHost && ViaHost(r.Scenario) }

// ViaHost reports whether VMs have no virtual functions.
func ViaHost(s *scenarios.Scenario) bool {
	return !s.Rack.Server.NIC.SRIOV && s.Rack.Server.Virtualization != "bare-metal"
}

// cardSpec is a card without queues.
func (r *Rack) cardSpec(up, down, mmu string) adapter.Spec {
	p, n, h := &r.Profile.PCIe, &r.Profile.NIC, &r.Profile.Host
	spec := adapter.Spec{Up: up, Down: down, MMU: mmu, Link: r.link, Queues: 1, PerFunction: 1,
		QueueOf: func(*packet.Packet) int { return 0 },
		Room:    p.Queue.Value, Buffer: n.Queue.Value,
		RoomReason: uint8(stats.DropPCIeQueue), RingReason: uint8(stats.DropNICQueue),
		Rings: adapter.Rings{Size: n.Rings.Size.Value, Batch: p.DescriptorBatch.Value, Refill: n.Rings.Refill.Value, Done: n.Rings.Done.Value,
			Descriptor: p.Descriptor.Value, Buffer: n.Rings.Buffer.Value},
		Times: adapter.Times{Read: p.RootComplexRead.Value, Write: p.MemoryWrite.Value, Credit: p.Credits.Return.Value, Doorbell: p.Doorbell.Value,
			Ring: p.DoorbellStore.Value, Poll: h.Poll.Value, Handler: h.Interrupt.Value},
		Credits: pcie.CreditSpec{PostedHeaders: int64(p.Credits.PostedHeaders.Value), PostedData: int64(p.Credits.PostedData.Value),
			NonPosted: int64(p.Credits.NonPosted.Value)},
	}
	if slot := &r.Scenario.Rack.Server.PCIe; slot.IOMMU {
		m := &p.IOMMU
		spec.Page = slot.Page
		spec.IOMMU = pcie.IOMMUSpec{Entries: m.Entries.Value, Walkers: m.Walkers.Value, Pending: m.Pending.Value, Accesses: m.Accesses.Value,
			Access: m.Access.Value, ReadHold: m.ReadHold.Value}
	}
	return spec
}

// addCard adds the places of a card that every card has.
func (r *Rack) addCard(spec adapter.Spec) *card {
	c := &card{Card: adapter.New(spec)}
	c.up, c.down = r.AddScheduler(c.Arbiter()), r.AddStation(c.Down())
	c.post = r.AddStation(c.Post())
	if spec.Times.Poll > 0 {
		c.poll = r.AddStation(c.Poll())
	}
	return c
}

// slot returns the PCIe side of a DSN that carries no packets over it, making it the first time: a card in a slot of its
// own, or a box with a link into the server.
func (r *Rack) slot(name string, server int) *card {
	if c := r.slots.own[server]; c != nil {
		return c
	}
	if r.slots.own == nil {
		r.slots.own = map[int]*card{}
	}
	r.slots.own[server] = r.addCard(r.cardSpec(of(name+".up", server), of(name+".down", server), of(name+".iommu", server)))
	return r.slots.own[server]
}

// special has the packet served by a station, as a visit of a kind.
func (w *PathBuilder) special(node int32, kind uint8) *PathBuilder {
	w.Hops = append(w.Hops, sim.Hop{Op: sim.OpStation, Node: node, Other: kind, Form: w.form})
	return w
}

// upward has the packet cross a slot towards the host, as a visit of a kind.
func (w *PathBuilder) upward(c *card, kind uint8) *PathBuilder {
	w.Hops = append(w.Hops, sim.Hop{Op: sim.OpQueue, Node: c.up, Other: kind, Form: w.form})
	return w
}

// hostPort is the port of a DSN towards the host that it is a card of, where a traffic manager schedules the packets: as fast
// as the link takes them.
func (r *Rack) hostPort(server int) sim.Hop {
	name := of("dsn.host-port", server)
	n, ok := r.names[name]
	if !ok {
		p := &r.Profile.PCIe
		header := r.link.Header(pcie.MemWrite)
		spec := r.queues.manager.Port(station.Spec{Name: name, Cost: station.Transfer{Rate: r.link.Rate(), Segment: p.MPS.Value, PerSegment: header,
			Fixed: p.Descriptor.Value + header}.Cost()}, r.buffer(of("dsn", server)))
		spec.Ahead = true
		n = r.AddScheduler(spec)
		r.names[name] = n
		r.Account.Buffer(r.queues.owners[of("dsn", server)], name)
	}
	return sim.Hop{Op: sim.OpQueue, Node: n}
}

// gathered has the packet wait for others.
func (w *PathBuilder) gathered(node int32) *PathBuilder {
	w.Hops = append(w.Hops, sim.Hop{Op: sim.OpGather, Node: node})
	return w
}

// dmaWrite puts the packet into host memory by a descriptor of its queue, and tells the driver by a completion: with it, or
// for several packets together. Where a VM's driver takes it, the way goes on until that has it.
func (w *PathBuilder) dmaWrite(server int) *PathBuilder {
	c := w.rack.card(server, w.form)
	if w.rack.carries && w.rack.queues.manager != nil {
		w.with(w.rack.hostPort(server), 0)
	}
	w.upward(c, adapter.Write)
	if c.Coalesced {
		w.gathered(c.writeBack)
	}
	if c.Interrupts {
		w.gathered(c.interrupts)
	}
	w.delay("PCIe write until visible", c.Times.Write)
	switch {
	case c.Interrupts:
		w.delay("interrupt", c.Times.Handler)
	case c.Times.Poll > 0:
		w.special(c.poll, 0)
	}
	return w
}

// dmaRead gets the packet from host memory: doorbell and descriptor, its function's turn to send, a read of its bytes.
// Functions take turns at the rate of the port, so that no queue grows behind.
func (w *PathBuilder) dmaRead(server int) *PathBuilder {
	c := w.rack.card(server, w.form)
	w.special(c.post, 0).
		delay("doorbell", c.Times.Doorbell).
		delay("descriptor fetch", c.Times.Read)
	w.Hops = append(w.Hops, sim.Hop{Op: sim.OpQueue, Node: c.turns, Form: w.form})
	return w.upward(c, adapter.Request).
		delay("root complex", c.Times.Read).
		special(c.down, adapter.Data)
}
