// Package state says what the figures of a placement are worth: whether it was in a steady state while it was measured, and if not, why.
// It judges what a run measured and knows no placement by name.
package state

import (
	"cmp"
	"math"
	"slices"

	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Names lists the states, steady first.
func Names() []string {
	return []string{result.Steady, result.Overloaded, result.Cold, result.TooShort, result.Incomplete}
}

// Evidence is what a placement did in the measured window, in the mean over its replications.
type Evidence struct {
	Placement string
	// Warmup is before the window.
	Warmup, Window units.Duration
	// Finished replications of Wanted.
	Finished, Wanted int
	// Parts are the packets by class and direction whose senders do not wait for answers, and the messages that come so. Connections and
	// closed workloads send what is carried, so they cannot offer too much.
	Parts    []Part
	Stations []Station
	// FirstPackets is the share of the packets whose flow was in no table, FirstExpected the share that begins a flow by the traffic's own
	// doing. Tracked says that something looks at flows at all.
	Tracked                     bool
	FirstPackets, FirstExpected float64
	// Of the flows that want an entry, Refused is the share that no table or learner had room for, and Crowded the share that found the
	// table full, whether or not another flow made room. Entered are the flows that got an entry, as a share of the packets.
	Refused, Crowded, Entered float64
	// Idle says that the placement has traffic, and that none of it was sent in the window.
	Idle bool
}

// Part is the packets of one class in one direction.
type Part struct {
	Class, Direction string
	// Messages says that the packets are messages of a workload, which have no direction: they begin at the client and are complete there.
	Messages bool
	// Packets are those sent in the window, Offered what they are without those that services refuse.
	Packets float64
	// Offered and Carried are rates of frames, without what services refuse.
	Offered, Carried result.Load
	// Refused is what services refuse.
	Refused result.Load
	// QueueDrops are the packets of the window that found no room.
	QueueDrops float64
	// Backlog is how many packets are on their way at equal distances over the window, its ends included.
	Backlog []float64
	// LeastNs is the shortest time that a packet of the run was on its way: the way itself, without queues. 0 where none arrived.
	LeastNs float64
	// OnWay says of each station whether the packets pass it.
	OnWay []bool
}

// Station is a place with servers. Load is the work that came to it in the window against what its servers can do: above 1 where it gets
// more than it can do.
type Station struct {
	Name          string
	Load, Busy    float64
	LoadHalf      float64 // half-width of the 95% confidence interval of Load, 0 where it is not known
	Visits, Drops float64
	WaitNs        float64 // of all visits together
}

// What is taken for overload. The first two need no station that is known to be busy, since credits and tags limit without one. assumed:
// a fiftieth of what is offered is more than bursts leave in queues whose least length is compared, a hundredth of loss more than what
// stalls of cores lose where there are as many as the load needs (0.1%, docs/model.md).
const (
	muchLost     = 0.01  // of the offered packets, in full queues
	muchKept     = 0.05  // of the offered packets, in queues that grow
	someKept     = 0.01  // the same where a station is as busy as busyLoad
	littleKept   = 0.001 // the same where a station surely gets more than it can do
	busyLoad     = 0.97
	settled      = 0.02 // what queues may still take up in a steady state
	manyFirst    = 0.1  // of the packets, beyond those that begin flows by the traffic's doing
	manyRefused  = 0.01 // of the flows that want an entry
	leastPackets = 100  // on which a share of first packets says anything
)

// Judge returns the state of a placement and what it is seen by.
func Judge(e *Evidence) result.State {
	s := result.State{Placement: e.Placement, State: result.Steady}
	worst, found := e.worst()
	if found {
		e.fill(&s, worst)
	}
	s.FirstPackets, s.FirstExpected = e.FirstPackets, e.FirstExpected
	over := found && e.overloaded(&worst)
	switch {
	case e.Finished < e.Wanted:
		s.State = result.Incomplete
	case e.Idle, found && e.beyond():
		s.State = result.TooShort
	case over && !(e.cold() && slow(s.Station)):
		s.State = result.Overloaded
	case e.cold() && !e.never():
		s.State = result.Cold
	case e.cold(), e.Tracked && e.Refused > manyRefused:
		s.State = result.Overloaded
		e.learner(&s)
	case found && worst.kept > settled:
		s.State = result.TooShort
	}
	s.Summary = e.sentence(&s, &worst)
	return s
}

// Unfinished is the state of a placement without a finished replication.
func Unfinished(placement string, wanted int) result.State {
	e := &Evidence{Placement: placement, Wanted: wanted}
	return Judge(e)
}

// finding is what one part gives reason to.
type finding struct {
	*Part
	lost, kept float64  // shares of what is offered
	station    *Station // nil where none is on the way
}

func (f *finding) missing() float64 { return f.lost + max(0, f.kept) }

// worst returns the part that misses most of what was offered.
func (e *Evidence) worst() (worst finding, found bool) {
	for i := range e.Parts {
		p := &e.Parts[i]
		if p.Packets == 0 {
			continue
		}
		f := finding{Part: p, lost: p.QueueDrops / p.Packets, kept: e.kept(p)}
		f.station = e.limit(p, f.lost > 0)
		if !found || e.graver(&f, &worst) {
			worst, found = f, true
		}
	}
	return worst, found
}

// graver reports whether a says more than b.
func (e *Evidence) graver(a, b *finding) bool {
	if over := e.overloaded(a); over != e.overloaded(b) {
		return over
	}
	return a.missing() > b.missing()
}

// quarter is the part of the window over which the least backlog is taken: a burst that is absorbed leaves the queue empty behind it.
const quarter = 4

// kept returns by which share of what is offered the queues grew over the window. Packets that fill the way itself at the beginning of the
// run are no queue.
func (e *Evidence) kept(p *Part) float64 {
	n := len(p.Backlog)
	if n < 2*quarter || e.Window <= 0 {
		return 0
	}
	span := n / quarter
	growth := slices.Min(p.Backlog[n-span:]) - slices.Min(p.Backlog[:span])
	if math.Abs(growth) < e.chance(p.Backlog[:span]) {
		return 0
	}
	filled := min(e.Window.Ns(), max(0, p.LeastNs-e.Warmup.Ns())) / e.Window.Ns()
	const between = 1 - 1.0/quarter // of the window
	return (growth/p.Packets - filled) / between
}

// chance returns how far the number of packets on their way may come apart by chance: four times the deviation of a Poisson number, in the mean
// over the replications.
func (e *Evidence) chance(backlog []float64) float64 {
	mean := 0.0
	for _, b := range backlog {
		mean += b / float64(len(backlog))
	}
	return 4 * math.Sqrt((max(0, mean)+1)/float64(max(1, e.Finished)))
}

// limit returns the station that limits a part: the one that gets most against what it can do; of those that lose packets where some do.
func (e *Evidence) limit(p *Part, loses bool) *Station {
	var top *Station
	for i := range e.Stations {
		s := &e.Stations[i]
		if i >= len(p.OnWay) || !p.OnWay[i] || s.Visits == 0 && s.Drops == 0 {
			continue
		}
		if top == nil || graver(s, top, loses) {
			top = s
		}
	}
	return top
}

// graver orders stations: by what they lose, by the work that came to them where that is too much, by the time that packets wait there.
func graver(a, b *Station, loses bool) bool {
	if loses && (a.Drops > 0 || b.Drops > 0) {
		return a.Drops > b.Drops
	}
	if full := a.Load >= busyLoad; full != (b.Load >= busyLoad) {
		return full
	} else if full {
		return cmp.Or(cmp.Compare(math.Round(100*a.Load), math.Round(100*b.Load)), cmp.Compare(a.WaitNs, b.WaitNs)) > 0
	}
	return a.WaitNs > b.WaitNs
}

// overloaded reports whether a part was offered more than is carried.
func (e *Evidence) overloaded(f *finding) bool {
	load, sure := 0.0, false
	if f.station != nil {
		load = max(f.station.Load, f.station.Busy)
		// So many arrivals of a Poisson process are more than their mean by less than that.
		noise := 3 / math.Sqrt(max(1, f.station.Visits*float64(e.Finished)))
		if f.station.LoadHalf > 0 {
			noise = min(noise, f.station.LoadHalf)
		}
		sure = f.station.Load-1 > max(littleKept, noise)
	}
	switch {
	case f.lost > muchLost, f.missing() > muchKept:
		return true
	case load >= busyLoad && f.missing() > someKept:
		return true
	}
	return sure && f.missing() > littleKept
}

// beyond reports whether packets are on their way for so long that the window shows none of them at both ends.
func (e *Evidence) beyond() bool {
	return slices.ContainsFunc(e.Parts, func(p Part) bool {
		return p.Packets > 0 && p.LeastNs > min(e.Window.Ns(), e.Warmup.Ns()+e.Window.Ns()/2)
	})
}

// cold reports whether tables were still filling: packets met no entry of flows that they do not begin.
func (e *Evidence) cold() bool {
	packets := 0.0
	for i := range e.Parts {
		packets += e.Parts[i].Packets
	}
	return e.Tracked && packets*float64(e.Finished) >= leastPackets && e.FirstPackets-e.FirstExpected > manyFirst
}

// crowded reports whether the table holds fewer flows than there are.
func (e *Evidence) crowded() bool { return e.Crowded > manyRefused }

// never reports whether tables that are not filled yet never will be: the table is full, or flows begin faster than they are entered, by
// the traffic's own doing.
func (e *Evidence) never() bool {
	return e.crowded() || e.Refused > manyRefused && e.FirstExpected > (1+muchLost)*e.Entered
}
