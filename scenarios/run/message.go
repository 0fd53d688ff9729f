package run

import (
	"cmp"
	"container/heap"

	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// stage is one step of a message or command: packets on one leg.
type stage struct {
	leg *leg
	// sizes are those of each packet, in memory (Plain) and on the network (Tunnelled).
	sizes [][2]uint32
	// each lets the packet of a number in the next stage go when this one's is there; else all go when all are there.
	each bool
	// staged has the card's buffer hold a packet's bytes until the next stage is done with it.
	staged bool
	// aside is what goes as the stage ends, and nobody waits for.
	aside []stage
}

// maxStages is how many stages a message has at most.
const maxStages = 8

// message is one that is under way.
type message struct {
	plan    uint8
	pair    uint32
	begun   units.Time
	under   uint32 // packets under way
	lost    bool
	arrived [maxStages]uint32
	at      [maxStages]units.Time // when the last of those arrived
}

// nobody is the number of the message that packets are of that nobody waits for.
const nobody = ^uint32(0)

// shipment is a packet that waits to be sent, or room that comes back to a leg.
type shipment struct {
	at      units.Time
	message uint32
	stage   uint8
	index   uint16
	size    [2]uint32
	pair    uint32
	back    bool
	places  int
	bytes   int64
}

// before orders shipments: what comes back first, then by message.
func (s *shipment) before(o *shipment) bool {
	if s.back != o.back && s.at == o.at {
		return s.back
	}
	return cmp.Or(cmp.Compare(s.at.Ps(), o.at.Ps()), cmp.Compare(s.message, o.message), cmp.Compare(s.stage, o.stage),
		cmp.Compare(s.index, o.index), cmp.Compare(s.pair, o.pair)) < 0
}

// leg sends packets along one path. It is a sim.Source that is woken.
type leg struct {
	work   *workload
	number int // of the source
	path   uint16
	due    shipments
	ready  []shipment // in the order in which they go
	head   int
	// places is how many read requests may still go out, and room how many bytes the card's buffer has; a leg that is not
	// bounded has no limits.
	bounded bool
	places  int
	room    int64
	perRead int64
}

// send has a packet sent at an instant.
func (l *leg) send(s shipment) {
	heap.Push(&l.due, s)
	l.work.engine.Wake(l.number, s.at)
}

// Next is sim.Source.
func (l *leg) Next(p *packet.Packet) bool {
	for len(l.due) > 0 && !l.due[0].at.After(p.Sent) {
		s := heap.Pop(&l.due).(shipment)
		if s.back {
			l.places, l.room = l.places+s.places, l.room+s.bytes
		} else {
			l.ready = append(l.ready, s)
		}
	}
	if l.head == len(l.ready) {
		l.ready, l.head = l.ready[:0], 0
		return false
	}
	s := &l.ready[l.head]
	if l.bounded && !l.take(s) {
		return false
	}
	l.head++
	w := l.work
	p.Path, p.Bytes, p.Record, p.Class = l.path, s.size, -1, w.class
	p.SA, p.VF, p.Queue = s.message, uint16(s.stage), s.index
	p.Flow = w.firstPair + s.pair
	p.Hash = w.hash(s.pair)
	return true
}

// reads is how many places the packet takes that reads so many bytes, never more than there are at all.
func (l *leg) reads(bytes uint32) int {
	return min(l.work.tags, max(1, int((int64(bytes)+l.perRead-1)/l.perRead)))
}

// take takes room for a packet if there is enough.
func (l *leg) take(s *shipment) bool {
	n := l.reads(s.size[packet.Plain])
	bytes := int64(0)
	if s.message != nobody && l.work.stageOf(s.message, s.stage).staged {
		bytes = min(int64(s.size[packet.Plain]), l.work.buffer)
	}
	if l.places < n || l.room < bytes {
		return false
	}
	l.places -= n
	l.room -= bytes
	return true
}

// ended is told that a packet of the leg was delivered, or lost.
func (l *leg) ended(p *packet.Packet, at units.Time, delivered bool) {
	w := l.work
	if l.bounded {
		l.send(shipment{at: at, back: true, places: l.reads(p.Bytes[packet.Plain])})
	}
	if p.SA == nobody {
		return
	}
	m, s := &w.messages[p.SA], uint8(p.VF)
	stages := w.plans[m.plan]
	if s > 0 && stages[s-1].staged {
		w.unstage(stages, s-1, p.Queue, at)
	}
	m.at[s] = units.Later(m.at[s], at)
	if delivered {
		m.arrived[s]++
		w.goOn(p.SA, s, p.Queue, at)
	} else {
		m.lost = true
		if stages[s].staged {
			w.unstage(stages, s, p.Queue, at)
		}
	}
	if m.under--; m.under == 0 {
		w.over(p.SA)
	}
}

// unstage gives the buffer back what a packet of a stage has held.
func (w *workload) unstage(stages []stage, s uint8, index uint16, at units.Time) {
	bytes := min(int64(stages[s].sizes[index][packet.Plain]), w.buffer)
	stages[s].leg.send(shipment{at: at, back: true, bytes: bytes})
}

// goOn sends what follows a packet that has arrived.
func (w *workload) goOn(n uint32, s uint8, index uint16, at units.Time) {
	m := &w.messages[n]
	stages := w.plans[m.plan]
	all := int(m.arrived[s]) == len(stages[s].sizes)
	if all {
		for i := range stages[s].aside {
			a := &stages[s].aside[i]
			a.leg.send(shipment{at: m.at[s], message: nobody, index: uint16(i), size: a.sizes[0], pair: m.pair})
		}
	}
	switch {
	case int(s)+1 == len(stages):
	case stages[s].each:
		w.ship(n, s+1, index, at)
	case all:
		w.shipAll(n, s+1, m.at[s])
	}
}

// ship sends a packet of a message.
func (w *workload) ship(n uint32, s uint8, index uint16, at units.Time) {
	m := &w.messages[n]
	m.under++
	st := &w.plans[m.plan][s]
	st.leg.send(shipment{at: at, message: n, stage: s, index: index, size: st.sizes[index], pair: m.pair})
}

// shipAll sends all packets of a stage.
func (w *workload) shipAll(n uint32, s uint8, at units.Time) {
	for i := range w.plans[w.messages[n].plan][s].sizes {
		w.ship(n, s, uint16(i), at)
	}
}

// shipments is a heap.
type shipments []shipment

func (h shipments) Len() int           { return len(h) }
func (h shipments) Less(i, j int) bool { return h[i].before(&h[j]) }
func (h shipments) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *shipments) Push(x any)        { *h = append(*h, x.(shipment)) }
func (h *shipments) Pop() any {
	old := *h
	s := old[len(old)-1]
	*h = old[:len(old)-1]
	return s
}

var _ sim.Source = (*leg)(nil)
