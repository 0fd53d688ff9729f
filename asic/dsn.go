package asic

import (
	"fmt"

	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// DSN is a row of equal chips in an engine. A packet is served by the one that the last OpSelect chose.
type DSN struct {
	chain         *Chain
	pipeline      sim.Hop // the stages and the deparser
	parser        int32   // station of the first chip
	flows, crypto int32   // Specials of the first chip
	memories      []*flowMemory
	complexes     []*crypto
	governed      *governed // nil where the clocks stay
	encrypted     *sim.Hop  // the programs on the encrypted side, nil without
	handshakes    *handshakes
	keyed         int32 // the Special of handshakes
}

// How far apart the same parts of two neighbouring chips are: each chip adds one station and two Specials.
const (
	stationStride = 1
	specialStride = 2
)

// New adds count chips that run chain to an engine.
func New(e *sim.Engine, p *profile.Profile, chain *Chain, name string, count int) *DSN {
	d := &DSN{chain: chain, pipeline: pipelineHop(&p.DSN, chain)}
	for i := range count {
		chip := ChipName(name, i, count)
		parser := e.AddStation(parserSpec(chip, &p.DSN))
		memory := newFlowMemory(chip, &p.DSN)
		d.memories = append(d.memories, memory)
		memory.learner = newInserter(chip, &p.DSN, chain.Insertion)
		if chain.Insertion == ByUpcall {
			memory.upcalls = newUpcalls(&p.DSN.ARM)
		}
		if memory.tables = chain.FlowTable; memory.tables {
			memory.reads = chain.Map.MemoryReads()
		}
		flows := e.AddSpecial(memory)
		ciphers := chain.Sizes.ciphers(p.DSN)
		complex := newCrypto(chip, &ciphers, memory.mem)
		if p.DSN.Crypto.SAHome.Value == "host" {
			complex.contexts = newHostContexts(p.DSN.Crypto.SAReads.Value, p.PCIe.RootComplexRead.Value)
		}
		memory.shared = chain.FlowTable && chain.Crypto && complex.contexts.mem != nil
		complex.shared = memory.shared
		d.complexes = append(d.complexes, complex)
		crypto := e.AddSpecial(complex)
		if i == 0 {
			d.parser, d.flows, d.crypto = parser, flows, crypto
		}
	}
	if s := chain.Keying; s != nil {
		d.handshakes = newHandshakes(name, &p.DSN.Asymmetric, s, count, uint32(chain.Sizes.Tunnels/2))
		d.keyed = e.AddSpecial(d.handshakes)
	}
	return d
}

// cipher is the way through the crypto complex, once the packet's tunnel has keys.
func (d *DSN) cipher(hops []sim.Hop) []sim.Hop {
	if d.handshakes != nil {
		hops = append(hops, sim.Hop{Op: sim.OpSpecial, Node: d.keyed})
	}
	return append(hops, d.special(d.crypto))
}

// ChipName is what the stations of chip i of a row of count have before their own names.
func ChipName(name string, i, count int) string {
	if count == 1 {
		return name
	}
	return fmt.Sprintf("%s[%d]", name, i)
}

// parserSpec declares the parser: it reads the headers a number of bytes a cycle, takes a packet each initiation
// interval at most, and holds what waits in the ingress buffer.
func parserSpec(name string, d *profile.DSN) sim.Spec {
	work := sim.Work{Clock: d.Clock.Value, Chunk: units.Bytes(d.ParserBytesPerCycle.Value), CyclesPerChunk: 1,
		MinCycles: d.InitiationInterval.Value}
	return sim.Spec{Name: name + ".parser", Cost: work.Cost(), Clock: d.Clock.Value,
		LatencyCycles: d.ParserLatency.Value, Room: sim.Room{Bytes: d.IngressBuffer.Value},
		DropReason: uint8(stats.DropDSNQueue)}
}

// pipelineHop is the way through the stages and the deparser. It is a fixed time: the stages take a packet each
// initiation interval, and the parser, which alone feeds them, is never faster than that.
func pipelineHop(d *profile.DSN, chain *Chain) sim.Hop {
	return sim.Hop{Op: sim.OpDelay, Delay: d.Clock.Value.Span(pipelineCycles(d, chain)),
		Name: fmt.Sprintf("match-action, %d of %d stages", len(chain.Stages), d.Stages.Value)}
}

func pipelineCycles(d *profile.DSN, chain *Chain) units.Cycles {
	return chain.Latency + d.DeparserLatency.Value
}

// Inbound returns the hops of a packet from the network: as it came in on the wire, to what the VM gets. The
// hops that copy it are those of CopyHops.
func (d *DSN) Inbound() []sim.Hop {
	hops := []sim.Hop{{Op: sim.OpEnterChain}}
	headers := d.tunnelHeaders()
	for _, s := range d.chain.Services {
		if s.Crypto {
			hops = append(hops, d.pass(packet.Tunnelled, s.TunnelHeader)...)
			hops = d.onEncrypted(hops)
			hops = d.opened(hops, 1<<stats.DropNoSA|1<<stats.DropReplay) // before the cipher: RFC 4303, section 3.4.3
			hops = d.opened(d.cipher(hops), 1<<stats.DropAuth)
			headers -= s.TunnelHeader
		}
	}
	hops = d.opened(append(hops, d.pass(packet.Plain, headers)...), 1<<stats.DropTunnel)
	return append(d.filter(append(d.flowLookup(hops), CopyHops(d.chain.names(), steps.Clear)...)), sim.Hop{Op: sim.OpLeaveChain})
}

// Outbound returns the hops of a packet from a VM, the reverse of Inbound.
func (d *DSN) Outbound() []sim.Hop {
	hops := append([]sim.Hop{{Op: sim.OpEnterChain}}, d.pass(packet.Plain, 0)...)
	hops = d.filter(append(d.flowLookup(hops), CopyHops(d.chain.names(), steps.Clear)...))
	for _, s := range d.chain.Services {
		if s.Crypto {
			hops = append(d.cipher(hops), d.pass(packet.Tunnelled, s.TunnelHeader)...)
			hops = d.onEncrypted(hops)
		}
	}
	return append(hops, sim.Hop{Op: sim.OpLeaveChain})
}

// pass is one way through the pipeline with the given bytes of tunnel headers in front of the tenant's.
func (d *DSN) pass(form packet.Form, tunnel units.Bytes) []sim.Hop {
	hops := []sim.Hop{{Op: sim.OpVisit, Node: d.parser, Stride: stationStride, Form: form, Bytes: uint32(max(1, tunnel))}}
	if d.governed != nil {
		return hops // the station's latency has the stages
	}
	return append(hops, d.pipeline)
}

func (d *DSN) flowLookup(hops []sim.Hop) []sim.Hop {
	if d.chain.FlowTable || d.memories[0].program != nil {
		hops = append(hops, d.special(d.flows))
	}
	return hops
}

// filter drops the packets that firewall and route refuse, before they are encrypted or delivered.
func (d *DSN) filter(hops []sim.Hop) []sim.Hop {
	if d.chain.Filters() {
		hops = append(hops, sim.Hop{Op: sim.OpFilter, Name: "filter"})
	}
	return hops
}

// opened drops the packets whose tunnels cannot be opened for one of some reasons.
func (d *DSN) opened(hops []sim.Hop, reasons uint32) []sim.Hop {
	if d.chain.Opens {
		hops = append(hops, sim.Hop{Op: sim.OpFilter, Name: "tunnel end", Bytes: ^reasons})
	}
	return hops
}

func (d *DSN) special(n int32) sim.Hop {
	return sim.Hop{Op: sim.OpSpecial, Node: n, Stride: specialStride}
}

// tunnelHeaders returns the header bytes of all tunnels.
func (d *DSN) tunnelHeaders() units.Bytes {
	var n units.Bytes
	for _, s := range d.chain.Services {
		n += s.TunnelHeader
	}
	return n
}
