package hw

import (
	"math"
	"math/rand/v2"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Core is a polled host CPU core, whose work is cycles per packet and per byte, and which the scheduler
// takes away now and then. Work that is under way when that happens goes on afterwards. Packets wait for it in the rings of Rings. It
// is a sim.Serving.
type Core struct {
	station.Server
	name   string
	clock  units.Freq
	cost   station.Cost
	within station.Cost // of packets WithoutTunnels
	stalls stalls
	// Judge, when set, is called with each packet that finds room in a ring, in time order as they come, and may refuse it. Taken is
	// called when the core takes the packet: policers then meter what the core carries, and not what a ring that fills takes up.
	Judge, Taken Judge
	// Shared says that these share something with other cores' judges.
	Shared bool
	// Copying, when set, returns what the copies of a packet take that these want, in its Copies.
	Copying func(p *packet.Packet) units.Duration
	// Keying, when set, says which handshakes a core makes before a packet.
	Keying Keying
	// Backlog is work that the core has to do first of all, from the start of the run.
	Backlog units.Duration
	// Soft is what a scenario asks of the software; the zero value asks for nothing.
	Soft
}

// Keying makes the handshakes of tunnels.
type Keying interface {
	// Due returns how long a core works on handshakes before a packet that it takes at an instant.
	Due(at units.Time, p *packet.Packet) units.Duration
	// Done is called when a core has done so.
	Done(p *packet.Packet, at units.Time)
}

// Judge decides about packets by their headers.
type Judge interface {
	Judge(at units.Time, p *packet.Packet)
}

// NewCore returns a core that spends work on each packet. rng drives the stalls; it should be the core's own.
func NewCore(name string, h *profile.Host, work station.Work, rng *rand.Rand) *Core {
	work.Clock = h.Clock.Value
	c := &Core{name: name, clock: work.Clock, cost: work.Cost(), stalls: newStalls(&h.Stall, rng)}
	c.Server = station.NewServer(1, station.Room{})
	return c
}

// The kinds of visit (sim.Hop.Other): packets from the network, packets from a VM to another that need no tunnel, and packets
// from a VM to the network.
const (
	FromNetwork uint8 = iota
	WithoutTunnels
	FromVM
)

// Rings declares the scheduler in front of a core: a ring for packets from the network and one for packets from VMs, of n places each. The
// core looks into them in turn and takes a packet from each, so that neither starves the other. A packet counts as one at its hop.
// assumed: vSwitches that poll (OVS-DPDK, VPP) take a burst from each port in turn; here the burst is one
func (c *Core) Rings(packets int) sim.SchedulerSpec {
	ring := station.Room{Packets: packets}
	return sim.SchedulerSpec{Name: c.name, By: c, Quantum: 1, DropReason: c.DropReason(),
		Classes: []sim.ClassSpec{FromNetwork: {Name: "network", Room: ring}, WithoutTunnels: {Name: "VM to VM", Room: ring},
			FromVM: {Name: "VM", Room: ring}}}
}

// Without says what the core spends on packets that need no tunnel.
func (c *Core) Without(work station.Work) {
	work.Clock = c.clock
	c.within = work.Cost()
}

// OnCore is the hop to the rings of the first of several cores, for a kind of visit of packets that come in a form.
func OnCore(first int32, kind uint8, form packet.Form) sim.Hop {
	return sim.Hop{Op: sim.OpQueue, Node: first, Stride: 1, Other: kind, Form: form, Reads: sim.BytesOnly, Bytes: 1}
}

func (c *Core) Serve(at units.Time, p *packet.Packet) (station.Visit, bool) {
	c.Came(at, p)
	return c.ServeQueued(at, at, p)
}

// Came implements sim.Serving: an answer that comes behind its question meets the state that the question has made, whichever ring the core
// looks into first.
func (c *Core) Came(at units.Time, p *packet.Packet) {
	if c.Judge != nil {
		c.Judge.Judge(at, p)
	}
}

func (c *Core) ServeQueued(came, at units.Time, p *packet.Packet) (station.Visit, bool) {
	if c.Backlog > 0 {
		c.begin()
	}
	if c.Taken != nil {
		c.Taken.Judge(at, p)
	}
	start, _ := c.Start(at, p.Bytes[packet.Tunnelled])
	work := c.own(p) + c.find(at, p)
	first := units.Duration(0)
	if c.Keying != nil {
		first = c.Keying.Due(at, p)
		work += first
	}
	start, leave := c.turn(came, start, work, p)
	c.FinishQueued(came, start, leave)
	if first > 0 {
		c.Keying.Done(p, leave)
	}
	return station.Visit{Start: start, Leave: leave, Out: leave}, true
}

// begin does the backlog.
func (c *Core) begin() {
	zero := units.Time{}
	start, leave := c.stalls.around(c.StartAnyway(zero, 0), c.Backlog)
	c.Backlog = 0
	c.Finish(zero, start, leave)
}

func (c *Core) Name() string { return c.name }

// DropReason implements sim.Station: a packet without a descriptor in the core's ring is lost.
func (c *Core) DropReason() uint8 { return uint8(stats.DropHostQueue) }

func (c *Core) Ordered() bool { return true }

func (c *Core) OrderedKind(uint8) bool { return true }

func (c *Core) Shares() bool { return c.Shared }

func (c *Core) Usage() []station.Usage {
	return []station.Usage{c.Server.Usage(c.name, c.DropReason())}
}

// stalls is the process that takes a core away: exponential gaps, and lengths drawn from a quantile table. It goes on
// whether packets come or not, so that equal cores see equal stalls whatever their load.
type stalls struct {
	rng   *rand.Rand
	mean  float64 // ps between the end of one stall and the start of the next
	table []profile.StallPoint
	logs  []float64 // of the durations of table
	usual float64   // meanLength
	begin units.Time
	end   units.Time
	parts []*stalls // the two processes that it joins, if it does
}

func newStalls(s *profile.Stall, rng *rand.Rand) stalls {
	st := stalls{rng: rng, mean: float64(s.MeanInterval.Value), begin: units.Forever, end: units.Forever}
	st.draws(s.Durations.Value)
	if st.mean > 0 && len(st.table) > 0 {
		st.end = units.Time{}
		st.next()
	}
	return st
}

// draws says which table lengths are drawn from.
func (s *stalls) draws(table []profile.StallPoint) {
	s.table, s.logs = table, make([]float64, 0, len(table))
	for _, point := range table {
		s.logs = append(s.logs, math.Log(float64(point.Duration)))
	}
	s.usual = s.meanLength()
}

// next draws the stall after the one that ends at s.end.
func (s *stalls) next() {
	if len(s.parts) > 0 {
		s.nextOf()
		return
	}
	s.begin = s.end.Add(units.Duration(s.rng.ExpFloat64() * s.mean))
	s.end = s.begin.Add(s.length())
}

// length draws a stall's length, log-linear between the points of the table.
func (s *stalls) length() units.Duration {
	u := s.rng.Float64() * 1e6
	t := s.table
	for i := 1; i < len(t); i++ {
		if q := float64(t[i].Quantile); u <= q {
			low, high := s.logs[i-1], s.logs[i]
			share := (u - float64(t[i-1].Quantile)) / (q - float64(t[i-1].Quantile))
			return units.Duration(math.Exp(low + share*(high-low)))
		}
	}
	return t[len(t)-1].Duration
}

// around returns when work that could begin at start begins and ends, given the stalls in between.
func (s *stalls) around(start units.Time, work units.Duration) (begin, end units.Time) {
	for !s.end.After(start) {
		s.next()
	}
	if !s.begin.After(start) {
		start = s.end
		s.next()
	}
	end = start.Add(work)
	for s.begin.Before(end) {
		end = end.Add(s.end.Sub(s.begin))
		s.next()
	}
	return start, end
}
