package firewall

import "github.com/dsnsim/dsnsim/sim/units"

// Limit is how much a function may do. Zero does not bound.
type Limit struct {
	// Doorbell is the least time between two doorbells of a function in the long run, Burst how many may come at once.
	Doorbell units.Duration
	Burst    int
	// DMA is the rate of the bytes that a function moves by DMA, reads and writes together; Bytes may come at once.
	DMA   units.Rate
	Bytes units.Bytes
}

// Reports is how many violations are reported: one each Every in the long run, Burst at once. Zero reports all.
type Reports struct {
	Every units.Duration
	Burst int
}

// limiter is the state of one function's Limit.
type limiter struct {
	doorbells bucket
	dma       bucket
	rate      units.Rate
}

func newLimiter(l Limit) limiter {
	m := limiter{doorbells: newBucket(l.Doorbell, l.Burst), rate: l.DMA}
	if l.DMA > 0 {
		m.dma = bucket{every: 1, slack: l.DMA.TimeToSend(l.Bytes)}
	}
	return m
}

// admit takes the tokens of an access, or returns false when there are too few.
func (m *limiter) admit(at units.Time, a Access) bool {
	switch {
	case a.Space == Queue:
		return m.doorbells.take(at, 1)
	case a.Space == DMA && m.rate > 0:
		return m.dma.take(at, int64(m.rate.TimeToSend(max(1, a.Len))))
	}
	return true
}

// bucket is a token bucket, kept as the instant at which it would be full: a token takes every to grow back. That is
// exact in whole ps, and needs no clock of its own. It is not units.Tokens, which counts bits.
type bucket struct {
	every units.Duration // 0: no bound
	slack units.Duration // the whole bucket, as time
	full  units.Time
}

func newBucket(every units.Duration, burst int) bucket {
	return bucket{every: every, slack: every * units.Duration(max(1, burst))}
}

// take takes n tokens at an instant, or returns false and takes none. A full bucket gives more than it holds, once: an
// access that is larger than the whole bucket would never pass.
func (b *bucket) take(at units.Time, n int64) bool {
	if b.every == 0 {
		return true
	}
	from := units.Later(at, b.full)
	next := from.Add(b.every * units.Duration(n))
	if next.Sub(at) > b.slack && from.After(at) {
		return false
	}
	b.full = next
	return true
}

// Meter tells what of a function's accesses is within a Limit, without refusing the rest. It is not for concurrent use.
type Meter struct{ limiter }

// NewMeter returns a meter for one function.
func NewMeter(l Limit) *Meter { return &Meter{newLimiter(l)} }

// Within reports whether an access is within the limit, and counts it against the limit if it is. Instants do not go back.
func (m *Meter) Within(at units.Time, a Access) bool { return m.admit(at, a) }
