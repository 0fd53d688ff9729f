package policy

import (
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Spec describes the connection tracking of a stateful firewall.
type Spec struct {
	// Flows is how many flows one Tracker holds.
	Flows    int
	Timeouts Timeouts
	// WhenFull says whether a new flow is refused when the table is full, or takes the place of one that was idle longest.
	WhenFull table.FullPolicy
	// EmbryonicLimit is how many connections may be in their handshake before SYNs are answered with cookies; 0 for any
	// number.
	EmbryonicLimit int
	// Sweep is the time in which ageing passes the whole table once; 0 for an eighth of the shortest timeout.
	Sweep units.Duration
	// From and To are the measured window.
	From, To units.Time
}

// Timeouts are how long a flow may be idle, by its protocol. TCP is for established connections; those whose handshake is
// not complete, and connections that end, have shorter ones. 0 for these two means TCP's.
type Timeouts struct{ TCP, Embryonic, Closing, UDP, ICMP, Other units.Duration }

// DefaultTimeouts returns the shortest that the RFCs allow or recommend: RFC 5382 REQ-5 (an established TCP connection,
// 2 h 4 min, and 4 min for one that is partially open or partially closed), RFC 4787 REQ-5 (UDP, 5 min recommended),
// RFC 5508 REQ-2 (ICMP queries, 60 s). The 5 min of other protocols are assumed to be those of UDP, since no RFC says more.
func DefaultTimeouts() Timeouts {
	return Timeouts{TCP: 7440 * units.Second, Embryonic: 240 * units.Second, Closing: 240 * units.Second,
		UDP: 300 * units.Second, ICMP: 60 * units.Second, Other: 300 * units.Second}
}

// DefaultFlows is how many flows a Tracker holds unless the scenario says otherwise. Assumed: what connection tracking
// of Linux holds by default on a machine with more than 4 GB of memory (nf_conntrack-sysctl: 262144 buckets, as many
// entries). Chips with their own memory advertise up to 140 million.
const DefaultFlows = 262_144

// The states of a flow, each with its timeout. Those of TCP follow the connection.
const (
	stateTCP uint8 = 1 + iota
	stateUDP
	stateICMP
	stateOther
	stateEmbryonic
	stateClosing
)

func stateOf(proto uint8) uint8 {
	switch proto {
	case header.ProtoTCP:
		return stateTCP
	case header.ProtoUDP:
		return stateUDP
	case header.ProtoICMP, header.ProtoICMPv6:
		return stateICMP
	}
	return stateOther
}

// Tracker is a stateful firewall's connections on one chip or core. Packets come to it in time order.
type Tracker struct {
	spec     Spec
	flows    *table.FlowTable
	interval units.Duration // between sweeps
	sweep    units.Time     // the next one
	expired  []table.Flow   // scratch
	counts   Counts
	closed   bool // Active is final
	// embryonic is how many connections are in their handshake.
	embryonic int
}

// Counts is what a Tracker did in the measured window.
type Counts struct {
	New      int64 // flows entered
	Active   int64 // flows in the table at the window's end
	Rejected int64 // flows refused
	NoRoom   int64 // of those, by a full table
	Evicted  int64 // flows that made room for a new one
	// Full is when the first flow of these was refused, or made room; the zero instant where none did.
	Full units.Time
}

// full notes that a flow found no room of its own.
func (c *Counts) full(at units.Time) {
	if c.Full == (units.Time{}) {
		c.Full = at
	}
}

// Merge adds what another Tracker did in the same window.
func (c *Counts) Merge(o Counts) {
	c.New += o.New
	c.Active += o.Active
	c.Rejected += o.Rejected
	c.NoRoom += o.NoRoom
	c.Evicted += o.Evicted
	if o.Full != (units.Time{}) && (c.Full == (units.Time{}) || o.Full.Before(c.Full)) {
		c.Full = o.Full
	}
}

// Sweeps in the shortest timeout: a flow lives at most an eighth longer than its timeout.
const sweepsPerTimeout = 8

// NewTracker returns an empty one. The error says what is out of range.
func NewTracker(spec Spec) (*Tracker, error) {
	t := &spec.Timeouts
	for _, short := range []*units.Duration{&t.Embryonic, &t.Closing} {
		if *short == 0 {
			*short = t.TCP
		}
	}
	shortest, longest := min(t.TCP, t.Embryonic, t.Closing, t.UDP, t.ICMP, t.Other), max(t.TCP, t.Embryonic, t.Closing, t.UDP, t.ICMP, t.Other)
	flows, err := table.NewFlowTable(table.FlowSpec{
		Flows: spec.Flows, V6Flows: spec.Flows, WhenFull: spec.WhenFull, Seed: 1,
		// As fine as the stamps allow, which wrap after 2^28 ticks.
		Tick:     max(units.Nanosecond, longest>>27),
		Timeouts: []units.Duration{0, t.TCP, t.UDP, t.ICMP, t.Other, t.Embryonic, t.Closing},
	})
	if err != nil {
		return nil, err
	}
	interval := max(1, shortest/sweepsPerTimeout)
	if spec.Sweep > 0 {
		interval = spec.Sweep
	}
	return &Tracker{spec: spec, flows: flows, interval: interval, sweep: units.At(interval)}, nil
}

// Enter makes a flow of a packet that is Fresh. It reports false where the table is full: the packet passes, since the
// rules permit it, but the answers to it have only the rules.
func (t *Tracker) Enter(at units.Time, u *table.Tuple, p Packet) bool {
	state := opening(u)
	result := t.flows.Insert(u, state, at)
	switch result.Outcome {
	case table.Inserted:
	case table.Evicted:
		t.embryo(result.Evicted.State, -1)
		if t.measured(at) {
			t.counts.Evicted++
			t.counts.full(at)
		}
	default:
		if t.measured(at) {
			t.counts.NoRoom++
		}
		t.Reject(at)
		return false
	}
	t.embryo(state, 1)
	t.flows.SetData(result.Ref, sideOf(p.Outbound))
	t.flows.Count(result.Ref, table.Original, p.Size, at)
	if t.measured(at) {
		t.counts.New++
	}
	return true
}

// Reject counts a flow that found no room, here or on the way here.
func (t *Tracker) Reject(at units.Time) {
	if t.measured(at) {
		t.counts.Rejected++
		t.counts.full(at)
	}
}

func (t *Tracker) measured(at units.Time) bool {
	return !at.Before(t.spec.From) && at.Before(t.spec.To)
}

// pass lets the time pass: the sweeps that are due, and the end of the measured window. Each sweep passes the whole
// table, since real ones go on in the background.
func (t *Tracker) pass(at units.Time) {
	if !t.closed && !at.Before(t.spec.To) {
		t.close()
	}
	if at.Before(t.sweep) {
		return
	}
	t.age(at)
	t.sweep = at.Add(t.interval)
}

// age removes the flows that are idle for too long.
func (t *Tracker) age(at units.Time) {
	t.expired = t.flows.Sweep(at, t.spec.Flows, t.expired[:0])
	for i := range t.expired {
		t.embryo(t.expired[i].State, -1)
	}
}

// Sweep returns how many entries ageing reads, and in which time, where the Spec says so, else 0.
func (t *Tracker) Sweep() (entries int, pass units.Duration) {
	if t.spec.Sweep == 0 {
		return 0, 0
	}
	return t.spec.Flows, t.spec.Sweep
}

// close notes the flows that are there when the window ends.
func (t *Tracker) close() {
	t.age(t.spec.To)
	n, _ := t.flows.Len()
	t.counts.Active, t.closed = int64(n), true
}

// Begin forgets what was counted of the flows that were there before the run.
func (t *Tracker) Begin() { t.counts = Counts{} }

// Counts closes the measured window, if no packet after it did, and returns what was counted.
func (t *Tracker) Counts() Counts {
	if !t.closed {
		t.close()
	}
	return t.counts
}
