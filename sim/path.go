package sim

import (
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Op is what happens at a hop.
type Op uint8

// The operations of a hop.
const (
	OpVisit      Op = iota // be served by a station
	OpSpecial              // be served by a Special
	OpDelay                // a fixed time
	OpCutThrough           // a fixed time from the first bit: the packet is forwarded before its last bit is in
	OpSelect               // choose one of n equal devices by the flow's hash
	OpEnterChain           // the DSN has the packet
	OpLeaveChain           // the DSN is done with it
)

// Hop is one step of a path.
type Hop struct {
	Op   Op
	Join bool // derived: packets of several upstreams meet here
	// Form says which of the packet's sizes is served here.
	Form packet.Form
	// Node is the station's or Special's number. With a Stride, member m of a group is served by Node + m*Stride.
	Node   int32
	Stride int32
	// N is the number of devices that OpSelect chooses among.
	N uint16
	// Delay is the time of OpDelay and OpCutThrough.
	Delay units.Duration
	// Name is what a trace calls a delay.
	Name string
}

// Path is the ordered way of a packet, from its source to where it is delivered.
type Path struct {
	Name string
	Hops []Hop
	// Label is the caller's: it comes back with each packet.
	Label int
}

// Special is a station whose service depends on more than the packet's size: a cache in front of a memory, a CPU core
// that is taken away. Its arrivals come in time order.
type Special interface {
	// Serve is Visit for a whole packet.
	Serve(at units.Time, p *packet.Packet) (Visit, bool)
	// Name is the name in reports, DropReason the stats.DropReason of a packet without room.
	Name() string
	DropReason() uint8
	// Ordered says whether packets leave in the order in which they came.
	Ordered() bool
	// Measure sets the window that the statistics cover.
	Measure(from, to units.Time)
}

// A place is a node of the graph of stations: stations count up from 0, Specials down from -1.
type place int32

// upstream is one way in which packets reach a place. A place that all packets reach from one upstream, in order, sees
// them in time order without events.
type upstream struct {
	from   place
	source int
	delay  units.Duration
	rewind bool
}

// markJoins finds the hops at which packets of several upstreams meet. sources[p] lists the sources that send along
// path p.
func markJoins(paths []Path, sources [][]int, ordered func(place) bool) {
	ways := map[place]map[upstream]bool{}
	unordered := map[place]bool{}
	for i := range paths {
		w := walker{ways: ways, unordered: unordered, ordered: ordered}
		w.begin(sources[i])
		for j := range paths[i].Hops {
			w.hop(&paths[i].Hops[j])
		}
	}
	for i := range paths {
		members := 1
		for j := range paths[i].Hops {
			h := &paths[i].Hops[j]
			if h.Op == OpSelect {
				members = int(h.N)
			}
			for _, pl := range h.places(members) {
				// A place that lets packets overtake is a join too: were a source run ahead through it, a later
				// packet could be due behind it before the source was asked for that packet.
				h.Join = h.Join || len(ways[pl]) > 1 || unordered[pl] || !ordered(pl)
			}
		}
	}
}

// places lists the places that a hop may lead to, given the number of members that the last OpSelect chose among.
func (h *Hop) places(members int) []place {
	if h.Op != OpVisit && h.Op != OpSpecial {
		return nil
	}
	if h.Stride == 0 {
		members = 1
	}
	list := make([]place, members)
	for m := range list {
		list[m] = place(h.Node + int32(m)*h.Stride)
		if h.Op == OpSpecial {
			list[m] = -1 - list[m]
		}
	}
	return list
}

// walker follows one path and notes how each place is reached.
type walker struct {
	ways      map[place]map[upstream]bool
	unordered map[place]bool
	ordered   func(place) bool
	last      []upstream // how the next place is reached, one for each member or one for all
	aligned   bool       // member m comes from entry m of last
	members   int
	delay     units.Duration
	rewind    bool
}

func (w *walker) begin(sources []int) {
	for _, s := range sources {
		w.last = append(w.last, upstream{source: s + 1})
	}
	w.members = 1
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
	case OpVisit, OpSpecial:
		w.arrive(h.places(w.members), h.Stride != 0)
	}
}

func (w *walker) arrive(to []place, group bool) {
	for m, pl := range to {
		if w.ways[pl] == nil {
			w.ways[pl] = map[upstream]bool{}
		}
		for k, up := range w.last {
			if group && w.aligned && k != m {
				continue
			}
			up.delay, up.rewind = w.delay, w.rewind
			w.ways[pl][up] = true
			if up.source == 0 && !w.ordered(up.from) {
				w.unordered[pl] = true
			}
		}
	}
	w.last = w.last[:0]
	for _, pl := range to {
		w.last = append(w.last, upstream{from: pl})
	}
	w.aligned, w.delay, w.rewind = group, 0, false
}
