package sim

import "github.com/dsnsim/dsnsim/sim/units"

// door is where packets leave a Special. Those that are said to keep their order do so here: what runs ahead relies on it, and
// one packet that came to a later place before an earlier one would be an event in the past.
type door struct {
	keeps [kinds]bool
	last  [kinds]units.Time
	mask  uint8 // of the kinds that are apart
}

// kinds is how many kinds of visit a Sorting Special tells apart, a power of two.
const kinds = 4

func newDoor(s Special) door {
	if _, ok := s.(Stateless); ok {
		return door{}
	}
	if sorts, ok := s.(Sorting); ok {
		d := door{mask: kinds - 1}
		for k := range d.keeps {
			d.keeps[k] = sorts.OrderedKind(uint8(k))
		}
		return d
	}
	return door{keeps: [kinds]bool{s.Ordered()}}
}

// out returns when a packet leaves that would at an instant.
func (d *door) out(kind uint8, at units.Time) units.Time {
	kind &= d.mask
	if !d.keeps[kind] {
		return at
	}
	d.last[kind] = units.Later(at, d.last[kind])
	return d.last[kind]
}

// ordered is an order: what each place says of itself.
func (e *Engine) ordered(pl place, kind uint8) (keeps, apart bool) {
	switch s := e.serverOf(pl); {
	case pl < 0:
		return e.orderedAt(int32(-1-pl), kind)
	case s != nil:
		return e.orderedAt(s.special, kind)
	case pl >= firstScheduler:
		return pl < firstGather, false
	}
	s := &e.stations[pl]
	return s.Servers() == 1 || s.inOrder, false
}

func (e *Engine) orderedAt(special int32, kind uint8) (keeps, apart bool) {
	d := &e.doors[special]
	if _, stateless := e.specials[special].(Stateless); stateless {
		return true, false // of what comes in order
	}
	return d.keeps[kind&d.mask], d.mask != 0
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
