package adapter

import (
	"github.com/dsnsim/dsnsim/sim/queue"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// ring is a receiving ring: the driver posts descriptors, the card fetches them in batches ahead of the packets that
// use them. Counts are since the start of the run.
type ring struct {
	posted  int64 // by the driver, as far as the card knows
	fetched int64 // in the card's hands, or on their way there
	landed  int64 // in its hands before the last fetch is
	used    int64
	ready   units.Time // when the last fetch is in hand; one is under way at a time
	// free are the driver's, to be posted with the next doorbell; due the doorbells on their way.
	free  int64
	due   queue.Ring[doorbell]
	rung  int // doorbells that have come since the last fetch
	sizes queue.Ring[uint8]
	last  units.Time // when the last packet is in memory
	sent  int64      // buffers of the sending side
	// warmed says that the IOTLB has been shown the sending side's pages, and the receiving side's; see Warm.
	warmed [2]bool
}

type doorbell struct {
	at units.Time
	n  int64
}

// fill posts a whole ring and fetches the first batch, long ago.
func (r *ring) fill(s *Rings) {
	r.posted = int64(s.Size)
	r.fetched = min(r.posted, int64(s.Batch))
	r.landed = r.fetched
}

// fetch is what a packet made the card do.
type fetch struct {
	ready              units.Time // when the packet's descriptors are in hand
	fetches, doorbells int
}

// take uses k descriptors at an instant, or returns false when the driver has not posted k. The card fetches a batch
// when less than half of one is left, and none is on its way.
func (r *ring) take(at units.Time, k int, s *Rings, latency units.Duration) (fetch, bool) {
	for r.due.Len() > 0 && !r.due.Front().at.After(at) {
		r.posted += r.due.Pop().n
		r.rung++
	}
	if r.used+int64(k) > r.posted {
		return fetch{}, false
	}
	r.used += int64(k)
	f := fetch{ready: at}
	for r.used > r.fetched {
		f.ready = units.Later(f.ready, r.ready)
		r.order(f.ready, s, latency)
		f.fetches++
	}
	if r.used > r.landed {
		f.ready = units.Later(f.ready, r.ready)
	}
	if r.fetched-r.used < int64(s.Batch)/2 && r.posted > r.fetched && !r.ready.After(at) {
		r.order(at, s, latency)
		f.fetches++
	}
	if f.fetches > 0 {
		f.doorbells, r.rung = r.rung, 0
	}
	return f, true
}

// order begins a fetch.
func (r *ring) order(at units.Time, s *Rings, latency units.Duration) {
	r.landed = r.fetched
	r.fetched = min(r.posted, r.fetched+int64(s.Batch))
	r.ready = at.Add(latency)
}

// written notes the descriptors of a packet that is on its way to the driver.
func (r *ring) written(k int) { r.sizes.Push(uint8(k)) }

// taken says that the driver has the next packets of the ring at an instant. It posts their descriptors again, so many
// with one doorbell.
func (r *ring) taken(at units.Time, packets, refill int, latency units.Duration) {
	for range packets {
		r.free += int64(r.sizes.Pop())
	}
	if r.free >= int64(refill) {
		r.due.Push(doorbell{at.Add(latency), r.free})
		r.free = 0
	}
}

// newTicks returns the instants at which a driver polls; an interval of 0 gives none.
func newTicks(every units.Duration) station.Clock {
	if every == 0 {
		return station.Clock{}
	}
	return station.NewClock(units.Freq(int64(units.Second) / int64(every)))
}
