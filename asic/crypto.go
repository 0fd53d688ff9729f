package asic

import (
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/hw"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// notCiphered is how much of a tunnelled frame the cipher does not touch: outer Ethernet and IPv4 headers, SPI,
// sequence number and IV, and behind the payload the ICV and the FCS. source: RFC 4303, RFC 4106.
const notCiphered = 14 + 20 + 8 + 8 + 16 + 4

// crypto is the crypto complex: k AES-GCM cores behind one queue, and the contexts of the security associations, the
// recent ones in a cache. A context that is not there is fetched from when its packet comes, while the packet waits in
// the queue. Packets go to the cores in the order in which they came: a core whose packet has no context yet does nothing
// until it has. Packets of one association leave in that order too, as sequence numbers need; those of different ones may
// overtake each other.
type crypto struct {
	name     string
	cores    sim.Server
	dsn      *profile.Crypto
	cost     sim.Cost
	latency  units.Duration
	cache    *hw.Cache
	contexts contexts
	sas      associations
	shared   bool // the memory of the contexts is also that of the flow table
	keyed    bool // associations get their keys in the run
}

// newCrypto returns the complex of a chip with that memory.
func newCrypto(name string, d *profile.DSN, mem *memory) *crypto {
	c := &d.Crypto
	complex := &crypto{
		name:     name + ".crypto",
		dsn:      c,
		cores:    sim.NewServer(c.Cores.Value, sim.Room{Packets: c.Queue.Value}),
		cache:    hw.NewCache(c.SACache.Value, c.SAWays.Value),
		contexts: newContexts(d, mem),
	}
	complex.tune(c.Clock.Value)
	return complex
}

// tune sets the clock of the cores.
func (c *crypto) tune(clock units.Freq) {
	d := c.dsn
	work := sim.Work{Clock: clock, Cycles: d.SetupCycles.Value, Chunk: units.Bytes(max(1, d.BytesPerCycle.Value)), CyclesPerChunk: 1}
	c.cost, c.latency = work.Cost(), clock.Span(d.LatencyCycles.Value)
}

// windowRoom is how many bits of anti-replay window the context of a profile, sa_fetch, has room for.
// source: the assumption at dsn.crypto.sa_fetch, which has 16 B for it.
const windowRoom = 128

// ciphers returns the constants of a chip for the keys and the windows of the associations: AES takes 2 rounds more for
// each 64 bits of key beyond 128 (source: FIPS 197, section 5), and a window beyond the context's room makes that longer.
func ciphers(s *service.Sizes, d profile.DSN) profile.DSN {
	c := &d.Crypto
	if s.KeyBits > 128 {
		c.LatencyCycles.Value += units.Cycles(s.KeyBits-128) / 32 * c.RoundCycles.Value
	}
	c.SAFetch.Value += units.Bytes(max(0, s.Window-windowRoom)+7) / 8
	return d
}

// Serve ciphers a packet, once its association's context is there.
func (c *crypto) Serve(at units.Time, p *packet.Packet) (sim.Visit, bool) {
	n := p.Bytes[packet.Tunnelled] - min(notCiphered, p.Bytes[packet.Tunnelled])
	start, ok := c.cores.Start(at, n)
	if !ok {
		return sim.Visit{}, false
	}
	sa := c.sas.of(p.SA)
	if !c.cache.Touch(uint64(p.SA)) {
		sa.context = c.contexts.fetch(at, uint64(p.SA))
	}
	start = units.Later(start, sa.context)
	leave := start.Add(c.cost.Of(n))
	c.cores.Finish(at, start, leave)
	sa.last = units.Later(sa.last, leave.Add(c.latency))
	return sim.Visit{Start: start, Leave: leave, Out: sa.last}, true
}

func (c *crypto) Name() string { return c.name }

func (c *crypto) DropReason() uint8 { return uint8(stats.DropCryptoQueue) }

// Ordered implements sim.Special. One core finishes one packet after the other.
func (c *crypto) Ordered() bool { return c.cores.Servers() == 1 }

func (c *crypto) Shares() bool { return c.shared }

func (c *crypto) Measure(w sim.Window) {
	c.cores.Measure(w)
	c.contexts.Measure(w)
}

func (c *crypto) Usage() []sim.Usage {
	return []sim.Usage{c.cores.Usage(c.name, c.DropReason()), c.contexts.usage(c.name + "-contexts")}
}

// association is what the complex knows of a security association beside its context.
type association struct {
	last    units.Time // when its last packet leaves: none overtakes it
	context units.Time // when the context that was fetched last is there
}

// associations holds those whose packets have come, by number, in pages, so that a chip that serves a part of a rack's
// associations takes room for that part only.
type associations struct{ pages [][]association }

const saPageBits = 10

// of returns the association of a number, valid until the next call.
func (a *associations) of(sa uint32) *association {
	page := int(sa >> saPageBits)
	for page >= len(a.pages) {
		a.pages = append(a.pages, nil)
	}
	if a.pages[page] == nil {
		a.pages[page] = make([]association, 1<<saPageBits)
	}
	return &a.pages[page][sa&(1<<saPageBits-1)]
}
