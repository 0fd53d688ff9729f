package rdma

import (
	"github.com/dsnsim/dsnsim/hw"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Block takes the packets that come to a card. It is a sim.Station: one packet after the other, each with the context of
// its queue pair (packet.Flow), which is in the cache or is read, a few at a time. Packets of one queue pair stay in
// order; packets of other pairs overtake one that waits for its context.
type Block struct {
	station.Server
	name    string
	packet  units.Duration
	latency units.Duration
	cache   *hw.Cache
	reader  station.Server
	read    units.Duration
	reads   station.Ledger
	pairs   []pair
	window  station.Window
	// Looked and Missed count the look-ups in the measured window.
	Looked, Missed uint64
}

// pair is what the block knows of a queue pair.
type pair struct {
	context units.Time // when the context that was read last is there
	last    units.Time // when its last packet leaves
}

// NewBlock returns the block of a card with a number of queue pairs, from 0. read is how long the read of one context
// takes that is not in the cache.
func NewBlock(name string, c *profile.RDMA, pairs int, read units.Duration) *Block {
	return &Block{name: name, packet: c.Packet.Value, latency: c.Latency.Value, Server: station.NewServer(1, station.Room{}),
		cache: hw.NewCache(c.QPCache.Value, c.QPWays.Value), reader: station.NewServer(c.ContextReads.Value, station.Room{}), read: read,
		reads: station.NewLedger(), pairs: make([]pair, pairs)}
}

// Warm has the cache hold the contexts of all queue pairs, as if each had had a message before the run, in their order.
func (b *Block) Warm() {
	for pair := range b.pairs {
		b.cache.Touch(uint64(pair))
	}
}

// Serve never refuses a packet: links are lossless, so the sender waits instead.
func (b *Block) Serve(at units.Time, p *packet.Packet) (station.Visit, bool) {
	start, _ := b.Start(at, p.Bytes[packet.Tunnelled])
	leave := start.Add(b.packet)
	b.Finish(at, start, leave)
	q := &b.pairs[p.Flow]
	hit := b.cache.Touch(uint64(p.Flow))
	if !hit {
		begin := b.reader.StartAnyway(start, 0)
		q.context = begin.Add(b.read)
		b.reader.Finish(start, begin, q.context)
		b.reads.Note(start, begin, q.context)
	}
	b.count(at, hit)
	q.last = units.Later(q.last, units.Later(leave, q.context).Add(b.latency))
	return station.Visit{Start: start, Leave: leave, Out: q.last}, true
}

func (b *Block) count(at units.Time, hit bool) {
	if at.Before(b.window.From) || !at.Before(b.window.To) {
		return
	}
	b.Looked++
	if !hit {
		b.Missed++
	}
}

func (b *Block) Name() string { return b.name }

// DropReason implements sim.Station; nothing is dropped.
func (b *Block) DropReason() uint8 { return uint8(stats.DropDSNQueue) }

func (b *Block) Ordered() bool { return false }

func (b *Block) Measure(w station.Window) {
	b.window = w
	b.Server.Measure(w)
	b.reads.Measure(w)
}

// Usage implements sim.Station: the block, and the readers of contexts.
func (b *Block) Usage() []station.Usage {
	return []station.Usage{b.Server.Usage(b.name, b.DropReason()), b.reads.Account(b.name+"-contexts", b.reader.Servers(), b.DropReason())}
}
