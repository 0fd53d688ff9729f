package hw

import (
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Turns is how a core gets at the packets in its ring: it polls, or sleeps until an interrupt, and takes up to a number of
// packets together. A batch is what is in the ring when the core comes for it, so it grows with the load by itself.
type Turns struct {
	// Most is how many packets a batch may have.
	Most int
	// Each is the work of a batch whatever its size; Waking the work of an interrupt, before the batch that it is for.
	Each, Waking units.Duration
	// Poll is how long a look at an empty ring takes: a core that polls sees a packet at the end of one.
	Poll units.Duration
	// Sleeps says that the core waits for interrupts. Then Latency is from an interrupt until the core is at its packets, Apart
	// the least time between two interrupts, and Idle the states that it sleeps in.
	Sleeps         bool
	Latency, Apart units.Duration
	Idle           []profile.IdleState
	// Together says that the packets of a batch leave when the last of them is done.
	Together bool

	batches []batch // those whose packets may still have to leave, in order
	begin   units.Time
	size    int
	last    units.Time // interrupt
	any     bool       // that there has been one
}

// batch is when the packets of a batch were taken up, and when the last of them is done.
type batch struct{ begin, end units.Time }

// join takes a packet that arrives at an instant; free is when the core is done with those before it. It returns when work
// for the packet can begin, and the work beside the packet's own.
func (t *Turns) join(at, free units.Time) (start units.Time, extra units.Duration) {
	switch {
	case !free.After(at):
		start, extra = t.look(at, free)
	case t.size > 0 && !at.After(t.begin) && t.size < t.Most:
		t.size++
		return free, 0
	default:
		start, extra = free, t.Each
	}
	t.size = 1
	return start, extra
}

// look returns when a core that has nothing to do since an instant sees a packet, and its work before that packet.
func (t *Turns) look(at, free units.Time) (units.Time, units.Duration) {
	if !t.Sleeps {
		if t.Poll > 0 {
			if over := at.Sub(free) % t.Poll; over > 0 {
				at = at.Add(t.Poll - over)
			}
		}
		return at, t.Each
	}
	irq := at
	if t.any {
		irq = units.Later(at, t.last.Add(t.Apart))
	}
	t.last, t.any = irq, true
	return irq.Add(t.wake(irq.Sub(free))), t.Waking + t.Each
}

// wake returns how long a core takes from an interrupt until it is at its packets, after an idle time: it is assumed to
// have gone into the deepest state that pays for as long.
func (t *Turns) wake(idle units.Duration) units.Duration {
	exit := units.Duration(0)
	for _, s := range t.Idle {
		if s.Residency <= idle {
			exit = s.Exit
		}
	}
	return exit + t.Latency
}

// note says when the work that join was asked about began and ended. A packet that joined a batch continues it.
func (t *Turns) note(begin, end units.Time) {
	if t.size == 1 {
		t.begin = begin
		if t.Together {
			t.batches = append(t.batches, batch{begin, end})
		}
		return
	}
	if t.Together {
		t.batches[len(t.batches)-1].end = end
	}
}

// leave returns when the packets leave that are done at an instant. It is asked in the order of time.
func (t *Turns) leave(done units.Time) units.Time {
	n := 0
	for n < len(t.batches)-1 && t.batches[n].end.Before(done) {
		n++
	}
	if n > 0 {
		t.batches = t.batches[:copy(t.batches, t.batches[n:])]
	}
	return units.Later(done, t.batches[0].end)
}

// Burst is where the packets of a core wait that are sent together: for the last of their batch.
type Burst struct {
	name  string
	turns *Turns
}

// NewBurst returns the place behind a core whose Turns are Together.
func NewBurst(name string, t *Turns) *Burst { return &Burst{name, t} }

// Serve keeps a packet until the last one of its batch is done.
func (b *Burst) Serve(at units.Time, _ *packet.Packet) (station.Visit, bool) {
	return station.Visit{Start: at, Leave: at, Out: b.turns.leave(at)}, true
}

func (b *Burst) Name() string { return b.name }

// DropReason implements sim.Station: nothing is refused.
func (b *Burst) DropReason() uint8 { return 0 }

func (b *Burst) Ordered() bool { return true }

// Shares implements sim.Sharing: a batch must be complete before its packets ask when it ends.
func (b *Burst) Shares() bool { return true }

func (b *Burst) Measure(station.Window) {}

// Usage implements sim.Station: it serves nothing.
func (b *Burst) Usage() []station.Usage { return nil }
