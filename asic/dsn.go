package asic

import (
	"fmt"

	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// DSN is a row of equal chips in an engine. A packet is served by the one that the last OpSelect chose.
type DSN struct {
	chain      *Chain
	stages     sim.Hop
	parser     int32       // the first chip's: a station, or a scheduler where packets come back from a cipher
	deparser   int32       // the first chip's station
	stride     int32       // how far apart the same stations of two neighbouring chips are
	pipelines  []*pipeline // where packets come back
	passes     []onePass
	flows      int32 // the first chip's station
	contexts   int32 // and that in front of its crypto complex
	crypto     int32 // the first chip's scheduler, where the chain ciphers
	punt       int32 // -1 without
	specials   int32 // of each chip
	memories   []*flowMemory
	complexes  []*crypto
	governed   *governed // nil where the clocks stay
	encrypted  *sim.Hop  // the programs on the encrypted side, nil without
	handshakes []*handshakes
	label      func(name string) sim.Label // of a hop
	keyed      sim.Hop                     // to those of the chip
}

// New adds count chips that run chain to an engine.
func New(e *sim.Engine, p *profile.Profile, chain *Chain, name string, count int) *DSN {
	d := &DSN{chain: chain, stages: stagesHop(e, &p.DSN, chain), label: e.Label, punt: -1, specials: 3, stride: 2}
	if chain.Punts {
		d.specials++
	}
	if chain.Crypto {
		d.specials++ // the pipeline
		d.stride = 1
	}
	for i := range count {
		chip := ChipName(name, i, count)
		parser, deparser := d.addPipeline(e, chip, &p.DSN)
		memory := newFlowMemory(chip, &p.DSN)
		d.memories = append(d.memories, memory)
		memory.learner = newInserter(chip, &p.DSN, chain.Insertion)
		if chain.Insertion == ByUpcall {
			memory.upcalls = newUpcalls(&p.DSN.ARM)
		}
		if memory.tables = chain.FlowTable; memory.tables {
			memory.reads = chain.Map.MemoryReads()
		}
		flows := e.AddStation(memory)
		contexts, crypto := d.addComplex(e, chip, p, memory)
		if i == 0 {
			d.parser, d.deparser, d.flows, d.contexts, d.crypto = parser, deparser, flows, contexts, crypto
		}
		if chain.Punts {
			d.punt = e.AddStation(newPunt(chip, &p.DSN.Parser)) - int32(i)*d.specials
		}
	}
	d.addHandshakes(e, p, name, count)
	return d
}

// addPipeline adds the parser and the deparser of a chip.
func (d *DSN) addPipeline(e *sim.Engine, chip string, p *profile.DSN) (parser, deparser int32) {
	first, last := parserSpec(chip, p), deparserSpec(chip, p)
	if !d.chain.Crypto {
		return e.AddFIFO(first), e.AddFIFO(last)
	}
	line := newPipeline(&first, &last, p.Stages.Value, &d.passes)
	d.pipelines = append(d.pipelines, line)
	return e.AddScheduler(line.turns(first.Room)), e.AddFIFO(last)
}

// addComplex adds the crypto complex of a chip, which some chains do not use.
func (d *DSN) addComplex(e *sim.Engine, chip string, p *profile.Profile, m *flowMemory) (contexts, cores int32) {
	constants := ciphers(&d.chain.Sizes, p.DSN)
	c := newCrypto(chip, &constants, d.chain.cipher(), d.chain.Sizes.KeyBits)
	home := newContexts(&constants, m.mem)
	if p.DSN.Crypto.SAHome.Value == "host" {
		home = newHostContexts(&p.DSN, p.PCIe.RootComplexRead.Value)
	}
	cache := newContextCache(c, &constants, home)
	m.shared = d.chain.FlowTable && d.chain.Crypto && home.mem != nil && !c.derives()
	cache.keyed = d.chain.Keying != nil
	d.complexes = append(d.complexes, c)
	if d.chain.Crypto {
		cores = e.AddScheduler(c.turns())
		cache.turns = e.Scheduler(cores)
	} else {
		cores = e.AddStation(c)
	}
	return e.AddStation(cache), cores
}

// cipher is the way through the crypto complex for a kind of visit, once the packet's tunnel has keys.
func (d *DSN) cipher(hops []sim.Hop, kind uint8) []sim.Hop {
	if len(d.handshakes) > 0 {
		hops = append(hops, d.keyed)
	}
	context := d.special(d.contexts)
	context.Other = kind
	return append(hops, context, sim.Hop{Op: sim.OpQueue, Node: d.crypto, Stride: turnsOfChip, Other: kind, Form: packet.Tunnelled})
}

// turnsOfChip is how many schedulers a chip that ciphers has: in front of its pipeline and of its crypto cores.
const turnsOfChip = 2

// ChipName is what the stations of chip i of a row of count have before their own names.
func ChipName(name string, i, count int) string {
	if count == 1 {
		return name
	}
	return fmt.Sprintf("%s[%d]", name, i)
}

// parserSpec declares the parser: it reads the headers a number of bytes a cycle, takes a packet each initiation
// interval at most, and holds what waits in the ingress buffer.
func parserSpec(name string, d *profile.DSN) station.Spec {
	work := station.Work{Clock: d.Clock.Value, Chunk: units.Bytes(d.ParserBytesPerCycle.Value), CyclesPerChunk: 1,
		MinCycles: d.InitiationInterval.Value}
	return station.Spec{Name: name + ".parser", Cost: work.Cost(), Clock: d.Clock.Value,
		LatencyCycles: d.ParserLatency.Value, Room: station.Room{Bytes: d.IngressBuffer.Value},
		DropReason: uint8(stats.DropDSNQueue)}
}

// deparserSpec declares the deparser, which writes the headers a number of bytes a cycle. Packets come to it from the
// stages, in step, so its queue is the parser's.
func deparserSpec(name string, d *profile.DSN) station.Spec {
	work := station.Work{Clock: d.Clock.Value, Chunk: units.Bytes(d.Parser.DeparserBytes.Value), CyclesPerChunk: 1,
		MinCycles: d.InitiationInterval.Value}
	return station.Spec{Name: name + ".deparser", Cost: work.Cost(), Clock: d.Clock.Value,
		LatencyCycles: d.DeparserLatency.Value, Room: station.Room{Bytes: d.IngressBuffer.Value},
		DropReason: uint8(stats.DropDSNQueue)}
}

// stagesHop is the way through the stages. It is a fixed time: the stages take a packet each initiation interval, and the
// parser, which alone feeds them, is never faster than that.
func stagesHop(e *sim.Engine, d *profile.DSN, chain *Chain) sim.Hop {
	return sim.Hop{Op: sim.OpDelay, Delay: d.Clock.Value.Span(chain.Latency),
		Name: e.Label(fmt.Sprintf("match-action, %d of %d stages", len(chain.Stages), d.Stages.Value))}
}

// Inbound returns the hops of a packet from the network: as it came in on the wire, to what the VM gets. The
// hops that copy it are those of CopyHops.
func (d *DSN) Inbound() []sim.Hop {
	hops := []sim.Hop{{Op: sim.OpEnterChain}}
	headers, turn := d.tunnelHeaders(), comingIn
	for _, s := range d.chain.Services {
		if s.Ciphers() {
			hops = d.onEncrypted(append(hops, d.ciphered(turn, s.Headers())...))
			hops = d.decapsulated(hops, 1<<stats.DropNoSA|1<<stats.DropReplay) // before the cipher: RFC 4303, section 3.4.3
			hops = d.decapsulated(d.cipher(hops, toDecrypt), 1<<stats.DropAuth)
			headers, turn = headers-s.Headers(), comingBack
		}
	}
	hops = d.decapsulated(append(hops, d.pass(turn, headers, 0)...), 1<<stats.DropTunnel)
	return append(d.filter(append(d.flowLookup(hops), CopyHops(d.chain.Services, steps.Clear)...)), sim.Hop{Op: sim.OpLeaveChain})
}

// Outbound returns the hops of a packet from a VM, the reverse of Inbound.
func (d *DSN) Outbound() []sim.Hop {
	hops := append([]sim.Hop{{Op: sim.OpEnterChain}}, d.pass(comingIn, 0, d.tunnelHeaders()-d.cipherHeaders())...)
	hops = d.filter(append(d.flowLookup(hops), CopyHops(d.chain.Services, steps.Clear)...))
	for _, s := range d.chain.Services {
		if s.Ciphers() {
			hops = d.onEncrypted(append(d.cipher(hops, toEncrypt), d.ciphered(comingBack, s.Headers())...))
		}
	}
	return append(hops, sim.Hop{Op: sim.OpLeaveChain})
}

// Within returns the hops of a packet from VM to VM that passes one chip only: its chain as Outbound takes it, without the
// tunnels, which servers on one network do not need.
func (d *DSN) Within() []sim.Hop {
	hops := append([]sim.Hop{{Op: sim.OpEnterChain}}, d.pass(comingIn, 0, 0)...)
	hops = d.filter(append(d.flowLookup(hops), CopyHops(d.chain.Services, steps.Clear)...))
	return append(hops, sim.Hop{Op: sim.OpLeaveChain})
}

// Past returns the hops of a packet that no service looks at, on its way between the chip's port and its other blocks: it
// takes the pipeline like any other.
func (d *DSN) Past() []sim.Hop {
	headers := sim.Hop{Form: packet.Tunnelled, Reads: sim.BytesOnly, Bytes: roceHeaders}
	return d.through(comingIn, headers, headers)
}

// roceHeaders is what the parser reads of them: Ethernet, IPv4, UDP and the base transport header of RoCEv2.
const roceHeaders = 14 + 20 + 8 + 12

// pass is one way through the pipeline for a packet whose tenant's headers can be read, with some bytes of tunnel headers
// before them when it comes, and when it goes on.
func (d *DSN) pass(turn int, in, out units.Bytes) []sim.Hop {
	hops := d.through(turn, sim.Hop{Form: packet.Plain, Reads: sim.HeadersOnly, Bytes: uint32(in)},
		sim.Hop{Form: packet.Plain, Reads: sim.HeadersOnly, Bytes: uint32(out)})
	if d.punt >= 0 {
		hops = append(hops[:1:1], append([]sim.Hop{d.special(d.punt)}, hops[1:]...)...)
	}
	return hops
}

// ciphered is one way through the pipeline for a packet whose headers can be read only up to a number of bytes.
func (d *DSN) ciphered(turn int, headers units.Bytes) []sim.Hop {
	read := sim.Hop{Form: packet.Tunnelled, Reads: sim.BytesOnly, Bytes: uint32(headers)}
	return d.through(turn, read, read)
}

// through is one way through parser, stages and deparser, for what the two read and write.
func (d *DSN) through(turn int, read, write sim.Hop) []sim.Hop {
	read.Op, read.Node, read.Stride = sim.OpVisit, d.parser, d.stride
	write.Op, write.Node, write.Stride = sim.OpVisit, d.deparser, d.stride
	if d.chain.Crypto {
		read.Op, read.Stride, read.Other = sim.OpQueue, turnsOfChip, numberOf(&d.passes, onePass{turn, parserViewOf(&read), parserViewOf(&write)})
	}
	if d.governed != nil {
		return []sim.Hop{read, write} // the parser's latency has the stages
	}
	return []sim.Hop{read, d.stages, write}
}

func (d *DSN) flowLookup(hops []sim.Hop) []sim.Hop {
	if d.chain.FlowTable || d.memories[0].program != nil {
		hops = append(hops, d.special(d.flows))
	}
	return hops
}

// filter drops the packets that firewall and route refuse, before they are encrypted or delivered.
func (d *DSN) filter(hops []sim.Hop) []sim.Hop {
	if d.chain.Filters() || d.chain.DropsDeep {
		hops = append(hops, sim.Hop{Op: sim.OpFilter, Name: d.label("filter")})
	}
	return hops
}

// decapsulated drops the packets whose tunnels cannot be opened for one of some reasons.
func (d *DSN) decapsulated(hops []sim.Hop, reasons uint32) []sim.Hop {
	if d.chain.Opens {
		hops = append(hops, sim.Hop{Op: sim.OpFilter, Name: d.label("tunnel end"), Bytes: ^reasons})
	}
	return hops
}

func (d *DSN) special(n int32) sim.Hop {
	return sim.Hop{Op: sim.OpStation, Node: n, Stride: d.specials}
}

// tunnelHeaders returns the header bytes of all tunnels.
func (d *DSN) tunnelHeaders() units.Bytes {
	var n units.Bytes
	for _, s := range d.chain.Services {
		n += s.Headers()
	}
	return n
}

// cipherHeaders returns the headers of the tunnels that cipher.
func (d *DSN) cipherHeaders() units.Bytes {
	var n units.Bytes
	for _, s := range d.chain.Services {
		if s.Ciphers() {
			n += s.Headers()
		}
	}
	return n
}
