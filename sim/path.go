package sim

import (
	"iter"
	"math"
	"slices"

	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Op is what happens at a hop.
type Op uint8

// The operations of a hop.
const (
	OpVisit      Op = iota // be served by a station
	OpStation              // be served by a Station
	OpQueue                // wait in a Scheduler and be served by it
	OpGather               // wait in a Coalescer for others
	OpDelay                // a fixed time
	OpCutThrough           // a fixed time from the first bit: the packet is forwarded before its last bit is in
	OpSelect               // choose one of n equal devices by the flow's hash, or the one that the path is pinned to
	OpReceive              // the receiver's half of the way from VM to VM begins
	OpEnterChain           // the DSN has the packet
	OpLeaveChain           // the DSN is done with it
	OpFilter               // a packet that the services refuse ends here
	OpCopy                 // a packet that the services mirror is copied here
	opEnd                  // the segment is at its end: on to the path's next
)

// Serves reports whether the hop leads to a place: a station, a Station, a Scheduler or a Coalescer.
func (o Op) Serves() bool { return o <= OpGather }

// Hop is one step of a path, in half a cache line.
type Hop struct {
	Op   Op
	Join bool // derived: packets of several upstreams meet here
	// Form says which of the packet's sizes is served here.
	Form packet.Form
	// Other is 1 where the visit is of the station's other kind (Spec.Other). A Station finds it in the packet's Kind.
	Other uint8
	// Reads says how much of the packet a station serves: all of it, Bytes, or Bytes and the tenant's headers behind them.
	Reads Reads
	// Salt, where it is not 0, has OpSelect go by bits of its own instead of the hash as it is.
	Salt rng.Salt
	// Name is what a trace calls a delay, and captures a filter.
	Name Label
	// Node is the station's, Station's, Scheduler's, Coalescer's or Copy's number. With a Stride, member m of a group is served by Node + m*Stride.
	Node   int32
	Stride int32
	// Bytes goes with Reads; with the whole packet it is what more goes over the wire, such as a tag. For OpFilter it is the reasons (1 << reason) that are passed over.
	Bytes uint32
	// N is the number of devices that OpSelect chooses among. Pinned, where it is not 0, is one more than the number of the one
	// that all packets of the path go to.
	N, Pinned uint16
	// Delay is the time of OpDelay and OpCutThrough, and what fold has put behind a visit.
	Delay units.Duration
}

// Label is the name of a hop, which only traces and captures read: its place in the engine's list of them (Engine.Label).
type Label uint16

// labels are the names of an engine's hops, each once. None is 0.
type labels struct {
	names []string
	of    map[string]Label
}

// Label returns the short form of a hop's name.
func (l *labels) Label(name string) Label {
	if n, ok := l.of[name]; ok {
		return n
	}
	if len(l.names) > math.MaxUint16 {
		panic("sim: more than 2^16 names of hops")
	}
	n := Label(len(l.names))
	l.names = append(l.names, name)
	l.of[name] = n
	return n
}

func newLabels() labels { return labels{names: []string{""}, of: map[string]Label{"": 0}} }

// Reads is how much of a packet a station serves.
type Reads uint8

// The parts of a packet.
const (
	WholePacket Reads = iota // and Hop.Bytes more
	HeadersOnly              // Hop.Bytes, and as many more as the tenant's frame has headers
	BytesOnly                // Hop.Bytes: behind them is what the station cannot read
)

// bytes returns how much of a packet is served at a hop.
func (h *Hop) bytes(p *packet.Packet) uint32 {
	switch h.Reads {
	case HeadersOnly:
		return h.Bytes + uint32(p.Header)
	case BytesOnly:
		return h.Bytes
	}
	return p.Bytes[h.Form] + h.Bytes
}

// member returns the device that OpSelect chooses for a packet with a hash.
func (h *Hop) member(hash uint32) uint16 {
	if h.Pinned > 0 {
		return h.Pinned - 1
	}
	if h.Salt != 0 {
		hash = rng.Choose(hash, h.Salt)
	}
	return uint16(uint64(hash) * uint64(h.N) >> 32)
}

// fold puts the delays that directly follow a visit into it, so that a packet takes fewer steps. A trace wants them apart.
func fold(hops []Hop) []Hop {
	var out []Hop
	for _, h := range hops {
		if last := len(out) - 1; h.Op == OpDelay && last >= 0 && out[last].Op <= OpDelay {
			out[last].Delay += h.Delay
			continue
		}
		out = append(out, h)
	}
	return out
}

// Station is a station whose service depends on more than the packet's size: a cache in front of a memory, a CPU core
// that is taken away. Its arrivals come in time order.
type Station interface {
	// Serve is Visit for a whole packet.
	Serve(at units.Time, p *packet.Packet) (station.Visit, bool)
	// Name is the name in reports, DropReason the stats.DropReason of a packet without room.
	Name() string
	DropReason() uint8
	// Ordered says whether packets leave in the order in which they came. The engine enforces it: a packet that would overtake waits
	// for the one before.
	Ordered() bool
	// Measure sets the window that the statistics cover; Usage reports them, a line for each resource inside.
	Measure(w station.Window)
	Usage() []station.Usage
}

// Sharing is a Station that shares something with others, such as the channels of a memory. All of them are joins, so that
// what they share sees the visits in time order.
type Sharing interface {
	// Shares reports whether it does.
	Shares() bool
}

// Stateless is a Station that changes instants by a rule of the clock alone, such that later ones stay later. It serves
// packets in any order.
type Stateless interface{ Stateless() }

// A place is a node of the graph of stations: stations count up from 0, schedulers from firstScheduler, gathers from
// firstGather, stations down from -1.
type place int32

const (
	firstScheduler place = 1 << 29
	firstGather    place = 1 << 30
)

// upstream is one way in which packets reach a place. A place that all packets reach from one upstream, in order, sees
// them in time order without events.
type upstream struct {
	from   place
	source int
	kind   uint8 // of visit to a Serving
	delay  units.Duration
	rewind bool
	shift  int32 // one more than the number of the Stateless place on the way
}

// order says whether packets leave a place in the order in which they came to it with visits of a kind, and whether that holds for each
// kind apart.
type order func(pl place, kind uint8) (keeps, apart bool)

// markJoins finds the hops at which packets of several upstreams meet. sources[p] lists the sources that send along
// path p; a path past its end has none. shared tells the places that are joins whatever leads to them.
func markJoins(paths *paths, copies []Copy, sources [][]int, ordered order, shared, stateless func(place) bool) {
	ways := map[place]map[upstream]bool{}
	unordered := map[place]bool{}
	members := make([]int, len(paths.names)) // that a copy's path begins with, 0 for a source's
	for i := range min(len(paths.names), len(sources)) {
		w := walker{ways: ways, unordered: unordered, ordered: ordered, stateless: stateless}
		w.begin(sources[i])
		for h := range paths.along(i) {
			w.hop(h)
			if h.Op == OpCopy {
				way := copies[h.Node].Path
				members[way] = max(members[way], w.members)
				w.branch(paths.along(way))
			}
		}
	}
	joins := map[place]bool{}
	for pl, from := range ways {
		joins[pl] = len(from) > 1 || unordered[pl] || shared(pl)
	}
	for changed := true; changed; {
		changed = false
		for i := range paths.names {
			changed = markPath(paths.along(i), members[i], joins, ordered) || changed
		}
	}
}

// markPath marks the joins of one path and reports whether it found a new one. A place is a join for all hops that lead
// to it or for none: packets that wait for their event must not be passed by others that run ahead to the same place.
// The first join is also where the engine asks the source for its next packet, so until then no packet may overtake
// another: a fan-out to several devices, or a place that lets packets overtake, is made a join when it comes first. So is
// the place in front of the first copy, since copies do not wait for the next join of the packet. copied is 0 for the path
// of a source, and for that of a copy the number of members at its beginning; the packet has had its first join then.
func markPath(hops iter.Seq[*Hop], copied int, joins map[place]bool, ordered order) bool {
	members, joined, changed := max(1, copied), copied > 0, false
	var last *Hop
	var list []place
	join := func() {
		last.Join, joined = true, true
		for _, pl := range list {
			changed = changed || !joins[pl]
			joins[pl] = true
		}
	}
	for h := range hops {
		switch {
		case h.Op == OpSelect:
			members = int(h.N)
		case h.Op == OpCopy && !joined:
			join()
		case h.Op.Serves():
			last, list = h, h.places(members)
			for _, pl := range list {
				keeps, _ := ordered(pl, h.Other)
				if h.Join || joins[pl] || !joined && (len(list) > 1 || !keeps) {
					join()
					break
				}
			}
		}
	}
	return changed
}

// places lists the places that a hop may lead to, given the number of members that the last OpSelect chose among.
func (h *Hop) places(members int) []place {
	if !h.Op.Serves() {
		return nil
	}
	if h.Stride == 0 {
		members = 1
	}
	list := make([]place, members)
	for m := range list {
		list[m] = place(h.Node + int32(m)*h.Stride)
		switch h.Op {
		case OpStation:
			list[m] = -1 - list[m]
		case OpQueue:
			list[m] += firstScheduler
		case OpGather:
			list[m] += firstGather
		}
	}
	return list
}

// walker follows one path and notes how each place is reached.
type walker struct {
	ways      map[place]map[upstream]bool
	unordered map[place]bool
	ordered   order
	stateless func(place) bool
	last      []upstream // how the next place is reached, one for each member or one for all
	aligned   bool       // member m comes from entry m of last
	members   int
	delay     units.Duration
	rewind    bool
	shift     int32
}

func (w *walker) begin(sources []int) {
	for _, s := range sources {
		w.last = append(w.last, upstream{source: s + 1})
	}
	w.members = 1
}

// branch follows a copy along its own path.
func (w *walker) branch(hops iter.Seq[*Hop]) {
	c := *w
	c.last = slices.Clone(w.last)
	for h := range hops {
		c.hop(h)
	}
}

func (w *walker) hop(h *Hop) {
	switch h.Op {
	case OpDelay:
		w.delay += h.Delay
	case OpCutThrough:
		w.delay += h.Delay
		w.rewind = true
	case OpSelect:
		w.members, w.aligned = int(h.N), false
	case OpVisit, OpStation, OpQueue, OpGather:
		if to := h.places(w.members); len(to) == 1 && w.stateless(to[0]) {
			w.shift = h.Node + 1
			w.delay += h.Delay
		} else {
			w.arrive(to, h.Other, h.Stride != 0)
			w.delay = h.Delay
		}
	}
}

// arrive notes how packets get to places with visits of a kind.
func (w *walker) arrive(to []place, kind uint8, group bool) {
	for m, pl := range to {
		if w.ways[pl] == nil {
			w.ways[pl] = map[upstream]bool{}
		}
		for k, up := range w.last {
			if group && w.aligned && k != m {
				continue
			}
			up.delay, up.rewind, up.shift = w.delay, w.rewind, w.shift
			w.ways[pl][up] = true
			if up.source > 0 {
				continue
			}
			if keeps, _ := w.ordered(up.from, up.kind); !keeps {
				w.unordered[pl] = true
			}
		}
	}
	w.last = w.last[:0]
	for _, pl := range to {
		up := upstream{from: pl}
		if _, apart := w.ordered(pl, kind); apart {
			up.kind = kind
		}
		w.last = append(w.last, up)
	}
	w.aligned, w.delay, w.rewind, w.shift = group, 0, false, 0
}
