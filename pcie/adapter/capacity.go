package adapter

import (
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// What follows says what a packet costs on the wires when these are busy: descriptors are fetched in whole batches then, and
// each packet that is sent has a doorbell of its own.
// What page walks and a lack of credits cost depends on the traffic and is left out.

// share returns an n-th of the time that a number of bytes takes.
func (c *Card) share(bytes units.Bytes, n int) units.Duration {
	return c.Link.Rate().TimeToSend(bytes) / units.Duration(max(1, n))
}

func (u *Up) Holds(p *packet.Packet, _ sim.Population) []units.Duration {
	c := u.card
	n := units.Bytes(p.Bytes[c.Form])
	d := u.wire.Of(uint32(c.sizes.writes(n)))
	switch p.Kind {
	case Write:
		d = u.wire.Of(uint32(c.sizes.writes(n)+c.sizes.write+c.Rings.Descriptor)) + c.share(c.sizes.read, c.Rings.Batch/c.buffers(n))
	case Request, Ask:
		d = u.wire.Of(uint32(c.sizes.reads(n)*c.sizes.read+c.Rings.Descriptor)) + c.share(c.sizes.write, c.Rings.Done) + c.share(c.sizes.read, c.Rings.Batch)
	}
	list := []units.Duration{d}
	if u.mmu != nil {
		list = append(list, 0)
	}
	return list
}

func (d *Down) Holds(p *packet.Packet, _ sim.Population) []units.Duration {
	c := d.card
	n := units.Bytes(p.Bytes[c.Form])
	if p.Kind == Access {
		return []units.Duration{d.wire.Of(uint32(n + c.sizes.write))}
	}
	header := c.sizes.completion
	return []units.Duration{d.wire.Of(uint32(c.sizes.completions(n)+c.Rings.Descriptor)) +
		c.share(header, int(c.Link.MPS()/c.Rings.Descriptor)) + d.wire.Of(uint32(message+header))}
}
