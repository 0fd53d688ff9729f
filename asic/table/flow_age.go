package table

import "github.com/dsnsim/dsnsim/sim/units"

// tick returns the stamp of an instant.
func (t *FlowTable) tick(now units.Time) uint32 {
	return uint32(now.Ps()/int64(t.spec.Tick)) & tickMask
}

// idle returns the ticks since e was last seen. It is 0 where that is ahead of tick: a packet may be handled before the
// clock gets to its time.
func (e *entry) idle(tick uint32) uint32 {
	idle := (tick - e.seen) & tickMask
	if idle > tickMask/2 {
		return 0
	}
	return idle
}

// Count counts a packet of the given size in direction d of flow r and marks the flow as seen at now.
func (t *FlowTable) Count(r FlowRef, d Direction, size units.Bytes, now units.Time) {
	e := t.at(r)
	e.seen = e.seen&^tickMask | t.tick(now)
	if e.packets[d] != ^uint32(0) {
		e.packets[d]++
	}
	e.bytes[d] += uint64(size)
}

// Sweep moves the ageing clock's hand over the next n entries, removes the flows that were idle for their state's
// timeout, and appends them to expired. Its work is bounded by n. Where the hand passes every entry in time T, a flow
// expires between its timeout and its timeout + T + 2 ticks.
func (t *FlowTable) Sweep(now units.Time, n int, expired []Flow) []Flow {
	tick := t.tick(now)
	for range min(n, int(t.fresh)) {
		if t.hand >= t.fresh {
			t.hand = 0
		}
		e := &t.entries[t.hand]
		if state := e.state(); state != 0 && e.idle(tick) >= t.timeout[state] {
			expired = append(expired, t.Flow(FlowRef(t.hand)))
			t.Delete(FlowRef(t.hand))
			t.counts.Expired++
		}
		t.hand++
	}
	return expired
}
