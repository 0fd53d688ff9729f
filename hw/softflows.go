package hw

import (
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Megaflows is the table of flows that the virtual switch of a server has been told of by its slow path. All its cores look
// into it.
type Megaflows struct {
	table   *LRU
	pending map[uint64]units.Time // installed from then on
}

// NewMegaflows returns a table of a number of flows.
func NewMegaflows(entries int) *Megaflows {
	return &Megaflows{table: NewLRU(entries), pending: map[uint64]units.Time{}}
}

// known reports whether a flow is in the table at an instant.
func (m *Megaflows) known(at units.Time, key uint64) bool {
	if !m.table.Find(key) {
		return false
	}
	ready, waits := m.pending[key]
	if waits && at.Before(ready) {
		return false
	}
	if waits {
		delete(m.pending, key)
	}
	return true
}

// install enters a flow from an instant on.
func (m *Megaflows) install(key uint64, ready units.Time) {
	if before, waits := m.pending[key]; waits && before.Before(ready) && m.table.Find(key) {
		return // requested twice
	}
	if gone, evicted := m.table.Add(key); evicted {
		delete(m.pending, gone)
	}
	m.pending[key] = ready
}

// flowKey names a flow among all sources.
func flowKey(source int, flow uint32) uint64 { return uint64(source)<<32 | uint64(flow) }

// FlowCache is where a core of a virtual switch finds the flow of a packet: in its cache of exact matches, else in the table
// of the server, which takes longer, else by an upcall.
type FlowCache struct {
	// Exact is the core's own cache, or one for all cores.
	Exact *Cache
	// All is the server's.
	All *Megaflows
	// Of is how many cores look into All, and ExactOf into Exact; 0 means one.
	Of, ExactOf int
	// Cold says that no flow is known when the run begins.
	Cold bool
	// Search is what a look into All takes.
	Search units.Duration
	// Looked, Hit and Upcalls count in the measured window.
	Looked, Hit, Upcalls int64
}

// find looks the packet's flow up, sends the packet to the slow path if no table has it, and returns how long a core
// searches. measured says that it counts.
func (f *FlowCache) find(at units.Time, p *packet.Packet, measured bool) units.Duration {
	key := flowKey(p.Source(), p.Flow)
	if measured {
		f.Looked++
	}
	// A flow that is not installed yet is in no cache either: its entry is made by the first packet that finds it.
	if !f.All.known(at, key) {
		p.Upcall = true
		if measured {
			f.Upcalls++
		}
		return f.Search
	}
	if f.Exact.Touch(key) {
		if measured {
			f.Hit++
		}
		return 0
	}
	return f.Search
}

// misses returns the shares of packets that are not in the exact match cache and in no table, when the flows of a population
// are equally likely.
func (f *FlowCache) misses(of sim.Population) (exact, all float64) {
	fresh := float64(of.Fresh) / float64(units.Whole)
	if flows := of.Flows * int64(max(1, f.Of)); flows > int64(f.All.table.Most()) {
		all = float64(flows-int64(f.All.table.Most())) / float64(flows)
	}
	exact = float64(f.Exact.MissShare(of.Flows*int64(max(1, f.ExactOf)))) / float64(units.Whole)
	return min(1, max(exact, all)+fresh), min(1, all+fresh)
}

// SlowPath decides about flows that no table knows: threads of the host with one queue, which holds the packets
// meanwhile. Packets whose flows are known pass by. It is sim.Station.
type SlowPath struct {
	station.Server
	name  string
	each  units.Duration
	flows *Megaflows
}

// NewSlowPath returns the slow path of a server: threads that need a time for each upcall, a queue of packets, and the
// table that they fill.
func NewSlowPath(name string, threads, queue int, each units.Duration, flows *Megaflows) *SlowPath {
	return &SlowPath{station.NewServer(threads, station.Room{Packets: queue}), name, each, flows}
}

// Serve decides about a flow that is in no table and enters it; packets without an upcall pass.
func (s *SlowPath) Serve(at units.Time, p *packet.Packet) (station.Visit, bool) {
	if !p.Upcall {
		return station.Visit{Start: at, Leave: at, Out: at}, true
	}
	start, ok := s.Start(at, p.Bytes[packet.Tunnelled])
	if !ok {
		return station.Visit{}, false
	}
	leave := start.Add(s.each)
	s.Finish(at, start, leave)
	s.flows.install(flowKey(p.Source(), p.Flow), leave)
	p.Upcall = false
	return station.Visit{Start: start, Leave: leave, Out: leave}, true
}

func (s *SlowPath) Name() string { return s.name }

// DropReason implements sim.Station: a packet is lost that finds no place in the queue.
func (s *SlowPath) DropReason() uint8 { return uint8(stats.DropUpcallQueue) }

// Ordered implements sim.Station: packets whose flows are known overtake those that wait.
func (s *SlowPath) Ordered() bool { return false }

// Shares implements sim.Sharing: the cores look into the table that it fills.
func (s *SlowPath) Shares() bool { return true }

func (s *SlowPath) Usage() []station.Usage {
	return []station.Usage{s.Server.Usage(s.name, s.DropReason())}
}

// Holds implements sim.Capable: the share of packets that need an upcall.
func (s *SlowPath) Holds(_ *packet.Packet, of sim.Population) []units.Duration {
	_, all := (&FlowCache{Exact: &Cache{}, All: s.flows}).misses(of)
	return []units.Duration{units.Duration(all * float64(s.each))}
}
