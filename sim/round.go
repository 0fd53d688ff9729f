package sim

import "github.com/dsnsim/dsnsim/sim/units"

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
			s.blocked.Push(blocked{c.ready, i})
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
	for s.blocked.Len() > 0 && !s.blocked.First().ready.After(at) {
		s.join(s.blocked.Pop().class)
	}
}

// blocked is a class that may not send yet.
type blocked struct {
	ready units.Time
	class int32
}

// sooner orders blocked classes by when they may send, then by number.
func sooner(a, b *blocked) bool {
	return a.ready.Before(b.ready) || a.ready == b.ready && a.class < b.class
}

// shaper is a bucket of tokens that fills at a rate.
type shaper struct {
	units.Tokens
	rate  units.Rate // 0 without
	burst int64      // bits that it holds
	at    units.Time
}

func newShaper(rate units.Rate, burst units.Bytes) shaper {
	return shaper{rate: rate, burst: int64(burst) * 8, Tokens: units.Tokens{Bits: int64(burst) * 8}}
}

// ready returns when n bytes may go, from now on.
func (b *shaper) ready(now units.Time, n uint32) units.Time {
	if b.rate == 0 {
		return units.Time{}
	}
	b.grow(now)
	need := min(int64(n)*8, b.burst)
	if need <= b.Bits {
		return now
	}
	return now.Add(b.Wait(b.rate, need))
}

// take takes the tokens of n bytes.
func (b *shaper) take(at units.Time, n uint32) {
	b.grow(at)
	b.Bits -= int64(n) * 8
}

// grow adds what came until an instant.
func (b *shaper) grow(at units.Time) {
	b.Fill(units.Grown(b.rate, at.Sub(b.at)), b.burst)
	b.at = at
}
