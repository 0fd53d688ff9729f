package sim

import (
	"math/bits"

	"github.com/dsnsim/dsnsim/sim/units"
)

// round is the classes of a priority level that have packets and are not known to be blocked, in the order of their turns.
type round struct {
	head, tail int32
	credited   bool // the first has had its quantum for this turn
}

// join puts a class last in its round.
func (s *Scheduler) join(i int32) {
	c := &s.classes[i]
	r := &s.rounds[c.level]
	if r.head == none {
		r.head = i
		s.levels |= 1 << c.level
	} else {
		s.classes[r.tail].next = i
	}
	c.next, r.tail = none, i
}

// leave takes a class, the first of its round, out of it. What is left of its deficit is forfeited: it is for those that
// could not send for want of it.
func (s *Scheduler) leave(c *class) {
	r := &s.rounds[c.level]
	c.deficit = 0
	r.head, r.credited = c.next, false
	if r.head == none {
		s.levels &^= 1 << c.level
	}
}

// choose returns the class of a level whose turn it is, first of its round then, or none when no class of it may send.
// Classes that may not send yet are blocked on the way.
func (s *Scheduler) choose(level int, at units.Time) int32 {
	r := &s.rounds[level]
	for r.head != none {
		i := r.head
		c := &s.classes[i]
		if c.ready.After(at) {
			s.leave(c)
			s.block(i)
			continue
		}
		if !r.credited {
			c.deficit += c.quantum
			r.credited = true
		}
		short := int64(s.nodes[c.head].bytes) - c.deficit
		if short <= 0 {
			return i
		}
		if r.head == r.tail { // it has all turns until it may
			c.deficit += (short + c.quantum - 1) / c.quantum * c.quantum
			return i
		}
		r.credited = false
		r.head = c.next
		s.classes[r.tail].next = i
		c.next, r.tail = none, i
	}
	return none
}

// unblock lets the classes whose tokens suffice by an instant back into their rounds, in the order in which they did.
func (s *Scheduler) unblock(at units.Time) {
	for len(s.blocked) > 0 && !s.classes[s.blocked[0]].ready.After(at) {
		i := s.blocked[0]
		last := len(s.blocked) - 1
		s.blocked[0] = s.blocked[last]
		s.blocked = s.blocked[:last]
		s.sink()
		s.join(i)
	}
}

// sooner orders blocked classes by when they may send, then by number.
func (s *Scheduler) sooner(i, j int32) bool {
	a, b := s.classes[i].ready, s.classes[j].ready
	return a.Before(b) || a == b && i < j
}

// block puts a class into the heap of those that may not send yet.
func (s *Scheduler) block(i int32) {
	s.blocked = append(s.blocked, i)
	h := s.blocked
	for n := len(h) - 1; n > 0; {
		up := (n - 1) / 2
		if !s.sooner(h[n], h[up]) {
			return
		}
		h[n], h[up] = h[up], h[n]
		n = up
	}
}

// sink puts the first of the heap where it belongs.
func (s *Scheduler) sink() {
	h := s.blocked
	for n := 0; ; {
		down := 2*n + 1
		if down >= len(h) {
			return
		}
		if down+1 < len(h) && s.sooner(h[down+1], h[down]) {
			down++
		}
		if !s.sooner(h[down], h[n]) {
			return
		}
		h[n], h[down] = h[down], h[n]
		n = down
	}
}

// shaper is a bucket of tokens that fills at a rate: bits, and the part of a bit that came since in 1/10^12 of it, so that
// nothing is rounded away. The bits are negative after a packet longer than the bucket.
type shaper struct {
	rate  uint64 // bit/s, 0 without
	burst int64  // bits that it holds
	bits  int64
	part  uint64
	at    units.Time
}

// bit is how many parts make a bit: 1 bit/s brings one each picosecond.
const bit = uint64(units.Second)

func newShaper(rate units.Rate, burst units.Bytes) shaper {
	return shaper{rate: uint64(rate), burst: int64(burst) * 8, bits: int64(burst) * 8}
}

// fill adds what came until an instant.
func (b *shaper) fill(at units.Time) {
	high, low := bits.Mul64(uint64(at.Sub(b.at)), b.rate)
	low, carry := bits.Add64(low, b.part, 0)
	high += carry
	b.at = at
	if high >= bit { // more than 2^64 bits
		b.bits, b.part = b.burst, 0
		return
	}
	more, part := bits.Div64(high, low, bit)
	if more >= uint64(b.burst-b.bits) {
		b.bits, b.part = b.burst, 0
		return
	}
	b.bits, b.part = b.bits+int64(more), part
}

// ready returns when n bytes may go, from now on.
func (b *shaper) ready(now units.Time, n uint32) units.Time {
	if b.rate == 0 {
		return units.Time{}
	}
	b.fill(now)
	need := min(int64(n)*8, b.burst) - b.bits
	if need <= 0 {
		return now
	}
	high, low := bits.Mul64(uint64(need), bit)
	low, borrow := bits.Sub64(low, b.part, 0)
	high -= borrow
	low, carry := bits.Add64(low, b.rate-1, 0)
	ps, _ := bits.Div64(high+carry, low, b.rate)
	return now.Add(units.Duration(ps))
}

// take takes the tokens of n bytes.
func (b *shaper) take(at units.Time, n uint32) {
	b.fill(at)
	b.bits -= int64(n) * 8
}
