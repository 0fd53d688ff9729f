package sim

import (
	"iter"
	"slices"

	"github.com/dsnsim/dsnsim/sim/packet"
)

// This file is how an engine keeps its paths. A rack of 40 servers has 1,560 pairs with a path each, but only 40 ways out of a server
// and 40 into one. So a path is a list of segments, which end where a packet turns into the receiver's half, and equal segments
// are one. What packets touch on their way then fits into a cache.

// Path is the ordered way of a packet, from its source to where it is delivered.
type Path struct {
	Name string
	Hops []Hop
}

// paths are those of an engine.
type paths struct {
	names []string
	// first is where the list of each path begins in lists: the numbers of its segments, and then noSegment.
	first    []uint32
	lists    []int32
	segments [][]Hop
	alike    map[likeness][]int32
	// arena has the hops of all segments as packets walk them, with opEnd behind each segment, and fronts what is in front of
	// those in lists there, 0 at the end of a list. So a packet needs its places in the two, and no path.
	arena  []Hop
	fronts []uint32
}

const noSegment = -1

// likeness is what equal segments have in common.
type likeness struct {
	hops        int
	first, last Hop
}

// AddPath adds a path and returns its number.
func (e *Engine) AddPath(p Path) int { return e.paths.add(p) }

func (t *paths) add(p Path) int {
	t.names = append(t.names, p.Name)
	t.first = append(t.first, uint32(len(t.lists)))
	for rest := p.Hops; ; {
		n := 1 + slices.IndexFunc(rest, func(h Hop) bool { return h.Op == OpReceive })
		if n == 0 {
			n = len(rest)
		}
		t.lists = append(t.lists, t.segment(rest[:n]))
		if rest = rest[n:]; len(rest) == 0 {
			break
		}
	}
	t.lists = append(t.lists, noSegment)
	return len(t.names) - 1
}

// segment returns the number of the segment of some hops.
func (t *paths) segment(hops []Hop) int32 {
	key := likeness{hops: len(hops)}
	if len(hops) > 0 {
		key.first, key.last = hops[0], hops[len(hops)-1]
	}
	for _, n := range t.alike[key] {
		if slices.Equal(t.segments[n], hops) {
			return n
		}
	}
	n := int32(len(t.segments))
	t.segments = append(t.segments, slices.Clone(hops))
	if t.alike == nil {
		t.alike = map[likeness][]int32{}
	}
	t.alike[key] = append(t.alike[key], n)
	return n
}

// along yields the hops of a path.
func (t *paths) along(path int) iter.Seq[*Hop] {
	return func(yield func(*Hop) bool) {
		for _, n := range t.list(path) {
			for j := range t.segments[n] {
				if !yield(&t.segments[n][j]) {
					return
				}
			}
		}
	}
}

// list returns the segments of a path.
func (t *paths) list(path int) []int32 {
	list := t.lists[t.first[path]:]
	return list[:slices.Index(list, noSegment)]
}

// lay puts the segments where packets walk them. No path is added behind it.
func (t *paths) lay() {
	t.arena = []Hop{{Op: opEnd}, {Op: opEnd}} // nothing is in front of 0
	front := make([]uint32, len(t.segments))
	for i, hops := range t.segments {
		front[i] = uint32(len(t.arena) - 1)
		t.arena = append(append(t.arena, hops...), Hop{Op: opEnd})
	}
	for i := range t.segments {
		t.segments[i] = t.arena[front[i]+1:][:len(t.segments[i])] // one copy of them
	}
	t.fronts = make([]uint32, len(t.lists))
	for i, n := range t.lists {
		if n != noSegment {
			t.fronts[i] = front[n]
		}
	}
}

// enter puts a packet in front of its path.
func (t *paths) enter(p *packet.Packet) {
	p.Seg = t.first[p.Path]
	p.Hop = t.fronts[p.Seg] + 1
}

// next goes on to the path's next segment, and returns what is in front of it, or 0 at the end.
func (t *paths) next(p *packet.Packet) uint32 {
	p.Seg++
	return t.fronts[p.Seg]
}

// hop returns the hop where a packet is.
func (t *paths) hop(p *packet.Packet) *Hop { return &t.arena[p.Hop] }

// position returns how many hops of its path a packet has behind it.
func (t *paths) position(p *packet.Packet) int {
	n := int(p.Hop - t.fronts[p.Seg] - 1)
	for _, before := range t.lists[t.first[p.Path]:p.Seg] {
		n += len(t.segments[before])
	}
	return n
}
