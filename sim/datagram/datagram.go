// Package datagram joins the fragments of IP datagrams, v4 and v6: only the first has the ports, and a device that judges
// or forwards by ports must treat all fragments of a datagram like it. It does so as devices do that do not put datagrams
// together: a table remembers the first fragment of each datagram under way ("virtual reassembly").
//
// Every service, hash and placement sees fragments by this package, so that a datagram fares alike everywhere. It works on
// the records of a capture, in their order and by their times, before the run.
package datagram

import (
	"container/list"

	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Spec bounds the table.
type Spec struct {
	// Datagrams is how many it holds: one more takes the place of the one that was idle longest.
	Datagrams int
	// Held is how many fragments of a datagram may wait for its first.
	Held int
	// Timeout is how long a datagram may be idle.
	Timeout units.Duration
}

// Cause says why a fragment is lost: nobody can tell its ports.
type Cause uint8

// The causes.
const (
	// NoFirst: the first fragment did not come in time, or the capture does not have its ports.
	NoFirst Cause = iota
	// TooMany: more fragments came before the first than are held.
	TooMany
	// NoRoom: its datagram had to make room for another.
	NoRoom
	// Tiny: a first fragment hid ports or flags, and all of its datagram are lost (RFC 1858, RFC 3128, RFC 7112).
	Tiny
	// Overlaps: fragments overlap or contradict each other, and all that come afterwards are lost (RFC 5722).
	Overlaps

	causes = iota
)

var causeNames = [causes]string{"without a first fragment in time", "too many before the first", "no room in the table", "first fragment too short", "overlapping"}

// String returns the cause in words.
func (c Cause) String() string { return causeNames[c] }

// Joined says which datagram each record of a capture belongs to. The nil one has no fragments.
type Joined struct {
	first []int32 // by record: the record of the first fragment, its own where it is no fragment, or lost
	// Fragments counts the capture's fragments, Lost the ones whose ports nobody can tell, by Cause.
	Fragments int
	Lost      [causes]int
}

const lost = -1

// First returns the record whose headers decide about a record: its datagram's first fragment, or itself where
// it is no fragment. It is false for a fragment that is lost.
func (j *Joined) First(record int) (first int, ok bool) {
	if j == nil {
		return record, true
	}
	n := j.first[record]
	return int(n), n != lost
}

// Join finds the datagrams of records.
func Join(records []capture.Record, spec Spec) *Joined {
	var t *table
	now := int64(0)
	for i := range records {
		r := &records[i]
		now = max(now, r.TimeNs)
		h := header.Parse(r.Data)
		if h.Version == 0 || h.Fragment == header.Whole {
			continue
		}
		if t == nil {
			t = newTable(records, spec)
		}
		k := key{vlan: h.VLAN, src: h.Key.Src, dst: h.Key.Dst, v6: h.Key.V6, network: r.Network}
		t.fragment(i, now, k, &h)
	}
	if t == nil {
		return nil
	}
	for e := t.oldest.Front(); e != nil; e = e.Next() {
		t.giveUp(e.Value.(*entry), NoFirst)
	}
	return &t.Joined
}

// key names a datagram. source: RFC 791, section 3.2; RFC 8200, section 4.5, where the protocol is no part of it
type key struct {
	src, dst [16]byte
	vlan     [header.MaxVLANs]uint16
	network  uint32
	id       uint32
	proto    uint8
	v6       bool
}

// entry is a datagram under way.
type entry struct {
	key   key
	heard int64
	first int32 // record, or lost
	held  []int32
	parts []part
	end   int // of the datagram, 0 while the last fragment has not come
	bytes int // of parts
	// bad says that all of it is lost, for a cause.
	bad   bool
	cause Cause
}

type part struct{ start, end int }

// maxParts is how many fragments the longest datagram has. source: 64 KiB over the least MTU of IPv4, which leaves 48 B for
// each (RFC 791, section 3.2)
const maxParts = 1366

type table struct {
	Joined
	spec    Spec
	records []capture.Record
	entries map[key]*list.Element
	oldest  list.List // of *entry, the one that was idle longest in front
}

func newTable(records []capture.Record, spec Spec) *table {
	t := &table{spec: spec, records: records, entries: map[key]*list.Element{}}
	t.first = make([]int32, len(records))
	for i := range t.first {
		t.first[i] = int32(i)
	}
	return t
}

// lose notes a lost fragment.
func (t *table) lose(record int32, c Cause) {
	t.first[record] = lost
	t.Lost[c]++
}

// giveUp loses what waits for the first fragment of a datagram.
func (t *table) giveUp(e *entry, c Cause) {
	for _, record := range e.held {
		t.lose(record, c)
	}
	e.held = nil
}

// condemn loses a datagram from now on.
func (t *table) condemn(e *entry, record int32, c Cause) {
	e.bad, e.cause = true, c
	t.giveUp(e, c)
	t.lose(record, c)
}

func (t *table) remove(el *list.Element) {
	delete(t.entries, el.Value.(*entry).key)
	t.oldest.Remove(el)
}

// find returns the entry of a datagram, a new one where there is none or the one there is was idle for too long.
func (t *table) find(now int64, k key) *list.Element {
	el := t.entries[k]
	if el != nil && now-el.Value.(*entry).heard > int64(t.spec.Timeout/units.Nanosecond) {
		t.giveUp(el.Value.(*entry), NoFirst)
		t.remove(el)
		el = nil
	}
	if el == nil {
		if len(t.entries) >= t.spec.Datagrams {
			t.giveUp(t.oldest.Front().Value.(*entry), NoRoom)
			t.remove(t.oldest.Front())
		}
		el = t.oldest.PushBack(&entry{key: k, first: lost})
		t.entries[k] = el
	}
	t.oldest.MoveToBack(el)
	el.Value.(*entry).heard = now
	return el
}

// fragment takes one fragment.
func (t *table) fragment(i int, now int64, k key, h *header.Summary) {
	t.Fragments++
	record, data := int32(i), t.records[i].Data
	p, ok := header.PieceOf(data, h)
	if k.id = p.ID; !k.v6 {
		k.proto = h.Key.Proto
	}
	if !ok || h.Reading(data, t.records[i].Wire) == header.Contradicts {
		t.lose(record, Overlaps) // it says nothing that could be believed about a datagram
		return
	}
	el := t.find(now, k)
	e := el.Value.(*entry)
	switch {
	case e.bad:
		t.lose(record, e.cause)
		return
	case !e.takes(&p) || h.Fragment == header.FirstFragment && e.first != lost && !t.alike(e.first, h):
		t.condemn(e, record, Overlaps)
		return
	case p.Tiny(h):
		t.condemn(e, record, Tiny)
		return
	}
	t.place(e, record, h)
	if e.end > 0 && e.bytes == e.end && e.first != lost {
		t.remove(el) // it is whole: the same identification is another datagram's now
	}
}

// place gives a good fragment its first, or has it wait.
func (t *table) place(e *entry, record int32, h *header.Summary) {
	switch {
	case h.Fragment == header.FirstFragment && !h.PortsKnown():
		t.condemn(e, record, NoFirst)
	case h.Fragment == header.FirstFragment:
		e.first = record
		for _, other := range e.held {
			t.first[other] = record
		}
		e.held = nil
	case e.first != lost:
		t.first[record] = e.first
	case len(e.held) == t.spec.Held:
		t.lose(record, TooMany)
	default:
		e.held = append(e.held, record)
	}
}

// alike reports whether a first fragment that came twice has the same ports.
func (t *table) alike(first int32, h *header.Summary) bool {
	was := header.Parse(t.records[first].Data)
	return was.Key == h.Key
}

// takes notes a part of the datagram. It reports false where the part overlaps another, unless it is the same once more, or
// ends beyond the datagram's end.
func (e *entry) takes(p *header.Piece) bool {
	if !p.More {
		if e.end != 0 && e.end != p.End {
			return false
		}
		e.end = p.End
	}
	for _, o := range e.parts {
		if o == (part{p.Start, p.End}) {
			return true
		}
		if p.Start < o.end && o.start < p.End || e.end != 0 && o.end > e.end {
			return false
		}
	}
	if e.end != 0 && p.End > e.end {
		return false
	}
	if len(e.parts) == maxParts {
		return false
	}
	e.parts = append(e.parts, part{p.Start, p.End})
	e.bytes += p.End - p.Start
	return true
}
