package asic

import (
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

// crypto is the crypto complex: k AES-GCM cores behind one queue, and the contexts of the security associations in
// memory with the recent ones in a cache. A core that has to fetch its context is held meanwhile. Packets leave in
// the order in which they came, as sequence numbers need.
type crypto struct {
	name     string
	cores    sim.Server
	cost     sim.Cost
	latency  units.Duration
	contexts *hw.Cache
	mem      memory
	accesses int // memory accesses that one context takes
	last     units.Time
	from, to units.Time
	bytes    int64 // ciphered in the measured window
}

// burst is how many bytes one memory access brings. source: HBM2 pseudo channel, 64 bit times burst length 4.
const burst = 32

func newCrypto(name string, d *profile.DSN) *crypto {
	c := &d.Crypto
	work := sim.Work{Clock: c.Clock.Value, Cycles: c.SetupCycles.Value, Chunk: units.Bytes(max(1, c.BytesPerCycle.Value)), CyclesPerChunk: 1}
	return &crypto{
		name:     name + ".crypto",
		cores:    sim.NewServer(c.Cores.Value, sim.Room{Packets: c.Queue.Value}),
		cost:     work.Cost(),
		latency:  c.Clock.Value.Span(c.LatencyCycles.Value),
		contexts: hw.NewCache(c.SACache.Value, c.SAWays.Value),
		mem:      newMemory(&d.Memory, 1, sim.Room{}), // never more requests than cores
		accesses: int((c.SAFetch.Value + burst - 1) / burst),
	}
}

// Serve is sim.Special.
func (c *crypto) Serve(at units.Time, p *packet.Packet) (sim.Visit, bool) {
	start, ok := c.cores.Start(at, 0)
	if !ok {
		return sim.Visit{}, false
	}
	leave := start
	if key := uint64(p.SA); !c.contexts.Touch(key) {
		_, leave, _ = c.mem.read(start, key, c.accesses)
	}
	n := p.Bytes[packet.Tunnelled] - min(notCiphered, p.Bytes[packet.Tunnelled])
	if !at.Before(c.from) && at.Before(c.to) {
		c.bytes += int64(n)
	}
	leave = leave.Add(c.cost.Of(n))
	c.cores.Finish(at, start, leave)
	c.last = units.Later(c.last, leave.Add(c.latency))
	return sim.Visit{Start: start, Leave: leave, Out: c.last}, true
}

// Name is sim.Special.
func (c *crypto) Name() string { return c.name }

// DropReason is sim.Special.
func (c *crypto) DropReason() uint8 { return uint8(stats.DropCryptoQueue) }

// Ordered is sim.Special.
func (c *crypto) Ordered() bool { return true }

// Measure is sim.Special.
func (c *crypto) Measure(from, to units.Time) {
	c.from, c.to = from, to
	c.cores.Measure(from, to)
	c.mem.measure(from, to)
}

// Usage is sim.Special.
func (c *crypto) Usage() []sim.Usage {
	cores := c.cores.Usage(c.name, c.DropReason())
	cores.Bytes = c.bytes
	return []sim.Usage{cores, c.mem.usage(c.name + "-contexts")}
}
