package adapter

import (
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Post is the sending rings: the driver posts a packet's descriptor and rings the doorbell, and the card fetches the
// descriptor. Packets that are posted while the driver is ringing share the next doorbell; descriptors that are posted while
// a fetch is under way share the next fetch. What a packet waits for others is the visit's; the latency of one doorbell and
// of one read (Times.Doorbell, Times.Read) comes behind it. It is a sim.Station.
type Post struct {
	card *Card
	// Ring, when not nil, is where packets wait for their turn behind it, and admits as many as the rings have descriptors.
	Ring   *sim.Scheduler
	queues []sending
}

// sending is the state of one sending ring.
type sending struct {
	bell   units.Time // when the driver rings, or rang last
	rung   bool
	fetch  units.Time // when the card asks for the last batch of descriptors
	hand   units.Time // when it has them in hand
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

// ask finds the fetch of a descriptor that the card knows of at an instant. One is under way at a time.
func (q *sending) ask(known units.Time, batch int, latency units.Duration) {
	if q.asked && !known.After(q.fetch) && q.number < batch {
		q.number++
		return
	}
	if q.asked {
		known = units.Later(known, q.hand)
	}
	q.fetch, q.hand, q.asked, q.number = known, known.Add(latency), true, 1
}

// Serve implements sim.Station. It notes what crosses the link along with the packet.
func (s *Post) Serve(at units.Time, p *packet.Packet) (station.Visit, bool) {
	c := s.card
	if s.Ring != nil && !s.Ring.Admit(at, p) {
		return station.Visit{}, false
	}
	q := &s.queues[c.QueueOf(p)]
	bell, rings := q.ring(at, c.Times.Ring)
	q.ask(bell.Add(c.Times.Doorbell), c.Rings.Batch, c.Times.Read+s.behind(at))
	p.Along = c.along(q.number, rings)
	return station.Visit{Start: at, Leave: at, Out: q.hand.Add(-c.Times.Doorbell - c.Times.Read)}, true
}

// behind is how much longer a fetch takes behind the data of packets requested before.
func (s *Post) behind(at units.Time) units.Duration {
	c := s.card
	if c.Flight == nil {
		return 0
	}
	return max(0, c.Link.Rate().TimeToSend(c.Flight.Bytes(at))-c.Times.Read)
}

// along returns the bytes that cross with the packet whose descriptor is the n-th of a fetch: up the request for the
// descriptors and their write-back, down the header of each completion that carries some, and the doorbell.
func (c *Card) along(n int, rings bool) [2]uint16 {
	request, header := c.sizes.read, c.sizes.write
	up, down := c.Rings.Descriptor, units.Bytes(0)
	if n == 1 {
		up += request
	}
	if (n-1)%c.Rings.Done == 0 {
		up += header
	}
	if (n-1)%max(1, int(c.Link.MPS()/c.Rings.Descriptor)) == 0 {
		down += c.sizes.completion
	}
	if rings {
		down += message + header
	}
	return [2]uint16{uint16(up), uint16(down)}
}

func (s *Post) Name() string { return "sending ring" }

func (s *Post) DropReason() uint8 { return s.card.RingReason }

// Ordered implements sim.Station: rings are apart.
func (s *Post) Ordered() bool { return len(s.queues) == 1 }

// Shares implements sim.Sharing: a fetch sees what is under way when its packet comes.
func (s *Post) Shares() bool { return true }

func (s *Post) Measure(station.Window) {}

// Usage implements sim.Station: a ring has no server.
func (s *Post) Usage() []station.Usage { return nil }

// Poll is a driver that looks at its rings at regular instants. It is a sim.Station without a queue, and sim.Stateless.
type Poll struct{ clock station.Clock }

func (d *Poll) Serve(at units.Time, _ *packet.Packet) (station.Visit, bool) {
	return station.Visit{Start: at, Leave: at, Out: d.clock.Align(at)}, true
}

func (d *Poll) Name() string { return "driver polls" }

func (d *Poll) DropReason() uint8 { return 0 }

func (d *Poll) Ordered() bool { return true }

func (d *Poll) Stateless() {}

func (d *Poll) Measure(station.Window) {}

func (d *Poll) Usage() []station.Usage { return nil }
