package asic

import (
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/hw"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// memory is a row of memory channels. An address belongs to one channel; an access holds it for a while and brings
// its data later.
type memory struct {
	channels  []station.Server
	occupancy units.Duration
	access    units.Duration
	ageing    *ageing // nil where nothing reads beside the packets
}

func newMemory(m *profile.Memory) *memory {
	mem := &memory{occupancy: m.Occupancy.Value, access: m.Access.Value, channels: make([]station.Server, max(1, m.Channels.Value))}
	for i := range mem.channels {
		mem.channels[i] = station.NewServer(1, station.Room{Packets: m.Queue.Value})
	}
	return mem
}

// read returns when one access for key starts and when its data are there, or false when the channel's queue is full.
// n is how many times in a row the channel is held. The visit goes to the account of who asks.
func (m *memory) read(at units.Time, key uint64, n int, account *station.Ledger) (start, data units.Time, ok bool) {
	ch := m.channel(key, at)
	start, ok = ch.Start(at, 0)
	if !ok {
		account.Refuse(at)
		return start, start, false
	}
	return start, m.hold(ch, at, start, n, account), true
}

// fetch is read for a caller that has room for what waits, so it is never refused. Some of the accesses need the answer of the
// one before; as in chase, all are charged to one channel when the first comes.
func (m *memory) fetch(at units.Time, key uint64, n, chained int, account *station.Ledger) (data units.Time) {
	ch := m.channel(key, at)
	start := ch.StartAnyway(at, 0)
	return units.Later(m.hold(ch, at, start, n, account), start.Add(m.access*units.Duration(chained)))
}

// channel returns the channel of a key for an access at an instant.
func (m *memory) channel(key uint64, at units.Time) *station.Server {
	i := int(uint64(rng.ChooseKey(key, rng.Channel)) * uint64(len(m.channels)) >> 32)
	m.ageing.until(i, at)
	return &m.channels[i]
}

// hold holds a channel n times in a row and returns when the data are there.
func (m *memory) hold(ch *station.Server, at, start units.Time, n int, account *station.Ledger) units.Time {
	hold := m.occupancy * units.Duration(n)
	ch.Finish(at, start, start.Add(hold))
	account.Note(at, start, start.Add(hold))
	account.NoteBytes(uint32(n) * Burst)
	return start.Add(max(m.access, hold))
}

// chase is read for n accesses, each of which needs the answer of the one before: a search in a tree. All of them are
// charged to one channel when the first comes, though a tree spreads over the channels and over time: the load is right
// in sum.
func (m *memory) chase(at units.Time, key uint64, n int, account *station.Ledger) (start, data units.Time, ok bool) {
	start, data, ok = m.read(at, key, n, account)
	return start, units.Later(data, start.Add(m.access*units.Duration(n))), ok
}

// usage reports what one account had of the channels, all of them as one resource. With several accounts, the channels
// are as busy as these together.
func (m *memory) usage(name string, account *station.Ledger) station.Usage {
	return account.Account(name, len(m.channels), uint8(stats.DropMemoryQueue))
}

// flowMemory is the tables in memory, the flow table first, and what they answered for recent flows in a cache on the chip.
// A packet whose flow is on the chip goes on at once; another waits for the memory, and those behind it wait with it,
// since a flow's packets must stay in order.
type flowMemory struct {
	name  string
	chip  string
	cache *hw.Cache
	mem   *memory
	// shared says that the crypto complex reads the same channels.
	shared  bool
	account station.Ledger
	reads   int // accesses of a flow that is not on the chip, one after the other
	last    units.Time
	to      units.Time // the end of the measured window
	// tables says that there are such tables.
	tables bool
	// program is the services that keep state, which say what has an entry; without it each flow of a source has one.
	program *steps.Program
	learner learner
	upcalls *upcalls // nil where the packets that begin flows do not wait
	reason  stats.DropReason
	warming bool // see Warm
}

func newFlowMemory(name string, d *profile.DSN) *flowMemory {
	return &flowMemory{
		name:    name + ".flow-memory",
		chip:    name,
		to:      units.Forever,
		reads:   1,
		tables:  true,
		cache:   hw.NewCache(d.FlowCache.Entries.Value, d.FlowCache.Ways.Value),
		mem:     newMemory(&d.Memory),
		learner: newLearner(name, &d.Learner),
		account: station.NewLedger(),
		reason:  stats.DropMemoryQueue,
	}
}

// Serve judges a packet and charges its flow's look-up: at once from the cache, else by a read of memory.
func (f *flowMemory) Serve(at units.Time, p *packet.Packet) (station.Visit, bool) {
	start, done := at, at
	key := uint64(p.Source())<<32 | uint64(p.Flow)
	var found steps.Found
	if f.program != nil {
		if found = f.program.Look(at, p); found.Keyed {
			key = found.Key
		}
	}
	if f.tables && !found.Skip && (found.New || !f.cache.Touch(key)) {
		var ok bool
		if start, done, ok = f.mem.chase(at, key, f.reads, &f.account); !ok {
			return f.refuse(stats.DropMemoryQueue)
		}
	}
	f.last = units.Later(f.last, done)
	out := f.last
	if f.upcalls != nil {
		var ok bool
		if out, ok = f.decide(at, &found, out); !ok {
			return f.refuse(stats.DropUpcallQueue)
		}
	} else if found.Enter {
		f.learn(at)
	}
	return station.Visit{Start: start, Leave: done, Out: out}, true
}

// decide has a packet that begins a flow, or follows such a one, wait for the chip's cores.
func (f *flowMemory) decide(at units.Time, found *steps.Found, out units.Time) (units.Time, bool) {
	switch {
	case found.Enter:
		f.upcalls.forget(at)
		return f.upcall(out)
	case found.Tracked:
		ready, ok := f.upcalls.behind(at, found.Flow, out)
		if !ok {
			f.learner.Refuse(at)
		}
		return ready, ok
	}
	return out, true
}

func (f *flowMemory) Name() string { return f.name }

func (f *flowMemory) DropReason() uint8 { return uint8(f.reason) }

// Ordered implements sim.Station: packets of other flows overtake those that wait for a core.
func (f *flowMemory) Ordered() bool { return f.upcalls == nil }

func (f *flowMemory) Shares() bool { return f.shared }

func (f *flowMemory) Measure(w station.Window) {
	f.to = w.To
	f.account.Measure(w)
	if f.mem.ageing != nil {
		f.mem.ageing.Measure(w)
	}
	f.learner.Measure(w)
}

func (f *flowMemory) Usage() []station.Usage {
	list := []station.Usage{f.mem.usage(f.name, &f.account)}
	if f.program != nil {
		u := f.learner.Usage(f.learner.name, uint8(stats.DropUpcallQueue))
		if f.upcalls == nil {
			u.Drops, u.DropReason = 0, 0 // flows, not packets: the tracker counts them
		}
		list = append(list, u)
	}
	if f.mem.ageing != nil {
		list = append(list, f.mem.ageing.usage(f.chip+".ageing", f.to))
	}
	return list
}
