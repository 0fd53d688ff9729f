package run

import (
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// part is what a feature adds to a job: stations and sources before it runs, figures after. A job knows its features by this
// interface, and by those below that a part may have too. They are called in the order of the list of parts.
type part interface {
	// measure returns what the part counted, or nil.
	measure() measurement
}

// measurement is what a part counted in one replication.
type measurement interface {
	// metrics adds the metrics of a row.
	metrics(m map[string]float64, r *rowData)
}

// rowData is the packets that metrics are asked for.
type rowData struct {
	*selection
	outcome *outcome
	tally   *tally // of all packets of the row
	window  units.Duration
}

// What a part may have, too.
type (
	// builder equips the rack before the paths of the servers are laid out.
	builder interface{ build() error }
	// furnisher lays something out behind the paths of each server.
	furnisher interface{ furnish(server int) }
	// claimer adds the source of a traffic entry that is not a source like others; ok says that it has.
	claimer interface {
		claim(f *feed, class, server int, dir direction) (source int, ok bool)
	}
	// follower is told of each source of traffic, once it is there.
	follower interface{ follow(f *feed, source int) }
	// starter adds sources behind those of the traffic.
	starter interface{ start() error }
	// pathUser tells which source uses which path, of the sources that it added.
	pathUser interface {
		uses(use func(path uint16, source int))
	}
	// spanner says how finely resources are looked at over time.
	spanner interface{ span() units.Duration }
	// readier does the last before the run.
	readier interface{ ready() }
)

// owner is told of the end of each packet of a source that is not traffic.
type owner interface {
	ended(p *packet.Packet, at units.Time, delivered bool)
}

// listener is told of each packet of a source that arrives.
type listener interface {
	heard(source int, p *packet.Packet, at units.Time)
}

// watcher is told of the end of every packet of the traffic: with a drop reason, or -1 where it was delivered.
type watcher interface {
	watch(p *packet.Packet, at units.Time, reason int)
}

// each calls f with the parts that have an interface.
func each[T any](parts []part, f func(T)) {
	for _, p := range parts {
		if t, ok := p.(T); ok {
			f(t)
		}
	}
}

// measuredBy returns what the part of a type counted, nil where there is none.
func measuredBy[T measurement](o *outcome) (found T) {
	for _, m := range o.measured {
		if t, ok := m.(T); ok {
			return t
		}
	}
	return found
}

// newcomers are what a part counted of packets whose flow had no entry.
type newcomers struct {
	first int64 // packets
	// wants are the flows that asked for an entry, refused those that got none, and crowded those that found the table full: these, or others
	// whose place they took.
	wants, refused, crowded int64
}

// doorman is a measurement that knows of such packets; tracked says that something looks at flows.
type doorman interface {
	newcomers() (n newcomers, tracked bool)
}

// attackSet says which attacks of a scenario a job has, by their place in it: each alone, all of them, or none.
type attackSet int

const (
	allAttacks attackSet = -1
	noAttack   attackSet = -2
)

func (s attackSet) has(i int) bool { return s == allAttacks || int(s) == i }
