package trial

import (
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Part is what a feature adds to a simulation: stations and sources before it runs, figures after. A simulation knows its features by this
// interface, and by those below that a part may have too. They are called in the order of the list of parts.
type Part interface {
	// measure returns what the part counted, or nil.
	Measure() Measurement
}

// Measurement is what a part counted in one replication.
type Measurement interface {
	// metrics adds the metrics of a row.
	Metrics(m map[string]float64, r *RowData)
}

// sectioned is a measurement that has tables of its own beside its metrics: those of one replication.
type sectioned interface {
	Sections(o *Outcome, window units.Duration) []result.Section
}

// Sections lists the tables of all parts.
func (o *Outcome) Sections(window units.Duration) (list []result.Section) {
	for _, m := range o.Measured {
		if s, ok := m.(sectioned); ok {
			list = append(list, s.Sections(o, window)...)
		}
	}
	return list
}

// RowData is the packets that metrics are asked for.
type RowData struct {
	*Selection
	Outcome  *Outcome
	Counters *Counters // of all packets of the row
	Window   units.Duration
}

// What a part may have, too.
type (
	// builder equips the rack before the paths of the servers are laid out.
	builder interface{ Build() error }
	// furnisher lays something out behind the paths of each server.
	furnisher interface{ Furnish(server int) }
	// claimer adds the source of a traffic entry that is not a source like others; ok says that it has.
	claimer interface {
		Claim(f *Source, class, server int, dir input.Direction) (source int, ok bool)
	}
	// Follower is told of each source of traffic, once it is there.
	Follower interface{ Follow(f *Source, source int) }
	// starter adds sources behind those of the traffic.
	starter interface{ Start() error }
	// pathUser tells which source uses which path, of the sources that it added.
	pathUser interface {
		Uses(use func(path uint16, source int))
	}
	// spanner says how finely resources are looked at over time.
	spanner interface{ Span() units.Duration }
	// readier does the last before the run.
	readier interface{ Ready() }
)

// owner is told of the end of each packet of a source that is not traffic.
type owner interface {
	Ended(p *packet.Packet, at units.Time, delivered bool)
}

// listener is told of each packet of a source that arrives.
type listener interface {
	Heard(source int, p *packet.Packet, at units.Time)
}

// watcher is told of the end of every packet of the traffic: with a drop reason, or -1 where it was delivered.
type watcher interface {
	Watch(p *packet.Packet, at units.Time, reason int)
}

// Each calls f with the parts that have an interface.
func Each[T any](parts []Part, f func(T)) {
	for _, p := range parts {
		if t, ok := p.(T); ok {
			f(t)
		}
	}
}

// MeasuredBy returns what the part of a type counted, nil where there is none.
func MeasuredBy[T Measurement](o *Outcome) (found T) {
	for _, m := range o.Measured {
		if t, ok := m.(T); ok {
			return t
		}
	}
	return found
}

// Newcomers are what a part counted of packets whose flow had no entry.
type Newcomers struct {
	First int64 // packets
	// wants are the flows that asked for an entry, refused those that got none, and crowded those that found the table full: these, or others
	// whose place they took.
	Wants, Refused, Crowded int64
}

// Doorman is a measurement that knows of such packets; tracked says that something looks at flows.
type Doorman interface {
	Newcomers() (n Newcomers, tracked bool)
}
