package workloads

import (
	"cmp"

	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/queue"
	"github.com/dsnsim/dsnsim/sim/units"
)

// stage is one step of a message or command: packets on one leg.
type stage struct {
	leg *sender
	// sizes are the sizes of each packet, in memory (Plain) and on the network (Tunnelled).
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

// nobody is the message number of packets for which no message waits.
const nobody = ^uint32(0)

// segment is packets of a message that wait to be sent, a stage's packets from one number to another; or room that comes back
// to a leg.
type segment struct {
	at          units.Time
	message     uint32
	pair        uint32
	index, last uint16
	stage       uint8
	back        bool
	size        [2]uint32 // of a packet that nobody waits for
	places      int32
	bytes       int64
}

// before orders shipments: what comes back first, then by message.
func before(s, o *segment) bool {
	if s.back != o.back && s.at == o.at {
		return s.back
	}
	return cmp.Or(cmp.Compare(s.at.Ps(), o.at.Ps()), cmp.Compare(s.message, o.message), cmp.Compare(s.stage, o.stage),
		cmp.Compare(s.index, o.index), cmp.Compare(s.pair, o.pair)) < 0
}

// sender sends packets along one path. It is a sim.Source that is woken.
type sender struct {
	work   *workload
	number int // of the source
	path   uint16
	due    queue.Heap[segment]
	alarm  sim.Alarm
	ready  []segment // in the order in which they go
	head   int
	// places is how many read requests may still go out, and room how many bytes the card's buffer has; a leg that is not
	// bounded has no limits.
	bounded bool
	places  int
	room    int64
	perRead int64
}

// send has packets sent at an instant.
func (l *sender) send(s segment) {
	l.due.Push(s)
	l.alarm.Set(s.at)
}

// arrive takes in what is due by an instant.
func (l *sender) arrive(now units.Time) {
	for l.due.Len() > 0 && !l.due.First().at.After(now) {
		s := l.due.Pop()
		if s.back {
			l.places, l.room = l.places+int(s.places), l.room+s.bytes
		} else {
			l.ready = append(l.ready, s)
		}
	}
	switch {
	case l.head == len(l.ready):
		l.ready, l.head = l.ready[:0], 0
	case l.head >= 1024 && l.head >= len(l.ready)/2:
		n := copy(l.ready, l.ready[l.head:])
		l.ready, l.head = l.ready[:n], 0
	}
}

func (l *sender) Next(p *packet.Packet) bool {
	l.alarm.Rang(p.Sent)
	l.arrive(p.Sent)
	if l.fill(p) {
		return true
	}
	if l.due.Len() > 0 {
		l.alarm.Set(l.due.First().at)
	}
	return false
}

// fill fills in the first packet that is ready, if there is room for it.
func (l *sender) fill(p *packet.Packet) bool {
	if l.head == len(l.ready) {
		return false
	}
	s := &l.ready[l.head]
	w := l.work
	size := s.size
	if s.message != nobody {
		size = w.stageOf(s.message, s.stage).sizes[s.index]
	}
	if l.bounded && !l.take(s, size[packet.Plain]) {
		return false
	}
	p.Path, p.Bytes, p.Record, p.Class = l.path, size, -1, w.class
	p.Refer(packet.Ref{Of: s.message, Part: uint16(s.stage), Index: s.index})
	p.Flow = w.firstPair + s.pair
	p.Hash = w.hash(s.pair)
	if s.index == s.last {
		l.head++
	} else {
		s.index++
	}
	return true
}

// reads is how many places a packet that reads a number of bytes needs, at most all that there are.
func (l *sender) reads(bytes uint32) int {
	return min(l.work.tags, max(1, int((int64(bytes)+l.perRead-1)/l.perRead)))
}

// take takes room for the bytes of a packet if there is enough.
func (l *sender) take(s *segment, size uint32) bool {
	n := l.reads(size)
	bytes := int64(0)
	if s.message != nobody && l.work.stageOf(s.message, s.stage).staged {
		bytes = min(int64(size), l.work.buffer)
	}
	if l.places < n || l.room < bytes {
		return false
	}
	l.places -= n
	l.room -= bytes
	return true
}

// Ended is called when a packet of the leg was delivered, or lost.
func (l *sender) Ended(p *packet.Packet, at units.Time, delivered bool) {
	w := l.work
	if l.bounded {
		l.send(segment{at: at, back: true, places: int32(l.reads(p.Bytes[packet.Plain]))})
	}
	ref := p.Ref()
	if ref.Of == nobody {
		return
	}
	m, s := &w.messages[ref.Of], uint8(ref.Part)
	stages := w.plans[m.plan]
	if s > 0 && stages[s-1].staged {
		w.unstage(stages, s-1, ref.Index, at)
	}
	m.at[s] = units.Later(m.at[s], at)
	if delivered {
		m.arrived[s]++
		w.goOn(ref.Of, s, ref.Index, at)
	} else {
		m.lost = true
		if stages[s].staged {
			w.unstage(stages, s, ref.Index, at)
		}
	}
	if m.under--; m.under == 0 {
		w.over(ref.Of)
	}
}

// unstage gives the buffer back what a packet of a stage has held.
func (w *workload) unstage(stages []stage, s uint8, index uint16, at units.Time) {
	bytes := min(int64(stages[s].sizes[index][packet.Plain]), w.buffer)
	stages[s].leg.send(segment{at: at, back: true, bytes: bytes})
}

// goOn sends what follows a packet that has arrived.
func (w *workload) goOn(n uint32, s uint8, index uint16, at units.Time) {
	m := &w.messages[n]
	stages := w.plans[m.plan]
	all := int(m.arrived[s]) == len(stages[s].sizes)
	if all {
		for i := range stages[s].aside {
			a := &stages[s].aside[i]
			a.leg.send(segment{at: m.at[s], message: nobody, index: uint16(i), last: uint16(i), size: a.sizes[0], pair: m.pair})
		}
	}
	switch {
	case int(s)+1 == len(stages):
	case stages[s].each:
		w.ship(n, s+1, int(index), int(index), at)
	case all:
		w.shipAll(n, s+1, m.at[s])
	}
}

// ship sends packets of a message, a stage's packets from first to last.
func (w *workload) ship(n uint32, s uint8, first, last int, at units.Time) {
	m := &w.messages[n]
	m.under += uint32(last - first + 1)
	w.plans[m.plan][s].leg.send(segment{at: at, message: n, stage: s, index: uint16(first), last: uint16(last), pair: m.pair})
}

// shipAll sends all packets of a stage.
func (w *workload) shipAll(n uint32, s uint8, at units.Time) {
	w.ship(n, s, 0, len(w.plans[w.messages[n].plan][s].sizes)-1, at)
}

var _ sim.Source = (*sender)(nil)
