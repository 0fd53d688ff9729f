package asic

import (
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/hw"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// memory is a row of memory channels. An address belongs to one channel; an access holds it for a while and brings
// its data later.
type memory struct {
	channels []sim.Server
	hold     units.Duration
	access   units.Duration
}

func newMemory(m *profile.Memory, channels int, room sim.Room) memory {
	mem := memory{hold: m.Occupancy.Value, access: m.Access.Value, channels: make([]sim.Server, max(1, channels))}
	for i := range mem.channels {
		mem.channels[i] = sim.NewServer(1, room)
	}
	return mem
}

// read returns when one access for key starts and when its data are there, or false when the channel's queue is full.
// n is how many times in a row the channel is held.
func (m *memory) read(at units.Time, key uint64, n int) (start, data units.Time, ok bool) {
	ch := &m.channels[int(((rng.Mix(key+1)>>32)*uint64(len(m.channels)))>>32)]
	start, ok = ch.Start(at, 0)
	if !ok {
		return start, start, false
	}
	hold := m.hold * units.Duration(n)
	ch.Finish(at, start, start.Add(hold))
	return start, start.Add(max(m.access, hold)), true
}

// chase is read for n accesses of which each needs the answer of the one before: a search in a tree. All of them are
// charged to one channel when the first comes, though a tree spreads over the channels and over time: the load is right
// in sum.
func (m *memory) chase(at units.Time, key uint64, n int) (start, data units.Time, ok bool) {
	start, data, ok = m.read(at, key, n)
	return start, units.Later(data, start.Add(m.access*units.Duration(n))), ok
}

func (m *memory) measure(from, to units.Time) {
	for i := range m.channels {
		m.channels[i].Measure(from, to)
	}
}

// usage reports the channels as one resource.
func (m *memory) usage(name string) sim.Usage {
	sum := m.channels[0].Usage(name, uint8(stats.DropMemoryQueue))
	for i := range m.channels[1:] {
		u := m.channels[i+1].Usage(name, 0)
		sum.Servers++
		sum.Visits += u.Visits
		sum.Drops += u.Drops
		sum.Busy += u.Busy
		sum.Service += u.Service
		sum.Wait += u.Wait
		sum.MaxWait = max(sum.MaxWait, u.MaxWait)
	}
	return sum
}

// flowMemory is the tables in memory, the flow table first, and what they answered for recent flows in a cache on the chip.
// A packet whose flow is on the chip goes on at once; another waits for the memory, and those behind it wait with it,
// since a flow's packets must stay in order.
type flowMemory struct {
	name  string
	cache *hw.Cache
	mem   memory
	reads int // accesses of a flow that is not on the chip, one after the other
	last  units.Time
	// tracker is the flow table of a stateful firewall; without it each flow of a source has an entry.
	tracker *policy.Tracker
	learner learner
}

func newFlowMemory(name string, d *profile.DSN) *flowMemory {
	return &flowMemory{
		name:    name + ".flow-memory",
		reads:   1,
		cache:   hw.NewCache(d.FlowCache.Entries.Value, d.FlowCache.Ways.Value),
		mem:     newMemory(&d.Memory, d.Memory.Channels.Value, sim.Room{Packets: d.Memory.Queue.Value}),
		learner: newLearner(name, &d.Learner),
	}
}

// Serve is sim.Special.
func (f *flowMemory) Serve(at units.Time, p *packet.Packet) (sim.Visit, bool) {
	start, done := at, at
	key := uint64(p.Source())<<32 | uint64(p.Flow)
	verdict := policy.Known
	if f.tracker != nil {
		if verdict, key = f.tracker.Look(at, p); verdict == policy.Bypass {
			f.last = units.Later(f.last, at)
			return sim.Visit{Start: at, Leave: at, Out: f.last}, true
		}
	}
	if verdict != policy.Known || !f.cache.Touch(key) {
		var ok bool
		if start, done, ok = f.mem.chase(at, key, f.reads); !ok {
			return sim.Visit{}, false
		}
	}
	if verdict == policy.Fresh {
		f.learn(at, p)
	}
	f.last = units.Later(f.last, done)
	return sim.Visit{Start: start, Leave: done, Out: f.last}, true
}

// Name is sim.Special.
func (f *flowMemory) Name() string { return f.name }

// DropReason is sim.Special.
func (f *flowMemory) DropReason() uint8 { return uint8(stats.DropMemoryQueue) }

// Ordered is sim.Special.
func (f *flowMemory) Ordered() bool { return true }

// Measure is sim.Special.
func (f *flowMemory) Measure(from, to units.Time) {
	f.mem.measure(from, to)
	f.learner.Measure(from, to)
}

// Usage is sim.Special.
func (f *flowMemory) Usage() []sim.Usage {
	list := []sim.Usage{f.mem.usage(f.name)}
	if f.tracker != nil {
		u := f.learner.Usage(f.learner.name, 0)
		u.Drops = 0 // flows, not packets: the tracker counts them
		list = append(list, u)
	}
	return list
}
