package adapter

import (
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/queue"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Down is the half of a link towards the card: the data of reads, and what the driver writes to the card. It is a
// sim.Station.
type Down struct {
	station.Server
	card  *Card
	wire  station.Cost
	owing queue.Ring[debt]
}

// debt is bytes that cross at an instant besides what visits.
type debt struct {
	at    units.Time
	bytes units.Bytes
}

// owe has bytes cross from an instant on, after the bytes of the last call. Up calls it in the order of its visits, for
// instants as far behind them as the data of reads come; so whoever visits Down at an instant comes behind all that is owed
// by then, however far packets run ahead.
func (d *Down) owe(at units.Time, bytes units.Bytes) { d.owing.Push(debt{at, bytes}) }

// pay sends what is owed by an instant.
func (d *Down) pay(at units.Time) {
	for d.owing.Len() > 0 && !d.owing.Front().at.After(at) {
		o := d.owing.Pop()
		start := d.StartAnyway(o.at, 0)
		d.Finish(o.at, start, start.Add(d.wire.Of(uint32(o.bytes))))
	}
}

func (d *Down) Serve(at units.Time, p *packet.Packet) (station.Visit, bool) {
	d.pay(at)
	c := d.card
	n := units.Bytes(p.Bytes[c.Form])
	start := units.Time{}
	if p.Kind == Access {
		var ok bool
		if start, ok = d.Start(at, uint32(n)); !ok {
			return station.Visit{}, false
		}
	} else {
		start = d.StartAnyway(at, uint32(n)) // the card has requested it, and has room
	}
	bytes := n + c.sizes.write
	switch p.Kind {
	case Bare:
		bytes = c.sizes.completions(n)
	case Data, Answer:
		bytes = c.sizes.completions(n) + c.Rings.Descriptor + units.Bytes(p.Along[1])
	}
	leave := start.Add(d.wire.Of(uint32(bytes)))
	d.Finish(at, start, leave)
	if c.Flight != nil && p.Kind == Data {
		c.Flight.GiveBack(leave, min(c.Flight.Limit(), c.requests(n)), n)
	}
	return station.Visit{Start: start, Leave: leave, Out: leave}, true
}

// fetched returns the bytes down of what a packet made the card fetch: batches of descriptors, and the doorbells that said
// that there are more.
func (c *Card) fetched(f fetch) units.Bytes {
	batch := units.Bytes(c.Rings.Batch) * c.Rings.Descriptor
	return units.Bytes(f.fetches)*c.sizes.completions(batch) + units.Bytes(f.doorbells)*(message+c.sizes.write)
}

func (d *Down) Name() string { return d.card.Spec.Down }

func (d *Down) DropReason() uint8 { return d.card.RoomReason }

func (d *Down) Ordered() bool { return true }

func (d *Down) Usage() []station.Usage {
	return []station.Usage{d.Server.Usage(d.Name(), d.DropReason())}
}
