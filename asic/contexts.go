package asic

import (
	"github.com/dsnsim/dsnsim/hw"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Burst is how many bytes one memory access brings. source: HBM2 pseudo channel, 64 bit times burst length 4.
const Burst = 32

// contexts is where the contexts of security associations are that the chip has no room for: in its own memory, or in the
// host's, behind PCIe.
type contexts struct {
	mem      *memory // of the chip; nil where they are in the host's
	accesses int     // of the chip's memory that one context takes
	lookups  int     // that wait for each other
	reader   station.Server
	latency  units.Duration // of one read from the host's memory
	station.Ledger
}

// newContexts returns the contexts in a memory of the chip.
func newContexts(d *profile.DSN, mem *memory) contexts {
	return contexts{mem: mem, accesses: int((d.Crypto.SAFetch.Value + Burst - 1) / Burst), lookups: d.Crypto.SALookups.Value, Ledger: station.NewLedger()}
}

// newHostContexts returns contexts in host memory, with a number of reads at a time; one read takes the given time. What a
// read leads to is read while the next context's first read is made.
func newHostContexts(d *profile.DSN, read units.Duration) contexts {
	return contexts{reader: station.NewServer(d.Crypto.SAReads.Value, station.Room{}), latency: read, lookups: d.Crypto.SALookups.Value, Ledger: station.NewLedger()}
}

// contextCache is where a packet gets the context of its association before it waits for a crypto core: recent ones are in a cache, and
// one that is not there is fetched. The packet has its place in the queue of the cores meanwhile.
type contextCache struct {
	contexts
	crypto *crypto
	cache  *hw.Cache
	turns  *sim.Scheduler // in front of the cores, nil where nobody ciphers
	keyed  bool           // associations get their keys in the run
}

func newContextCache(c *crypto, d *profile.DSN, from contexts) *contextCache {
	return &contextCache{contexts: from, crypto: c, cache: hw.NewCache(d.Crypto.SACache.Value, d.Crypto.SAWays.Value)}
}

func (c *contextCache) Serve(at units.Time, p *packet.Packet) (station.Visit, bool) {
	if !c.turns.Admit(at, p) {
		return station.Visit{}, false
	}
	return station.Visit{Start: at, Leave: at, Out: c.get(at, p.SA)}, true
}

// get returns when the context of an association is there for a packet that comes at an instant.
func (c *contextCache) get(at units.Time, number uint32) units.Time {
	if c.crypto.derives() {
		return at
	}
	sa := c.crypto.sas.of(number)
	if !c.cache.Touch(uint64(number)) {
		sa.context = c.fetch(at, uint64(number))
	}
	return units.Later(at, sa.context)
}

func (c *contextCache) Name() string { return c.crypto.name + "-contexts" }

// DropReason implements sim.Station: a packet finds no room in the queue of the cores.
func (c *contextCache) DropReason() uint8 { return c.crypto.DropReason() }

func (c *contextCache) Ordered() bool { return false }

// Shares implements sim.Sharing: the room in the queues of the cores, and the chip's memory.
func (c *contextCache) Shares() bool { return c.turns != nil }

func (c *contextCache) Usage() []station.Usage {
	if c.crypto.derives() {
		return nil
	}
	return []station.Usage{c.usage(c.Name())}
}

// fetch returns when a context requested at an instant is there.
func (c *contexts) fetch(at units.Time, sa uint64) units.Time {
	if c.mem != nil {
		return c.mem.fetch(at, sa, c.accesses, c.lookups, &c.Ledger)
	}
	start := c.reader.StartAnyway(at, 0)
	c.reader.Finish(at, start, start.Add(c.latency))
	c.Note(at, start, start.Add(c.latency))
	return start.Add(c.latency * units.Duration(c.lookups))
}

// holds returns how long a fetch holds what serves it.
func (c *contexts) holds() units.Duration {
	if c.mem != nil {
		return c.mem.occupancy * units.Duration(c.accesses)
	}
	return c.latency
}

// usage reports the fetches.
func (c *contexts) usage(name string) station.Usage {
	if c.mem != nil {
		return c.mem.usage(name, &c.Ledger)
	}
	return c.Account(name, c.reader.Servers(), 0)
}
