package workloads

import (
	"math/rand/v2"

	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/queue"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// workload is one server's workload: what begins its messages, and how far they are. Its Next sends nothing; it is woken
// where a message begins or is complete, so that both happen in the order of time.
type workload struct {
	engine    *sim.Engine
	spec      *demand.Workload
	alarm     sim.Alarm
	size      units.Bytes
	plans     [][]stage // of messages; where commands are mixed, the second is of the others
	messages  []message
	unused    []uint32
	pairs     []pairQueue
	depth     int
	due       queue.Heap[wakeup]
	mix       float64
	mean      float64 // ps between messages, 0 for a closed workload
	rng       *rand.Rand
	end       units.Time
	retry     units.Duration
	tags      int
	buffer    int64
	class     uint16
	firstPair uint32
	seed      uint64
	counters  *counters
	from, to  units.Time
}

// pairQueue is what a queue pair has under way, and since when others wait for it.
type pairQueue struct {
	under   int
	waiting []units.Time
}

// counters are what became of the messages of one workload, all servers together.
type counters struct {
	Offered, Done  stats.Count // in the measured window; offered only for a workload with a load
	Sent, Ended    trial.Timeline
	Least          units.Duration // that a message took, of all of the run; 0 where none is complete
	latency        *stats.Histogram
	retries        uint64
	looked, missed uint64
}

// wakeup is an instant at which a workload does something: a message arrives, is over, or goes again.
type wakeup struct {
	at      units.Time
	kind    wakeupKind
	message uint32 // or the queue pair that begins
}

type wakeupKind uint8

const (
	turnBegin wakeupKind = iota
	turnArrival
	turnFinish
	turnAgain
)

// plan has something done at an instant.
func (w *workload) plan(t wakeup) {
	w.due.Push(t)
	w.alarm.Set(t.at)
}

// Next implements sim.Source. It never sends.
func (w *workload) Next(p *packet.Packet) bool {
	w.alarm.Rang(p.Sent)
	for w.due.Len() > 0 && !w.due.First().at.After(p.Sent) {
		t := w.due.Pop()
		switch t.kind {
		case turnBegin:
			w.begin(t.message, t.at, t.at)
		case turnArrival:
			w.arrive(t.at)
		case turnFinish:
			w.finish(t.message, t.at)
		case turnAgain:
			w.again(t.message, t.at)
		}
	}
	if w.due.Len() > 0 {
		w.alarm.Set(w.due.First().at)
	}
	return false
}

// Start begins the workload.
func (w *workload) Start() {
	if w.mean > 0 {
		w.plan(wakeup{units.At(w.gap()), turnArrival, 0})
		return
	}
	for range w.depth {
		for pair := range w.pairs {
			w.plan(wakeup{units.Time{}, turnBegin, uint32(pair)})
		}
	}
}

// arrive takes a message that arrives, and draws the next.
func (w *workload) arrive(at units.Time) {
	if !at.Before(w.end) {
		return
	}
	w.counters.Sent.Add(at)
	if w.measured(at) {
		w.counters.Offered.Add(w.size)
	}
	pair := uint32(w.rng.IntN(len(w.pairs)))
	if q := &w.pairs[pair]; q.under < w.depth {
		w.begin(pair, at, at)
	} else {
		q.waiting = append(q.waiting, at)
	}
	w.plan(wakeup{at.Add(w.gap()), turnArrival, 0})
}

// gap draws the time to the next message, at most as long as no run lasts.
func (w *workload) gap() units.Duration {
	const longest = 1 << 61 // ps: 26 days
	return units.Duration(min(w.rng.ExpFloat64()*w.mean, longest))
}

// begin sends the first packets of a message that came at an instant, now.
func (w *workload) begin(pair uint32, came, now units.Time) {
	var n uint32
	if last := len(w.unused) - 1; last >= 0 {
		n, w.unused = w.unused[last], w.unused[:last]
	} else {
		n = uint32(len(w.messages))
		w.messages = append(w.messages, message{})
	}
	plan := uint8(0)
	if len(w.plans) > 1 && w.rng.Float64() >= w.mix {
		plan = 1
	}
	w.messages[n] = message{plan: plan, pair: pair, begun: came}
	w.pairs[pair].under++
	w.shipAll(n, 0, now)
}

// over is called when nothing of a message is under way any more: it is complete, or has lost something and is sent again.
func (w *workload) over(n uint32) {
	m := &w.messages[n]
	var last units.Time
	for _, at := range m.at {
		last = units.Later(last, at)
	}
	if m.lost {
		w.plan(wakeup{last.Add(w.retry), turnAgain, n})
		return
	}
	w.plan(wakeup{last, turnFinish, n})
}

// again sends a message anew that lost a packet. After the end of the run it is given up.
func (w *workload) again(n uint32, at units.Time) {
	if !at.Before(w.end) {
		w.unused = append(w.unused, n)
		return
	}
	if w.measured(at) {
		w.counters.retries++
	}
	m := &w.messages[n]
	m.arrived, m.at, m.lost = [maxStages]uint32{}, [maxStages]units.Time{}, false
	w.shipAll(n, 0, at)
}

// finish counts a message and begins the next one of its queue pair.
func (w *workload) finish(n uint32, at units.Time) {
	m := w.messages[n]
	w.unused = append(w.unused, n)
	w.counters.Ended.Add(at)
	if took := at.Sub(m.begun); w.counters.Least == 0 || took < w.counters.Least {
		w.counters.Least = took
	}
	if w.measured(at) {
		w.counters.Done.Add(w.size)
	}
	if w.measured(m.begun) {
		w.counters.latency.Record(at.Sub(m.begun))
	}
	q := &w.pairs[m.pair]
	q.under--
	switch {
	case w.mean == 0 && at.Before(w.end):
		w.begin(m.pair, at, at)
	case len(q.waiting) > 0:
		came := q.waiting[0]
		q.waiting = q.waiting[1:]
		w.begin(m.pair, came, at)
	}
}

// stageOf returns a stage of a message.
func (w *workload) stageOf(message uint32, s uint8) *stage {
	return &w.plans[w.messages[message].plan][s]
}

// measured reports whether an instant is in the measured window.
func (w *workload) measured(at units.Time) bool { return !at.Before(w.from) && at.Before(w.to) }

// hash spreads queue pairs over equal chips.
func (w *workload) hash(pair uint32) uint32 { return uint32(rng.Mix(w.seed+uint64(pair)) >> 32) }

// earlierWakeup orders turns by instant, then by kind and message.
func earlierWakeup(a, b *wakeup) bool {
	switch {
	case a.at != b.at:
		return a.at.Before(b.at)
	case a.kind != b.kind:
		return a.kind < b.kind
	}
	return a.message < b.message
}
