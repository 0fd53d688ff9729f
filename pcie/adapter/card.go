package adapter

import (
	"math/rand/v2"

	"github.com/dsnsim/dsnsim/pcie"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// The kinds of visit to Up: Hop.Other.
const (
	Write   uint8 = iota // a packet into host memory, by a descriptor, with its completion
	Request              // a read of a packet from host memory
	Raw                  // a write without a descriptor
	Ask                  // a read without a descriptor
)

// The kinds of visit to Down: Hop.Other.
const (
	Data   uint8 = iota // what a Request read
	Access              // a write to the card's registers
	Answer              // what an Ask read, and a descriptor
	Bare                // what an Ask read, alone
)

// Spec declares a Card.
type Spec struct {
	// Up and Down name the two halves of the link in reports, MMU the page walkers.
	Up, Down, MMU string
	Link          pcie.Link
	// Form is the form of the packets in host memory.
	Form packet.Form
	// Queues is how many queue pairs there are, PerFunction how many of them a function has, and QueueOf which one a packet
	// uses.
	Queues, PerFunction int
	QueueOf             func(p *packet.Packet) int
	// Room is how many packet bytes may wait for the link, Buffer how many for descriptors.
	Room, Buffer units.Bytes
	// RoomReason and RingReason are the drop reasons of those that find no room, and no descriptor.
	RoomReason, RingReason uint8
	Rings                  Rings
	Times                  Times
	// Credits are what the root port grants a link of generation 3 x8; a faster one gets them in proportion.
	Credits pcie.CreditSpec
	// IOMMU translates addresses with pages of Page bytes; a Page of 0 turns it off.
	IOMMU pcie.IOMMUSpec
	DRAM  pcie.DRAMSpec
	Page  units.Bytes
	// Flight, when not nil, gets back the read requests that a scheduler took for each packet.
	Flight *sim.Outstanding
	// Coalesced says that completions are not written with each packet but by WriteBack. Interrupts says that descriptors
	// come back by Interrupt and not with a poll.
	Coalesced, Interrupts bool
	// Rng draws the memory refreshes that page walks meet; nil without DRAM.
	Rng *rand.Rand
}

// Rings is the shape of the descriptor rings.
type Rings struct {
	// Size is how many descriptors a ring has, Batch how many are fetched by one read, Refill how many the driver posts with
	// one doorbell, Done how many of the sending side are written back together.
	Size, Batch, Refill, Done int
	// Descriptor is the size of one, and of a completion; Buffer what one descriptor has room for.
	Descriptor, Buffer units.Bytes
}

// Times are the latencies around the wires.
type Times struct {
	// Read is from a read request's last bit to its data at the root port's wire, Write from a write's last bit until it is
	// visible in the host, Credit from there until its credits are back at the card.
	Read, Write, Credit units.Duration
	// Doorbell is from the driver's store until the card sees it, and Ring how long the driver takes for one: packets that
	// come meanwhile share the next.
	Doorbell, Ring units.Duration
	// Poll is how long the driver takes to look at an empty ring; 0 sees a packet at once. Handler is from an interrupt's
	// message in host memory until the driver has the packets.
	Poll, Handler units.Duration
}

// Card is the PCIe side of one card.
type Card struct {
	Spec
	up    Up
	down  Down
	post  Post
	fetch units.Duration // from the decision to fetch a batch until it is in hand
	sizes sizes
}

// Sizes of what crosses with packets. source: PCI Express Base Specification: a doorbell and an MSI-X message carry 4 B
const message units.Bytes = 4

// New returns a card.
func New(spec Spec) *Card {
	c := &Card{Spec: spec, sizes: newSizes(spec.Link)}
	batch := units.Bytes(spec.Rings.Batch) * spec.Rings.Descriptor
	c.fetch = spec.Times.Read + spec.Link.Rate().TimeToSend(spec.Link.ReadRequestWireBytes(batch)) +
		spec.Link.Rate().TimeToSend(spec.Link.CompletionWireBytes(batch))
	wire := station.Transfer{Rate: spec.Link.Rate()}.Cost()
	c.up = newUp(c, wire)
	c.down = Down{Server: station.NewServer(1, station.Room{Bytes: spec.Room}), card: c, wire: wire}
	c.post = Post{card: c, queues: make([]sending, spec.Queues)}
	return c
}

// Up returns the half of the link towards the host, behind Arbiter. Its visits are of kind Write, Request, Raw or Ask.
func (c *Card) Up() *Up { return &c.up }

// Down returns the half of the link towards the card. Its visits are of kind Data, Access or Answer.
func (c *Card) Down() *Down { return &c.down }

// Post returns the sending rings.
func (c *Card) Post() *Post { return &c.post }

// Poll returns the driver that polls.
func (c *Card) Poll() *Poll { return &Poll{clock: newTicks(c.Times.Poll)} }

// Interrupt sends the message of an interrupt for packets of a queue, and returns when it has left. It is called in time
// order with the visits of Up.
func (c *Card) Interrupt(at units.Time, queue, packets int) units.Time {
	left := c.up.send(at, message+c.sizes.write)
	c.up.rings[queue].taken(left.Add(c.Times.Write+c.Times.Handler), packets, c.Rings.Refill, c.Times.Doorbell)
	return left
}

// WriteBack writes the completions of packets of a queue, and returns when they have left. It is called in time order with the
// visits of Up.
func (c *Card) WriteBack(at units.Time, queue, packets int) units.Time {
	left := c.up.send(at, c.sizes.writes(units.Bytes(packets)*c.Rings.Descriptor))
	if !c.Interrupts {
		c.up.rings[queue].taken(c.up.polled(left), packets, c.Rings.Refill, c.Times.Doorbell)
	}
	return left
}
