package nic

import (
	"github.com/dsnsim/dsnsim/pcie"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Post is the sending rings: the driver posts a packet's descriptor and rings the doorbell, and the card fetches the
// descriptor. Packets that are posted while the driver is ringing share the next doorbell; descriptors that are posted while
// a fetch is under way share the next fetch. What a packet waits for others is the visit's; the latency of one doorbell and
// one fetch comes behind it. It is a sim.Special.
type Post struct {
	card   *Card
	queues []sending
}

// sending is the state of one sending ring.
type sending struct {
	bell   units.Time // when the driver rings, or rang last
	rung   bool
	fetch  units.Time // when the card asks for the last batch of descriptors
	asked  bool
	number int // of descriptors in that batch
}

// ring returns when the doorbell for a packet is rung, and whether it is a new one.
func (q *sending) ring(at units.Time, every units.Duration) (units.Time, bool) {
	if q.rung && !at.After(q.bell) {
		return q.bell, false
	}
	if q.rung {
		at = units.Later(at, q.bell.Add(every))
	}
	q.bell, q.rung = at, true
	return at, true
}

// ask returns when the fetch of a descriptor begins that the card knows of at an instant. One is under way at a time.
func (q *sending) ask(known units.Time, batch int, latency units.Duration) units.Time {
	if q.asked && !known.After(q.fetch) && q.number < batch {
		q.number++
		return q.fetch
	}
	if q.asked {
		known = units.Later(known, q.fetch.Add(latency))
	}
	q.fetch, q.asked, q.number = known, true, 1
	return known
}

// Serve is sim.Special. It notes what crosses the link along with the packet.
func (s *Post) Serve(at units.Time, p *packet.Packet) (sim.Visit, bool) {
	c := s.card
	q := &s.queues[c.QueueOf(p)]
	bell, rings := q.ring(at, c.Times.Ring)
	fetch := q.ask(bell.Add(c.Times.Doorbell), c.Rings.Batch, c.fetch)
	p.Along = c.along(q.number, rings)
	out := fetch.Add(-c.Times.Doorbell)
	return sim.Visit{Start: at, Leave: at, Out: out}, true
}

// along returns the bytes that cross with the packet whose descriptor is the n-th of a fetch: up the request for the
// descriptors and their write-back, down the header of each completion that carries some, and the doorbell.
func (c *Card) along(n int, rings bool) [2]uint16 {
	request, header := c.Link.Header(pcie.MemRead), c.header()
	up, down := c.Rings.Descriptor, units.Bytes(0)
	if n == 1 {
		up += request
	}
	if (n-1)%c.Rings.Done == 0 {
		up += header
	}
	if (n-1)%max(1, int(c.Link.MPS()/c.Rings.Descriptor)) == 0 {
		down += c.Link.Header(pcie.Completion)
	}
	if rings {
		down += message + header
	}
	return [2]uint16{uint16(up), uint16(down)}
}

// Fetch returns the latency of one fetch of descriptors, which comes behind the doorbell's.
func (s *Post) Fetch() units.Duration { return s.card.fetch }

// Name is sim.Special.
func (s *Post) Name() string { return "sending ring" }

// DropReason is sim.Special.
func (s *Post) DropReason() uint8 { return s.card.RingReason }

// Ordered is sim.Special: rings are apart.
func (s *Post) Ordered() bool { return len(s.queues) == 1 }

// Measure is sim.Special.
func (s *Post) Measure(sim.Window) {}

// Usage is sim.Special: a ring serves nobody.
func (s *Post) Usage() []sim.Usage { return nil }

// Poll is a driver that looks at its rings at regular instants. It is a sim.Special without a queue.
type Poll struct{ clock sim.Clock }

// Serve is sim.Special.
func (d *Poll) Serve(at units.Time, _ *packet.Packet) (sim.Visit, bool) {
	return sim.Visit{Start: at, Leave: at, Out: d.clock.Align(at)}, true
}

// Name is sim.Special.
func (d *Poll) Name() string { return "driver polls" }

// DropReason is sim.Special.
func (d *Poll) DropReason() uint8 { return 0 }

// Ordered is sim.Special.
func (d *Poll) Ordered() bool { return true }

// Measure is sim.Special.
func (d *Poll) Measure(sim.Window) {}

// Usage is sim.Special.
func (d *Poll) Usage() []sim.Usage { return nil }
