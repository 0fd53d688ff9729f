package tap

import (
	"cmp"
	"slices"
)

// number gives each packet that goes through ESP its sequence number, by the packet's key: from 1 in each security
// association, in the order in which the far end sends, or the DSN sends on. A packet that is lost under way has one,
// so the receiver sees the gap. Numbers count the packets that are kept, of this DSN only.
func number(events []event, sources []Source, protected func(*event) bool) map[uint64]uint64 {
	numbers := map[uint64]uint64{}
	var sealed []*event
	for i := range events {
		e := &events[i]
		if _, again := numbers[e.key]; e.form == tunnelled && !again && protected(e) {
			numbers[e.key] = 0
			sealed = append(sealed, e)
		}
	}
	when := func(e *event) int64 {
		if sources[e.source].Outbound {
			return e.at.Ps()
		}
		return e.sent.Ps()
	}
	// Events of one association are all inbound or all outbound, so no instants of two kinds are compared in one.
	slices.SortStableFunc(sealed, func(a, b *event) int { return cmp.Or(cmp.Compare(when(a), when(b)), cmp.Compare(a.key, b.key)) })
	last := map[uint32]uint64{}
	for _, e := range sealed {
		last[e.sa]++
		numbers[e.key] = last[e.sa]
	}
	return numbers
}
