// Package queue holds what waits: Events in time order, a Heap in any order, a Ring first in, first out.
package queue

import (
	"fmt"
	"math/bits"

	"github.com/dsnsim/dsnsim/sim/units"
)

// Event says that packet Arg reaches a join at instant At. Events at the same instant happen in the order of Key.
type Event struct {
	At  units.Time
	Key uint64
	Arg uint32
}

// before orders events by (At, Key).
func (e *Event) before(f *Event) bool {
	return e.At.Before(f.At) || e.At == f.At && e.Key < f.Key
}

// The shape of the timing wheel. A slot of the fine wheel is 1.024 ns wide, about the spacing of events in a busy
// rack; the fine wheel spans 4.2 us, the coarse one 17 ms, and a heap holds what is later.
const (
	slotShift  = 10 // log2 of a fine slot's width in ps
	wheelBits  = 12
	wheelSlots = 1 << wheelBits
	wheelMask  = wheelSlots - 1
	none       = -1
)

// Events is a monotone event queue: nothing may be pushed before the last event popped. It is a timing wheel with
// two levels and a heap behind them; push and pop cost the same at 100 and at 10,000 pending events. The events of the open
// slot are a heap as well: n of them at one instant cost n log n, however they come.
type Events struct {
	open   eventHeap // the events of the open slot
	tick   int64     // the number of the open fine slot
	last   units.Time
	fine   wheel
	coarse wheel
	far    eventHeap // what is later than the wheels reach
	nodes  []node
	free   int32
	n      int
}

// node is an event in a slot's list.
type node struct {
	ev   Event
	next int32
}

// wheel is an array of lists with a bitmap of those that are not empty.
type wheel struct {
	head   [wheelSlots]int32
	used   [wheelSlots / 64]uint64
	groups uint64 // bit g is set when used[g] is not zero
}

// NewEvents returns an empty queue at instant 0.
func NewEvents() *Events {
	q := &Events{free: none}
	for i := range wheelSlots {
		q.fine.head[i], q.coarse.head[i] = none, none
	}
	return q
}

// Len returns the number of pending events.
func (q *Events) Len() int { return q.n }

// Push adds an event. It panics when the event is earlier than the last one popped: that is the author's bug.
func (q *Events) Push(e Event) {
	if e.At.Before(q.last) {
		panic(fmt.Sprintf("queue: event at %d ps pushed at %d ps", e.At.Ps(), q.last.Ps()))
	}
	q.n++
	tick := e.At.Ps() >> slotShift
	switch {
	case tick <= q.tick:
		q.open.push(e)
	case tick>>wheelBits == q.tick>>wheelBits:
		q.link(&q.fine, int(tick&wheelMask), e)
	case tick>>(2*wheelBits) == q.tick>>(2*wheelBits):
		q.link(&q.coarse, int(tick>>wheelBits&wheelMask), e)
	default:
		q.far.push(e)
	}
}

// Pop removes and returns the earliest event, or false when there is none.
func (q *Events) Pop() (Event, bool) {
	if len(q.open.list) == 0 {
		switch slot := q.fine.next(int(q.tick & wheelMask)); {
		case slot == none:
			if !q.advance() {
				return Event{}, false
			}
		case q.nodes[q.fine.head[slot]].next == none:
			return q.single(slot), true
		default:
			q.tick = q.tick&^wheelMask | int64(slot)
			q.openSlot(slot)
		}
	}
	e := q.open.pop()
	q.last = e.At
	q.n--
	return e, true
}

// single removes and returns the event of a slot that has one only, as most have in a rack that is not busy: it need not be
// sorted in.
func (q *Events) single(slot int) Event {
	i := q.fine.take(slot)
	n := &q.nodes[i]
	n.next, q.free = q.free, i
	q.tick = q.tick&^wheelMask | int64(slot)
	q.last = n.ev.At
	q.n--
	return n.ev
}

// PendingAt reports whether an event is pending at the instant of the last one popped.
func (q *Events) PendingAt(now units.Time) bool {
	// What is not in the open slot is later than all of it.
	return len(q.open.list) > 0 && q.open.list[0].At == now
}

func (q *Events) link(w *wheel, slot int, e Event) {
	i := q.free
	if i == none {
		q.nodes = append(q.nodes, node{})
		i = int32(len(q.nodes) - 1)
	} else {
		q.free = q.nodes[i].next
	}
	q.nodes[i] = node{e, w.head[slot]}
	w.head[slot] = i
	w.used[slot>>6] |= 1 << (slot & 63)
	w.groups |= 1 << (slot >> 6)
}

// advance opens the next slot that has events, or returns false when no events are left.
func (q *Events) advance() bool {
	for {
		if slot := q.fine.next(int(q.tick & wheelMask)); slot != none {
			q.tick = q.tick&^wheelMask | int64(slot)
			q.openSlot(slot)
			return true
		}
		if !q.refill() {
			return false
		}
		if len(q.open.list) > 0 {
			return true
		}
	}
}

// openSlot moves the events of a fine slot to the open heap.
func (q *Events) openSlot(slot int) {
	for i := q.fine.take(slot); i != none; {
		n := &q.nodes[i]
		next := n.next
		q.open.push(n.ev)
		n.next, q.free = q.free, i
		i = next
	}
}

// refill spreads the next coarse slot over the empty fine wheel, after filling the coarse wheel from the heap when
// that is empty too.
func (q *Events) refill() bool {
	slot := q.coarse.next(int(q.tick >> wheelBits & wheelMask))
	if slot == none {
		return q.refillFar()
	}
	q.tick = (q.tick>>wheelBits&^wheelMask | int64(slot)) << wheelBits
	for i := q.coarse.take(slot); i != none; {
		n := q.nodes[i]
		q.nodes[i].next, q.free = q.free, i
		i = n.next
		q.place(n.ev)
	}
	return true
}

// refillFar starts the wheels anew at the earliest event of the heap.
func (q *Events) refillFar() bool {
	if len(q.far.list) == 0 {
		return false
	}
	q.tick = q.far.list[0].At.Ps() >> slotShift
	for len(q.far.list) > 0 && q.far.list[0].At.Ps()>>(slotShift+2*wheelBits) == q.tick>>(2*wheelBits) {
		q.place(q.far.pop())
	}
	return true
}

// place is Push for an event that is pending already.
func (q *Events) place(e Event) {
	q.n--
	q.Push(e)
}

// next returns the first slot after from that has events, or none.
func (w *wheel) next(from int) int {
	g := (from + 1) >> 6
	if g >= len(w.used) {
		return none
	}
	if rest := w.used[g] >> ((from + 1) & 63); rest != 0 {
		return from + 1 + bits.TrailingZeros64(rest)
	}
	later := w.groups >> 1 >> g
	if later == 0 {
		return none
	}
	g += 1 + bits.TrailingZeros64(later)
	return g<<6 + bits.TrailingZeros64(w.used[g])
}

// take empties a slot and returns the head of its list.
func (w *wheel) take(slot int) int32 {
	i := w.head[slot]
	w.head[slot] = none
	w.used[slot>>6] &^= 1 << (slot & 63)
	if w.used[slot>>6] == 0 {
		w.groups &^= 1 << (slot >> 6)
	}
	return i
}

// Moves returns how often an event took the place of another in a heap so far: what the work grows with beside the number of
// events.
func (q *Events) Moves() uint64 { return q.open.moves + q.far.moves }

// eventHeap holds events with the earliest first. It is not a Heap, which calls its order through a pointer: nothing runs more often.
type eventHeap struct {
	list  []Event
	moves uint64
}

func (h *eventHeap) push(e Event) {
	h.list = append(h.list, e)
	list, i := h.list, len(h.list)-1
	for i > 0 {
		up := (i - 1) / 2
		if !e.before(&list[up]) {
			break
		}
		list[i], i = list[up], up
		h.moves++
	}
	list[i] = e
}

// pop removes and returns the earliest event of a heap that is not empty.
func (h *eventHeap) pop() Event {
	end := len(h.list) - 1
	first, e := h.list[0], h.list[end]
	h.list = h.list[:end]
	list, i := h.list, 0
	for {
		down := 2*i + 1
		if down >= end {
			break
		}
		if down+1 < end && list[down+1].before(&list[down]) {
			down++
		}
		if !list[down].before(&e) {
			break
		}
		list[i], i = list[down], down
		h.moves++
	}
	if end > 0 {
		list[i] = e
	}
	return first
}
