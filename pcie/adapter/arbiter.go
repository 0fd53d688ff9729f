package adapter

import (
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/station"
)

// Arbiter declares the scheduler in front of Up. What the card sends up waits apart by kind, as the kinds have engines and queues of
// their own in a card: packets that were received, read requests for packets to send, and both of what is moved without
// descriptors. They take turns, a turn being the payload of a full TLP, written or requested; so no direction starves another.
// assumed: adapters do not publish their arbiters; deficit round robin among DMA engines is a usual one, and shares what hosts do
// measurably share: pcie-bench has reads and writes of 64 B at about 23 Gb/s each.
//
// Packets find no room when those of their kind fill the card's buffer. A read request is never refused: its packet lies in host
// memory and waits there for a tag (Spec.Flight), and the room for its data is taken with it.
func (c *Card) Arbiter() sim.SchedulerSpec {
	room := station.Room{Bytes: c.Room}
	return sim.SchedulerSpec{Name: c.Spec.Up, By: &c.up, Quantum: c.Link.MPS(), DropReason: c.RoomReason,
		Classes: []sim.ClassSpec{Write: {Name: "receive", Room: room}, Request: {Name: "transmit"}, Raw: {Name: "write", Room: room},
			Ask: {Name: "read", Room: room}}}
}
