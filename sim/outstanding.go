package sim

import "github.com/dsnsim/dsnsim/sim/units"

// Outstanding bounds how much is under way between a Scheduler and a place behind it, such as the reads that a device may have
// outstanding. The Scheduler takes places and waits while there are too few, the place behind gives them back. What the
// engine runs ahead is given back for a later instant; nothing that is not known at an instant can come back by then, so
// the count is exact without an event for each return.
type Outstanding struct {
	limit, out int64
	bytes      int64 // of the packets under way
	returns    []comeback
	head       int
	last       units.Time
	waiting    bool // the scheduler waits, and no return that is known helps it
	wake       func(at units.Time)
}

type comeback struct {
	at       units.Time
	n, bytes int64
}

// NewOutstanding returns one with n places, at least one, for one Scheduler.
func NewOutstanding(limit int) *Outstanding { return &Outstanding{limit: max(1, int64(limit))} }

// Limit returns the number of places.
func (f *Outstanding) Limit() int64 { return f.limit }

// GiveBack says that the n places of a packet come back at an instant, or when those given back before do,
// whichever is later. It is in the future of the engine.
func (f *Outstanding) GiveBack(at units.Time, n int64, bytes units.Bytes) {
	f.last = units.Later(at, f.last)
	f.returns = append(f.returns, comeback{f.last, n, int64(bytes)})
	if f.waiting {
		f.waiting = false
		f.wake(f.last)
	}
}

// settle takes back what has come back by an instant.
func (f *Outstanding) settle(at units.Time) {
	for f.head < len(f.returns) && !f.returns[f.head].at.After(at) {
		f.out -= f.returns[f.head].n
		f.bytes -= f.returns[f.head].bytes
		f.head++
	}
	const most = 1 << 10
	if f.head == len(f.returns) || f.head > most {
		f.returns = f.returns[:copy(f.returns, f.returns[f.head:])]
		f.head = 0
	}
}

// Bytes returns how many bytes of packets are under way at an instant that the engine has reached.
func (f *Outstanding) Bytes(at units.Time) units.Bytes {
	f.settle(at)
	return units.Bytes(f.bytes)
}

// take takes n places at an instant for a packet, or returns false when there are too few.
func (f *Outstanding) take(at units.Time, n int64, bytes uint32) bool {
	f.settle(at)
	if f.out+n > f.limit {
		return false
	}
	f.out += n
	f.bytes += int64(bytes)
	return true
}

// when returns the instant at which n places are free, or false when it is not known yet.
func (f *Outstanding) when(n int64) (units.Time, bool) {
	out := f.out
	for i := f.head; i < len(f.returns); i++ {
		if out -= f.returns[i].n; out+n <= f.limit {
			return f.returns[i].at, true
		}
	}
	return units.Time{}, false
}

// places returns how many places of a Outstanding n bytes take; what would take more than there are takes all.
func (s *Scheduler) places(n uint32) int64 {
	if s.perUnit == 0 {
		return 1
	}
	return max(1, min(s.flight.limit, (int64(n)+s.perUnit-1)/s.perUnit))
}

// mayFly takes the places that the first packet of a class needs, or notes that it waits for them.
func (s *Scheduler) mayFly(i int32, at units.Time) bool {
	if s.flight == nil {
		return true
	}
	bytes := s.nodes[s.classes[i].head].bytes
	n := s.places(bytes)
	s.held = 0
	if !s.flight.take(at, n, bytes) {
		s.held = n
	}
	return s.held == 0
}
