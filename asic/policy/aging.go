package policy

import (
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Aging is a flow table whose flows end when they were idle for the timeout of their protocol. TCP's is the same in
// all states of a connection. Packets come to it in time order.
type Aging struct {
	*table.FlowTable
	flows    int
	interval units.Duration // between sweeps
	next     units.Time     // sweep
	expired  []table.Flow   // scratch
}

// NewAging returns an empty table for a number of flows, some of which may be IPv6. The error says what is out of range.
func NewAging(flows, v6 int, t Timeouts) (*Aging, error) {
	shortest, longest := min(t.TCP, t.UDP, t.ICMP, t.Other), max(t.TCP, t.UDP, t.ICMP, t.Other)
	f, err := table.NewFlowTable(table.FlowSpec{
		Flows: flows, V6Flows: v6, WhenFull: table.Reject, Seed: 1,
		// As fine as the stamps allow, which wrap after 2^28 ticks.
		Tick:     max(units.Nanosecond, longest>>27),
		Timeouts: []units.Duration{0, t.TCP, t.UDP, t.ICMP, t.Other, stateEmbryonic: t.TCP, stateClosing: t.TCP},
	})
	if err != nil {
		return nil, err
	}
	interval := max(1, shortest/sweepsPerTimeout)
	return &Aging{FlowTable: f, flows: flows, interval: interval, next: units.At(interval)}, nil
}

// Enter makes a flow with the timeout of its protocol; see table.FlowTable.Insert.
func (a *Aging) Enter(u *table.Tuple, at units.Time) table.FlowInsert {
	return a.Insert(u, stateOf(u.Proto), at)
}

// Follow notes that a packet ends the connection of flow r, if it does.
func (a *Aging) Follow(r table.FlowRef, u *table.Tuple) {
	if u.Proto == header.ProtoTCP && u.Flags&(flagFIN|flagRST) != 0 {
		a.SetState(r, stateClosing)
	}
}

// Ended reports whether the connection of flow r has ended and a packet asks for another one.
func (a *Aging) Ended(r table.FlowRef, u *table.Tuple) bool {
	return u.Flags&(flagSYN|flagACK) == flagSYN && a.State(r) == stateClosing
}

// Pass lets the time pass, and returns the flows that ended, valid until the next call. A sweep passes the whole table,
// since real ones go on in the background.
func (a *Aging) Pass(at units.Time) []table.Flow {
	if at.Before(a.next) {
		return nil
	}
	a.next = at.Add(a.interval)
	return a.End(at)
}

// End returns and removes the flows that have ended by an instant, as Pass does when a sweep is due.
func (a *Aging) End(at units.Time) []table.Flow {
	a.expired = a.Sweep(at, a.flows, a.expired[:0])
	return a.expired
}
