package sim

import (
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// SchedulerSpec declares a Scheduler: what it is called in reports, what a packet costs, and the classes that it serves.
type SchedulerSpec struct {
	Name string
	// Cost is how long a packet holds the server, Other what it costs at a hop marked Other, Gap how long the server stays
	// held after the packet left, and Latency a fixed time behind it that does not hold the server.
	Cost, Other station.Cost
	Gap         units.Duration
	Latency     units.Duration
	// By, when not nil, serves the packets in place of the costs above: the server is held until Visit.Leave. It is reported in
	// place of the scheduler, and classes are the kinds of visit (Hop.Other) unless ClassOf says otherwise.
	By Serving
	// Ahead lets a packet leave when its service begins: the server paces what goes to a place behind it.
	Ahead bool
	// CostForm, when not nil, is the form whose size costs the time; the classes share by the hop's form.
	CostForm *packet.Form
	// Outstanding, when not nil, bounds what is under way between here and a place behind that gives back. PerPlace is how many
	// bytes take one of its places; a packet takes at least one.
	Flight   *Outstanding
	PerPlace units.Bytes
	// Wire marks a transmission: the packet remembers how long it took, for a cut-through switch behind it.
	Wire bool
	// DropReason is the reason number (stats.DropReason) of a packet that finds no room.
	DropReason uint8
	// Admits says that packets take their room before they come, with Admit, and are never refused when they come: the room is
	// the room of a place in front, such as a ring.
	Admits bool
	// Classes are the queues, at least one.
	Classes []ClassSpec
	// OtherClass is the class of the visits at hops marked Other. They hold nothing of the buffer: they are about a packet that
	// is elsewhere.
	OtherClass int
	// ClassOf says which class a packet belongs to; nil takes packet.Packet.Class. A number beyond the classes is an
	// author's bug and panics.
	ClassOf func(p *packet.Packet) int
	// Quantum is how many bytes a class of weight 1 may send in its turn; 0 means DefaultQuantum.
	Quantum units.Bytes
	// Buffer holds what waits; several schedulers may share one. nil has no bound.
	Buffer *Buffer
}

// Serving is a Station that serves what a Scheduler chooses, so that kinds of visit wait apart and take turns.
type Serving interface {
	Station
	// Came is called with each packet that finds room, when it comes, before it is served.
	Came(at units.Time, p *packet.Packet)
	// ServeQueued is Serve, at an instant, for a packet that came to the scheduler before.
	ServeQueued(came, at units.Time, p *packet.Packet) (station.Visit, bool)
	// OrderedKind says of each kind of visit (Hop.Other), up to 3, whether its packets leave in the order in which they are
	// served. It is not asked where Ordered says that those of all kinds together do.
	OrderedKind(kind uint8) bool
	// Refuse notes a packet that came and found no room in the scheduler.
	Refuse(at units.Time)
}

// Several is a Serving with several servers: a packet is chosen when any of them is free, not when the last one left.
type Several interface {
	Serving
	// NextFree returns when the next server is free.
	NextFree() units.Time
}

// DefaultQuantum is the bytes of a turn of weight 1. Assumed: a little more than a full Ethernet frame, so that each turn
// sends at least one (which is what makes deficit round robin cost the same whatever the number of queues).
const DefaultQuantum units.Bytes = 2048

// MaxLevels is how many priority levels there are.
const MaxLevels = 64

// ClassSpec is one queue of a Scheduler.
type ClassSpec struct {
	Name string
	// Level is the priority, from 0, the highest, to MaxLevels-1: a level is served only while no class of a higher one can
	// send.
	Level uint8
	// Weight is the share among the classes of a level; 0 means 1.
	Weight int64
	// Rate, when not zero, is the most that the class may send, and Burst how much it may send at once after a pause; a
	// packet longer than Burst goes when the bucket is full. So no window of time begins the service of more than Rate times
	// the window and the larger of Burst and the longest packet.
	Rate  units.Rate
	Burst units.Bytes
	// Room bounds the packets and bytes of this class that wait. Zero means no bound but the buffer's.
	Room station.Room
	// Reserve is how much of the buffer is the class's own.
	Reserve units.Bytes
	// Alpha is log2 of how often the free part of the shared buffer the class may hold at most of it, from -MaxAlpha to
	// MaxAlpha: 0 is as much as is free, -1 half of that.
	Alpha int8
	// MarkAbove, when not zero, marks the packets that find more bytes of their class waiting (ECN as DCTCP wants it).
	MarkAbove units.Bytes
}
