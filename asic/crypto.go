package asic

import (
	"crypto/aes"

	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// crypto is the crypto complex: k AES-GCM cores behind a queue for each direction. Packets of a direction go to the cores in the order in
// which their contexts are there. Packets of one association leave in that order too, as sequence numbers need; those of different ones
// may overtake each other. Where keys come with the packets there are no contexts: a core makes the key of each.
type crypto struct {
	name    string
	cores   station.Server
	dsn     *profile.Crypto
	cipher  *service.Cipher
	keyBits int
	cost    [kinds]station.Cost
	latency [kinds]units.Duration
	sas     associations
}

// newCrypto returns the complex of a chip for a cipher with keys of a length.
func newCrypto(name string, d *profile.DSN, cipher *service.Cipher, keyBits int) *crypto {
	c := &d.Crypto
	complex := &crypto{
		name:    name + ".crypto",
		cipher:  cipher,
		keyBits: keyBits,
		dsn:     c,
		cores:   station.NewServer(c.Cores.Value, station.Room{}),
	}
	complex.tune(c.Clock.Value)
	return complex
}

// tune sets the clock of the cores.
func (c *crypto) tune(clock units.Freq) {
	d := c.dsn
	chunk := units.Bytes(max(1, d.BytesPerCycle.Value))
	for kind := range kinds {
		var key service.Derivation
		if c.derives() {
			key = c.cipher.Derive(c.keyBits, kind == toDecrypt)
		}
		blocks := (units.Bytes(key.Blocks)*aes.BlockSize + chunk - 1) / chunk
		work := station.Work{Clock: clock, Cycles: d.SetupCycles.Value + units.Cycles(blocks), Chunk: chunk, CyclesPerChunk: 1}
		c.cost[kind] = work.Cost()
		c.latency[kind] = clock.Span(d.LatencyCycles.Value + units.Cycles(key.Rounds)*d.RoundCycles.Value)
	}
}

// derives reports whether keys come with the packets.
func (c *crypto) derives() bool { return c.cipher.Derive != nil }

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

// The kinds of visit (sim.Hop.Other), which wait apart.
const (
	toDecrypt uint8 = iota
	toEncrypt
	kinds
)

// turns declares the scheduler in front of the cores: each direction has a queue, and they share the cores by bytes, so that a direction
// which is offered more than it carries, here or behind, does not take the turns of the other.
// assumed: an engine whose rings of requests are served in turn; no adapter says how its directions share the cipher
func (c *crypto) turns() sim.SchedulerSpec {
	room := station.Room{Packets: c.dsn.Queue.Value}
	return sim.SchedulerSpec{Name: c.name, By: c, DropReason: c.DropReason(), Admits: true,
		ClassOf: func(p *packet.Packet) int { return int(p.Kind) },
		Classes: []sim.ClassSpec{toDecrypt: {Name: "decrypt", Room: room}, toEncrypt: {Name: "encrypt", Room: room}}}
}

func (c *crypto) Serve(at units.Time, p *packet.Packet) (station.Visit, bool) {
	return c.ServeQueued(at, at, p)
}

func (c *crypto) Came(units.Time, *packet.Packet) {}

func (c *crypto) ServeQueued(came, at units.Time, p *packet.Packet) (station.Visit, bool) {
	n := c.ciphered(p)
	start := c.cores.StartAnyway(at, n)
	leave := start.Add(c.cost[p.Kind].Of(n))
	c.cores.FinishQueued(came, start, leave)
	sa := c.sas.of(p.SA)
	sa.last = units.Later(sa.last, leave.Add(c.latency[p.Kind]))
	return station.Visit{Start: start, Leave: leave, Out: sa.last}, true
}

// ciphered returns how many bytes of a packet are ciphered.
func (c *crypto) ciphered(p *packet.Packet) uint32 {
	return p.Bytes[packet.Tunnelled] - min(uint32(c.cipher.Clear), p.Bytes[packet.Tunnelled])
}

func (c *crypto) NextFree() units.Time { return c.cores.Free() }

func (c *crypto) OrderedKind(uint8) bool { return c.Ordered() }

func (c *crypto) Refuse(at units.Time) { c.cores.Refuse(at) }

func (c *crypto) Name() string { return c.name }

func (c *crypto) DropReason() uint8 { return uint8(stats.DropCryptoQueue) }

// Ordered implements sim.Station. One core finishes one packet after the other.
func (c *crypto) Ordered() bool { return c.cores.Servers() == 1 }

func (c *crypto) Measure(w station.Window) { c.cores.Measure(w) }

func (c *crypto) Usage() []station.Usage {
	return []station.Usage{c.cores.Usage(c.name, c.DropReason())}
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
