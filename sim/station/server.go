// Package station serves packets without an engine: a Server has equal servers and a bounded queue (Lindley's recursion, exact),
// a FIFO adds what a visit costs, and a Ledger counts visits in the measured window.
package station

import "github.com/dsnsim/dsnsim/sim/units"

// Room bounds the queue in front of a server: packets and bytes that wait, without those in service. Zero means no bound. A
// packet finds room while less than Bytes wait, whatever its own length: a threshold, with headroom for one frame behind it.
// Otherwise long packets would be lost more often than short ones, and a queue carry less the more comes.
type Room struct {
	Packets int
	Bytes   units.Bytes
}

// Server is a queueing station of k equal servers and one finite FIFO queue. Arrivals come in time order, so it needs
// no events: service starts at the later of the arrival and the instant at which a server is free (Lindley's
// recursion), and the queue's length at any arrival is the number of earlier packets whose service has not started.
// This is exact.
type Server struct {
	free  units.Time   // when the single server is free
	frees []units.Time // when each server is free; nil with one server
	slot  int          // the server that the last Start chose
	bytes uint32       // of the packet of the last Start
	room  Room
	wait  waiting
	Ledger
}

// ServerStats counts what a server did in the measured window.
type ServerStats struct {
	Visits  int64
	Drops   int64
	Bytes   int64          // served
	Busy    units.Duration // server time in use, summed over the servers
	Service units.Duration // sum over visits
	Wait    units.Duration // sum over visits
	MaxWait units.Duration
}

// Usage is what one resource did in the measured window.
type Usage struct {
	Name       string
	Servers    int
	DropReason uint8
	ServerStats
	Last   Latest
	ledger *Ledger
}

// NewServer returns a station of k servers, at least one.
func NewServer(k int, room Room) Server {
	s := Server{room: room, Ledger: NewLedger()}
	if k > 1 {
		s.frees = make([]units.Time, k)
	}
	return s
}

// Servers returns the number of servers.
func (s *Server) Servers() int { return max(1, len(s.frees)) }

// Free returns when the first of the servers is done with all that it has begun.
func (s *Server) Free() units.Time {
	if s.frees == nil {
		return s.free
	}
	return s.earliest()
}

// Usage returns the counts of the measured window under a name.
func (s *Server) Usage(name string, reason uint8) Usage {
	return s.Account(name, s.Servers(), reason)
}

// Start asks for service of a packet of n bytes that arrives at an instant not before the last arrival. It returns
// when service starts, or false when the queue has no room. The caller calls Finish next, or drops the packet.
func (s *Server) Start(at units.Time, n uint32) (units.Time, bool) {
	s.bytes = n
	free := s.free
	if s.frees != nil {
		free = s.earliest()
	}
	if !free.After(at) {
		s.wait.clear()
		return at, true
	}
	if !s.enqueue(at, free, n) {
		s.Refuse(at)
		return units.Time{}, false
	}
	return free, true
}

// StartAnyway is Start for one who cannot be refused, since there is room for it elsewhere: it waits however long the queue
// is.
func (s *Server) StartAnyway(at units.Time, n uint32) units.Time {
	s.bytes = n
	free := s.free
	if s.frees != nil {
		free = s.earliest()
	}
	if !free.After(at) {
		s.wait.clear()
		return at
	}
	if s.room != (Room{}) {
		s.wait.leave(at)
		s.wait.push(free, n)
	}
	return free
}

// Finish says that the service that Start granted holds its server until the instant free.
func (s *Server) Finish(at, start, free units.Time) {
	s.hold(free)
	s.Note(at, start, free)
	s.NoteBytes(s.bytes)
}

func (s *Server) hold(free units.Time) {
	if s.frees != nil {
		s.frees[s.slot] = free
	} else {
		s.free = free
	}
}

// FinishQueued is Finish for a packet that waited elsewhere since it came. Such visits are noted in the order of their start.
func (s *Server) FinishQueued(came, start, free units.Time) {
	s.hold(free)
	s.NoteStart(came, start, free)
	s.NoteBytes(s.bytes)
}

// earliest picks the server that is free first, the lowest number of equals.
func (s *Server) earliest() units.Time {
	s.slot = 0
	for i := range s.frees {
		if s.frees[i].Before(s.frees[s.slot]) {
			s.slot = i
		}
	}
	return s.frees[s.slot]
}

func (s *Server) enqueue(at, start units.Time, n uint32) bool {
	if s.room == (Room{}) {
		return true
	}
	w := &s.wait
	if !w.fits(s.room) {
		// Those whose service has started are taken out only when it matters.
		w.leave(at)
		if !w.fits(s.room) {
			return false
		}
	}
	if w.n == len(w.ring) {
		w.leave(at)
	}
	w.push(start, n)
	return true
}

// waiting is a ring of the packets whose service has not started, with the instant at which it will.
type waiting struct {
	ring  []waiter
	head  int
	n     int
	bytes int64
}

type waiter struct {
	start units.Time
	bytes uint32
}

func (w *waiting) clear() { w.n, w.bytes = 0, 0 }

// fits reports whether a packet finds room behind those in the ring.
func (w *waiting) fits(room Room) bool {
	return (room.Packets == 0 || w.n < room.Packets) && (room.Bytes == 0 || w.bytes < int64(room.Bytes))
}

// leave takes out those whose service has started by t.
func (w *waiting) leave(t units.Time) {
	for w.n > 0 && !w.ring[w.head].start.After(t) {
		w.bytes -= int64(w.ring[w.head].bytes)
		w.head = (w.head + 1) & (len(w.ring) - 1)
		w.n--
	}
}

// push adds one, doubling the ring as far as the room goes.
func (w *waiting) push(start units.Time, n uint32) {
	if w.n == len(w.ring) {
		grown := make([]waiter, max(16, 2*len(w.ring)))
		for i := range w.n {
			grown[i] = w.ring[(w.head+i)&(len(w.ring)-1)]
		}
		w.ring, w.head = grown, 0
	}
	w.ring[(w.head+w.n)&(len(w.ring)-1)] = waiter{start, n}
	w.n++
	w.bytes += int64(n)
}
