package asic

import (
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// ageing reads the flow table in memory from end to end, again and again, one access an entry, evenly over time and over the
// channels. Packets wait for its accesses as for other packets'. It is computed channel by channel, whenever one is
// about to be used: what it would have read until then.
type ageing struct {
	mem    *memory
	period units.Duration // between two accesses on one channel
	due    []units.Time   // by channel: the next access
	station.Ledger
}

// newAgeing returns an ageing that reads a number of entries in a time, and starts when the run does.
func newAgeing(mem *memory, entries int, pass units.Duration) *ageing {
	n := len(mem.channels)
	// An access is a picosecond at least: a table of 150 million entries is passed in 150 us at the fastest.
	each := max(1, pass/units.Duration(entries))
	a := &ageing{mem: mem, period: each * units.Duration(n), due: make([]units.Time, n), Ledger: station.NewLedger()}
	for i := range a.due {
		a.due[i] = units.At(each * units.Duration(i+1))
	}
	return a
}

// until does the accesses of a channel that are due before an instant. Nil has none.
func (a *ageing) until(channel int, at units.Time) {
	if a == nil {
		return
	}
	ch := &a.mem.channels[channel]
	for a.due[channel].Before(at) {
		due := a.due[channel]
		start := ch.StartAnyway(due, 0)
		end := start.Add(a.mem.occupancy)
		ch.Finish(due, start, end)
		a.Note(due, start, end)
		a.due[channel] = due.Add(a.period)
	}
}

// usage reports the accesses of the window, those after the last packet included.
func (a *ageing) usage(name string, to units.Time) station.Usage {
	if to != units.Forever {
		for i := range a.due {
			a.until(i, to)
		}
	}
	return a.mem.usage(name, &a.Ledger)
}
