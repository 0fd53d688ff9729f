package placement

import (
	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/asic/rdma"
	"github.com/dsnsim/dsnsim/hw"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/pcie/adapter"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/scenarios/fit"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// NoPCIePath is why a workload does not run where the DSN cannot reach the server's memory.
const NoPCIePath = "not supported: no PCIe path from DSN to server"

// Cabled returns the placement with a PCIe link from a shared DSN into each server.
func (p Placement) Cabled() Placement { p.cabled = true; return p }

// Unsupported says why a workload cannot run in the placement, or nothing: the DSN needs a way to the server's memory, and a driver
// there. Without a chip it is the server's NIC that needs to do RDMA, past the DSN, and it has no engines for data.
func (p Placement) Unsupported(w *demand.Workload, s *scenarios.Scenario, hw *profile.Profile) ([]string, error) {
	domain, err := p.Domain(s, hw)
	switch {
	case err != nil:
		return nil, err
	case len(domain.Memory()) > 0:
		if why := fit.WorkloadDriver(s); why != "" {
			return []string{"not supported: " + why}, nil
		}
		return nil, nil
	case p.NeedsChip():
		return []string{NoPCIePath}, nil
	case !s.Rack.Server.NIC.RDMA:
		return []string{NoPCIePath + ": the DSN is software, and the server's NIC does no RDMA (rack.server.nic.rdma)"}, nil
	case w.Encrypt || w.Compress > 1000:
		return []string{"not supported: the server's NIC does RDMA past the DSN, and has no engine to encrypt or compress"}, nil
	}
	return nil, nil
}

// RDMAEndpoint is what the workloads of one server take: its card, where it is on the network, and its slot.
type RDMAEndpoint struct {
	rack   *Rack
	server int
	card   string // the name of the card, or of the row of chips
	chips  int    // how many there are
	shared bool   // by all servers
	pairs  int    // of each server
	// toCard goes from the spine to the card, toSpine on from the card.
	toCard  func() *PathBuilder
	toSpine func(w *PathBuilder) *PathBuilder
	slot    *card
}

// RDMAEndpoint lays out what the workloads of a server take; pairs is how many queue pairs each server has. It comes behind Build for
// the same server.
func (r *Rack) RDMAEndpoint(p Placement, server, pairs int) *RDMAEndpoint {
	b := p.endpoint(r, server)
	b.rack, b.server, b.pairs, b.chips = r, server, pairs, max(1, b.chips)
	return b
}

// cardEndpoint: the DSN is a card in the server, either its adapter or one with a slot of its own.
func cardEndpoint(r *Rack, server int) *RDMAEndpoint {
	chip, dsn := of("dsn", server), r.made.last
	b := &RDMAEndpoint{card: chip}
	b.toCard = func() *PathBuilder { return r.fromSpine().toServer(server).steps(dsn.Past()) }
	b.toSpine = func(w *PathBuilder) *PathBuilder { return w.steps(dsn.Past()).dsnToToR(chip, server).toSpine() }
	if b.slot = r.slots.carrying[server]; !r.carries {
		b.slot = r.slot("pcie.dsn", server)
	}
	return b
}

// nicEndpoint: an ordinary NIC does it by itself.
func nicEndpoint(r *Rack, server int) *RDMAEndpoint {
	n := &r.Profile.NIC
	return &RDMAEndpoint{card: of("nic", server),
		toCard: func() *PathBuilder { return r.fromSpine().toServer(server).delay("NIC receive", n.RxLatency.Value) },
		toSpine: func(w *PathBuilder) *PathBuilder {
			return w.delay("NIC send", n.TxLatency.Value).dsnToToR(of("nic", server), server).toSpine()
		},
		slot: r.slots.carrying[server]}
}

// torEndpoint: the chips of the ToR, over a PCIe link to each server.
func torEndpoint(r *Rack, server int) *RDMAEndpoint {
	n, dsn := r.Scenario.DSN.Count.ToR, r.made.shared
	b := &RDMAEndpoint{card: "tor.dsn", chips: n, shared: true}
	b.toCard = func() *PathBuilder {
		return r.fromSpine().spread(server, n).toChip("tor.dsn-port", n).steps(dsn.Past())
	}
	b.toSpine = func(w *PathBuilder) *PathBuilder { return w.steps(dsn.Past()).fromChip("tor.dsn", n).toSpine() }
	b.slot = r.slot("pcie.cable", server)
	return b
}

// applianceEndpoint: those of the appliance.
func applianceEndpoint(r *Rack, server int) *RDMAEndpoint {
	n, dsn := r.Scenario.DSN.Count.Appliance, r.made.shared
	b := &RDMAEndpoint{card: "appliance.dsn", chips: n, shared: true}
	b.toCard = func() *PathBuilder { return r.fromSpine().spread(server, n).toAppliance("spine", n).steps(dsn.Past()) }
	b.toSpine = func(w *PathBuilder) *PathBuilder { return w.steps(dsn.Past()).fromAppliance("spine", n).toSpine() }
	b.slot = r.slot("pcie.cable", server)
	return b
}

// rdmaBlocks are those of workloads by name, and the places of the engine that they are.
type rdmaBlocks struct {
	blocks map[string]*rdma.Block
	places map[string]int32
}

// FirstPair is the number of the server's first queue pair at its card.
func (b *RDMAEndpoint) FirstPair() int {
	if b.shared {
		return b.server * b.pairs
	}
	return 0
}

// Blocks returns the RDMA blocks of the server's card.
func (b *RDMAEndpoint) Blocks() []*rdma.Block {
	var list []*rdma.Block
	for i := range b.chips {
		if block := b.rack.rdma.blocks[asic.ChipName(b.card, i, b.chips)+".rdma"]; block != nil {
			list = append(list, block)
		}
	}
	return list
}

// start begins a way at the card, at the chip that serves the queue pair.
func (b *RDMAEndpoint) start() *PathBuilder {
	w := b.rack.from(b.card, packet.Tunnelled)
	if b.chips > 1 {
		w.spread(b.server, b.chips)
	}
	return w
}

// each has a packet served at the chip that serves its queue pair, by a station that each chip has.
func (w *PathBuilder) each(b *RDMAEndpoint, suffix string, spec station.Spec) *PathBuilder {
	hop := sim.Hop{Op: sim.OpVisit, Form: w.form}
	for i := range b.chips {
		spec.Name = asic.ChipName(b.card, i, b.chips) + suffix
		if n := b.rack.station(spec); i == 0 {
			hop.Node = n
		}
	}
	if b.chips > 1 {
		hop.Stride = 1
	}
	w.Hops = append(w.Hops, hop)
	return w
}

// block looks the packet's queue pair up.
func (w *PathBuilder) block(b *RDMAEndpoint) *PathBuilder {
	r := b.rack
	hop := sim.Hop{Op: sim.OpStation, Form: w.form}
	pairs := b.pairs
	if b.shared {
		pairs *= r.Scenario.Rack.Servers
	}
	if r.rdma.blocks == nil {
		r.rdma.blocks, r.rdma.places = map[string]*rdma.Block{}, map[string]int32{}
	}
	for i := range b.chips {
		name := asic.ChipName(b.card, i, b.chips) + ".rdma"
		if r.rdma.blocks[name] == nil {
			r.rdma.blocks[name] = rdma.NewBlock(name, &r.Profile.RDMA, pairs, r.contextRead())
			r.rdma.places[name] = r.AddStation(r.rdma.blocks[name])
			if !r.Scenario.Run.Cold {
				r.rdma.blocks[name].Warm()
			}
		}
		if i == 0 {
			hop.Node = r.rdma.places[name]
		}
	}
	if b.chips > 1 {
		hop.Stride = 1
	}
	w.Hops = append(w.Hops, hop)
	return w
}

// contextRead is how long the read of a queue pair's context takes.
func (r *Rack) contextRead() units.Duration {
	if r.Profile.RDMA.ContextHome.Value == "memory" {
		return r.Profile.DSN.Memory.Access.Value
	}
	return r.Profile.PCIe.RootComplexRead.Value + r.link.Rate().TimeToSend(r.link.CompletionWireBytes(r.Profile.RDMA.QPContext.Value))
}

// The visits to the slot, without the descriptors of packets. A card takes the form that its packets have in host memory, so
// that sizes there are the same in both forms.

func (w *PathBuilder) rawWrite(b *RDMAEndpoint) *PathBuilder {
	return w.plain().upward(b.slot, adapter.Raw)
}

func (w *PathBuilder) rawRead(b *RDMAEndpoint) *PathBuilder {
	return w.plain().upward(b.slot, adapter.Ask).delay("root complex", b.slot.Times.Read).special(b.slot.down, adapter.Bare)
}

// paced is the sender at the far side of the spine: no faster than the uplink, and with a queue of its own.
func (b *RDMAEndpoint) paced(sender string) *PathBuilder {
	up := b.rack.Scenario.Rack.Uplink
	spec := hw.EthernetPort(of(sender, b.server), up, 0, stats.DropSpineQueue)
	w := b.rack.from(sender, packet.Tunnelled).wire(b.rack.station(spec), up)
	w.Hops = append(w.Hops, sim.Hop{Op: sim.OpCutThrough, Name: b.rack.Label("spine, cut through")})
	in := b.toCard()
	return w.steps(in.Hops)
}

// The legs of RDMA. Sizes on the network are the Tunnelled form, those in memory the Plain one.

// Arrive is the leg from the remote client to the card's block.
func (b *RDMAEndpoint) Arrive() []sim.Hop { return b.paced("client.port").block(b).Hops }

// Leave is the leg from the card to the remote client.
func (b *RDMAEndpoint) Leave() []sim.Hop { return b.toSpine(b.sending(b.start())).Hops }

// Fetch is a read of the server's memory, Store a write to it.
func (b *RDMAEndpoint) Fetch() []sim.Hop { return b.start().rawRead(b).Hops }

// Store is a write to the server's memory.
func (b *RDMAEndpoint) Store() []sim.Hop { return b.start().rawWrite(b).Hops }

// sending is the block on the way out.
func (b *RDMAEndpoint) sending(w *PathBuilder) *PathBuilder {
	c := &b.rack.Profile.RDMA
	return w.each(b, ".rdma-send", station.Spec{Cost: station.Held(c.Packet.Value), Latency: c.Latency.Value})
}

// The legs of storage.

// Submit is a command on its way from the server to the card's controller: doorbell, and a read of the queue.
func (b *RDMAEndpoint) Submit() []sim.Hop {
	s := &b.rack.Profile.Storage
	w := b.start().delay("doorbell", b.rack.Profile.PCIe.Doorbell.Value).rawRead(b)
	return w.each(b, ".nvme", station.Spec{Servers: s.Controllers.Value, Cost: station.Held(s.Command.Value)}).Hops
}

// Engines says which of a card's engines data go through.
type Engines struct{ Encrypt, Compress bool }

// Take is data on their way from the server's memory through the engines. The Tunnelled form is the size behind them.
func (b *RDMAEndpoint) Take(e Engines) []sim.Hop {
	w := b.start().rawRead(b)
	if e.Compress {
		w.each(b, ".compress", station.Spec{Cost: station.Transfer{Rate: b.rack.Profile.Storage.CompressRate.Value}.Cost()})
	}
	if e.Encrypt {
		w.tunnelled().each(b, ".xts", b.xts())
	}
	return w.Hops
}

// Put is data on their way back through the engines to the server's memory.
func (b *RDMAEndpoint) Put(e Engines) []sim.Hop {
	w := b.start()
	if e.Encrypt {
		w.each(b, ".xts", b.xts())
	}
	if w.plain(); e.Compress {
		w.each(b, ".decompress", station.Spec{Cost: station.Transfer{Rate: b.rack.Profile.Storage.DecompressRate.Value}.Cost()})
	}
	return w.rawWrite(b).Hops
}

// xts declares the cores that cipher data for drives. Both directions share them.
func (b *RDMAEndpoint) xts() station.Spec {
	s := &b.rack.Profile.Storage
	work := station.Work{Clock: b.rack.Profile.DSN.Crypto.Clock.Value, Cycles: s.XTSSetup.Value,
		Chunk: units.Bytes(max(1, s.XTSBytes.Value)), CyclesPerChunk: 1}
	return station.Spec{Servers: s.XTSCores.Value, Cost: work.Cost()}
}

// Order is a command, and the data that go with it, on their way to the target.
func (b *RDMAEndpoint) Order() []sim.Hop {
	return b.toSpine(b.sending(b.start())).delay("target", b.rack.Profile.Storage.Target.Value).Hops
}

// Work is a command at the target's drives, of so many for the server's workload of a name.
func (b *RDMAEndpoint) Work(workload string, write bool, drives int) []sim.Hop {
	s := &b.rack.Profile.Storage
	name, lanes, time := ".drives.read", s.ReadLanes.Value, s.Read.Value
	if write {
		name, lanes, time = ".drives.write", s.WriteLanes.Value, s.Write.Value
	}
	n := b.rack.station(station.Spec{Name: of(workload+name, b.server), Servers: lanes * drives, Cost: station.Held(time)})
	return b.rack.from("target", packet.Tunnelled).visit(n).Hops
}

// Move is data between the drives and the target's memory.
func (b *RDMAEndpoint) Move(workload string, drives int) []sim.Hop {
	n := b.rack.station(station.Spec{Name: of(workload+".drives.bus", b.server),
		Cost: station.Transfer{Rate: b.rack.Profile.Storage.DriveRate.Value * units.Rate(drives)}.Cost()})
	return b.rack.from("target", packet.Tunnelled).visit(n).Hops
}

// Reply is what the target sends, on its way to the card's block.
func (b *RDMAEndpoint) Reply() []sim.Hop {
	w := b.rack.from("target", packet.Tunnelled).delay("target", b.rack.Profile.Storage.Target.Value)
	return w.steps(b.paced("target.port").block(b).Hops).Hops
}

// Complete is a completion on its way to the server's memory, until its driver sees it.
func (b *RDMAEndpoint) Complete() []sim.Hop {
	return b.start().rawWrite(b).delay("PCIe write until visible", b.rack.Profile.PCIe.MemoryWrite.Value).Hops
}
