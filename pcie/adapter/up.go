package adapter

import (
	"slices"

	"github.com/dsnsim/dsnsim/pcie"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Up is the half of a link towards the host: the writes of packets and completions, read requests, and interrupts. Packets wait
// for it in the scheduler of Card.Arbiter, apart by kind; it serves them in the order in which that chooses. It is a sim.Serving.
type Up struct {
	station.Server
	card                    *Card
	wire                    station.Cost
	ticks                   station.Clock
	rings                   []ring
	posted, data, nonPosted pcie.Credits
	limits                  pcie.CreditSpec
	committed               units.Time // when the last write is through translation; writes stay in order
	mmu                     *pcie.IOMMU
	walks                   station.Ledger
	stalled                 []stalled // packets that wait for descriptors, by when these are in hand
	stalledBytes            units.Bytes
}

// stalled is a packet in the card's buffer.
type stalled struct {
	until units.Time
	bytes units.Bytes
}

// creditRate is the rate of the link that Spec.Credits is for: generation 3 x8.
const creditRate = 64 * units.Gbps

func newUp(c *Card, wire station.Cost) Up {
	n := int64(c.Link.RawRate()/creditRate) + 1
	limits := pcie.CreditSpec{PostedHeaders: n * c.Credits.PostedHeaders, PostedData: n * c.Credits.PostedData, NonPosted: n * c.Credits.NonPosted}
	u := Up{Server: station.NewServer(1, station.Room{}), card: c, wire: wire, ticks: newTicks(c.Times.Poll), limits: limits,
		posted: pcie.NewCredits(limits.PostedHeaders), data: pcie.NewCredits(limits.PostedData), nonPosted: pcie.NewCredits(limits.NonPosted),
		rings: make([]ring, c.Queues), walks: station.NewLedger()}
	for i := range u.rings {
		u.rings[i].fill(&c.Rings)
	}
	if c.Page > 0 {
		mmu := pcie.NewIOMMU(c.IOMMU, c.DRAM, c.Rng)
		u.mmu = &mmu
	}
	return u
}

// watch has the page walks noted. The card must not move afterwards.
func (u *Up) watch() {
	if u.mmu != nil && u.mmu.Walked == nil {
		u.mmu.Walked = u.walks.Note
	}
}

func (u *Up) Serve(at units.Time, p *packet.Packet) (station.Visit, bool) {
	return u.ServeQueued(at, at, p)
}

func (u *Up) Came(units.Time, *packet.Packet) {}

func (u *Up) ServeQueued(came, at units.Time, p *packet.Packet) (station.Visit, bool) {
	u.watch()
	n := units.Bytes(p.Bytes[u.card.Form])
	start, _ := u.Start(at, uint32(n))
	switch p.Kind {
	case Write:
		return u.write(came, at, start, u.card.QueueOf(p), n)
	case Request, Ask:
		return u.request(came, start, p, n), true
	}
	start, left := u.post(came, start, n, u.card.sizes.writes(n))
	return station.Visit{Start: start, Leave: left, Out: u.commit(left, n)}, true
}

// write puts a packet into the buffers of its queue's next descriptors. A packet whose descriptors are still on their way
// waits for them in the card's buffer and is not in the way of others: the wire's time for it is taken when it comes.
func (u *Up) write(came, at, start units.Time, queue int, n units.Bytes) (station.Visit, bool) {
	c, r := u.card, &u.rings[queue]
	from := start
	if c.Interrupts {
		from = at // descriptors come back at events: only what is back by now is known
	}
	first := r.used
	k := c.buffers(n)
	f, ok := r.take(from, k, &c.Rings, c.fetch)
	if !ok || f.ready.After(start) && !u.stall(at, f.ready, n) {
		u.Refuse(at)
		return station.Visit{}, false
	}
	bytes := c.sizes.writes(n) + units.Bytes(f.fetches)*c.sizes.read
	if !c.Coalesced {
		bytes += c.sizes.write + c.Rings.Descriptor
	}
	start, leave := u.post(came, start, n, bytes)
	if f.fetches > 0 || f.doorbells > 0 {
		c.down.owe(leave.Add(c.Times.Read), c.fetched(f))
	}
	translated := leave
	if u.mmu != nil {
		translated = u.translate(leave, c.inBuffers(queue, first, n, true), true)
		translated = units.Later(translated, u.translate(leave, c.inRing(queue, first, true), true))
	}
	out := u.commit(translated, n).Add(max(0, f.ready.Sub(start)))
	out = units.Later(out, r.last)
	r.last = out
	r.written(k)
	if !c.Coalesced && !c.Interrupts {
		r.taken(u.polled(out), 1, c.Rings.Refill, c.Times.Doorbell)
	}
	return station.Visit{Start: start, Leave: leave, Out: out}, true
}

// polled returns when a driver that polls sees what left at an instant.
func (u *Up) polled(left units.Time) units.Time {
	seen := left.Add(u.card.Times.Write)
	if u.card.Times.Poll > 0 {
		seen = u.ticks.Align(seen)
	}
	return seen
}

// post sends n bytes of payload as posted writes, which are bytes long on the wire, when they have their credits. It returns
// when they begin and have left. The credits come back with commit.
func (u *Up) post(came, start units.Time, n, bytes units.Bytes) (from, leave units.Time) {
	start = u.data.Take(u.posted.Take(start, u.headers(n)), u.dataOf(n))
	leave = start.Add(u.wire.Of(uint32(bytes)))
	u.FinishQueued(came, start, leave)
	return start, leave
}

// headers returns the header credits of n bytes and their completion, at most as many as there are.
func (u *Up) headers(n units.Bytes) int64 {
	return min(u.limits.PostedHeaders, int64(u.card.sizes.pieces(n))+1)
}

func (u *Up) dataOf(n units.Bytes) int64 {
	return min(u.limits.PostedData, pcie.DataCredits(n)+pcie.DataCredits(u.card.Rings.Descriptor))
}

// commit returns when a posted write of n bytes is behind the translation, behind all writes before it.
func (u *Up) commit(translated units.Time, n units.Bytes) units.Time {
	u.committed = units.Later(translated, u.committed)
	back := u.committed.Add(u.card.Times.Write + u.card.Times.Credit)
	u.posted.GiveBack(back, u.headers(n))
	u.data.GiveBack(back, u.dataOf(n))
	return u.committed
}

// send sends a small write of the card's own and returns when it has left, behind the writes before it.
func (u *Up) send(at units.Time, bytes units.Bytes) units.Time {
	u.watch()
	start := u.StartAnyway(at, 0)
	_, leave := u.post(at, start, 0, bytes)
	return u.commit(leave, 0)
}

// request asks for a packet that the host has posted.
func (u *Up) request(came, start units.Time, p *packet.Packet, n units.Bytes) station.Visit {
	c := u.card
	places := min(u.limits.NonPosted, c.requests(n))
	start = u.nonPosted.Take(start, places)
	leave := start.Add(u.wire.Of(uint32(c.sizes.reads(n)*c.sizes.read) + uint32(p.Along[0])))
	u.FinishQueued(came, start, leave)
	ready := leave
	if u.mmu != nil && p.Kind == Request {
		queue := c.QueueOf(p)
		r := &u.rings[queue]
		first := r.sent
		r.sent += int64(c.buffers(n))
		ready = u.translate(leave, c.inRing(queue, first, false), false)
		ready = units.Later(ready, u.translate(leave, c.inBuffers(queue, first, n, false), false))
	}
	u.nonPosted.GiveBack(ready.Add(c.Times.Credit), places)
	return station.Visit{Start: start, Leave: leave, Out: ready}
}

// requests returns how many reads n bytes take.
func (c *Card) requests(n units.Bytes) int64 {
	return max(1, int64(c.sizes.reads(n)))
}

// stall gives a packet room in the card's buffer until its descriptors are in hand, or returns false when there is none.
func (u *Up) stall(at, until units.Time, n units.Bytes) bool {
	gone := 0
	for gone < len(u.stalled) && !u.stalled[gone].until.After(at) {
		u.stalledBytes -= u.stalled[gone].bytes
		gone++
	}
	u.stalled = slices.Delete(u.stalled, 0, gone)
	if u.stalledBytes+n > u.card.Buffer {
		return false
	}
	i := len(u.stalled)
	for i > 0 && u.stalled[i-1].until.After(until) {
		i--
	}
	u.stalled = slices.Insert(u.stalled, i, stalled{until, n})
	u.stalledBytes += n
	return true
}

func (u *Up) Name() string { return u.card.Spec.Up }

// DropReason implements sim.Station: only packets without a descriptor are refused here.
func (u *Up) DropReason() uint8 { return u.card.RingReason }

// Ordered implements sim.Station: packets of other queues overtake one that waits for descriptors.
func (u *Up) Ordered() bool { return false }

// OrderedKind implements sim.Serving: page walks let reads overtake each other, and writes that have a descriptor those that wait for one.
func (u *Up) OrderedKind(kind uint8) bool {
	switch kind {
	case Write:
		return len(u.rings) == 1
	case Request:
		return u.mmu == nil
	}
	return true
}

func (u *Up) Measure(w station.Window) {
	u.Server.Measure(w)
	u.walks.Measure(w)
}

// Usage implements sim.Station: the wire, and the page walkers if there are any.
func (u *Up) Usage() []station.Usage {
	list := []station.Usage{u.Server.Usage(u.Name(), u.card.RoomReason)}
	if u.mmu != nil {
		list = append(list, u.walks.Account(u.card.MMU, u.card.IOMMU.Walkers, u.card.RoomReason))
	}
	return list
}
