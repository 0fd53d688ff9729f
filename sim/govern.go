package sim

import (
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// beat calls a function at each end of a span while packets are on their way.
type beat struct {
	every units.Duration
	next  units.Time
	tick  func(at units.Time)
}

// Beat has a function called at each multiple of a span, before what happens at that instant. It may read what resources
// had served by then (Usage.Marks), and change stations, of those that are held (Hold).
func (e *Engine) Beat(every units.Duration, tick func(at units.Time)) {
	e.beat = beat{every, units.At(every), tick}
}

// beats calls for the beats that are due before an event.
func (e *Engine) beats(at units.Time) {
	for !e.beat.next.After(at) {
		e.beat.tick(e.beat.next)
		e.beat.next = e.beat.next.Add(e.beat.every)
	}
}

// Hold has every packet wait for its event at the places of some resources, named as in their Usage. Then all that came to
// them before an instant is counted when a beat at that instant is called for, and nothing is served ahead of a change
// (Retune). Other resources may be ahead of the beat, or behind it: a source makes its next packet when its last one
// has got to the first event.
func (e *Engine) Hold(resources map[string]bool) {
	e.held = map[place]bool{}
	for i := range e.stations {
		if resources[e.stations[i].Name()] {
			e.held[place(i)] = true
		}
	}
	for i, s := range e.specials {
		for _, u := range s.Usage() {
			if resources[u.Name] {
				e.held[-1-place(i)] = true
			}
		}
	}
}

// Retune gives a station another Spec (FIFO.Retune).
func (e *Engine) Retune(n int32, s station.Spec) { e.stations[n].Retune(s) }
