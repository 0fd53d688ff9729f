package sim

import "github.com/dsnsim/dsnsim/sim/units"

// This file keeps places to the order that they promise. What runs ahead relies on it, and one packet that came to a later place
// before an earlier one would be an event in the past.

// kinds is how many kinds of visit a Serving tells apart, a power of two.
const kinds = 4

// door is where packets leave a Station.
type door struct {
	last  units.Time
	keeps bool
}

// out returns when a packet leaves that would at an instant.
func (d *door) out(at units.Time) units.Time {
	if at.Before(d.last) && d.keeps {
		return d.last
	}
	d.last = at
	return at
}

// doors is where packets of each kind leave a Serving.
type doors [kinds]door

// door returns the door for a kind of visit: one for all where they keep their order together.
func (s *Scheduler) door(kind uint8) uint8 {
	if s.apart {
		return kind & (kinds - 1)
	}
	return 0
}

// out returns when a packet leaves that would at an instant.
func (d *doors) out(kind uint8, at units.Time) units.Time {
	return d[kind].out(at)
}

// watch asks all places for the order that they keep.
func (e *Engine) watch() {
	for _, s := range e.specials {
		_, stateless := s.(Stateless) // it keeps that in which packets come, which may be none
		e.doors = append(e.doors, door{keeps: s.Ordered() && !stateless})
	}
	for _, s := range e.schedulers {
		s.apart = s.by != nil && !s.by.Ordered()
		for k := range s.doors {
			s.doors[k].keeps = s.by != nil && (!s.apart || s.by.OrderedKind(uint8(k)))
		}
	}
}

// ordered is an order: what each place says of itself.
func (e *Engine) ordered(pl place, kind uint8) (keeps, apart bool) {
	switch s := e.serverOf(pl); {
	case pl < 0:
		return e.specials[-1-pl].Ordered(), false
	case s != nil:
		return s.doors[s.door(kind)].keeps, s.apart
	case pl >= firstScheduler:
		return pl < firstGather, false
	}
	return e.stations[pl].Ordered(), false
}

// serverOf returns the scheduler at a place that another serves for, or nil.
func (e *Engine) serverOf(pl place) *Scheduler {
	if pl < firstScheduler || pl >= firstGather {
		return nil
	}
	if s := e.schedulers[pl-firstScheduler]; s.by != nil {
		return s
	}
	return nil
}
