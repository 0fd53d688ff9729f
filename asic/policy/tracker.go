package policy

import (
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Spec describes the connection tracking of a stateful firewall.
type Spec struct {
	// Flows is how many flows one Tracker holds.
	Flows    int
	Timeouts Timeouts
	// From and To are the measured window.
	From, To units.Time
}

// Timeouts are how long a flow may be idle, by its protocol.
type Timeouts struct{ TCP, UDP, ICMP, Other units.Duration }

// DefaultTimeouts returns the shortest that the RFCs allow or recommend: RFC 5382 REQ-5 (an established TCP connection,
// 2 h 4 min), RFC 4787 REQ-5 (UDP, 5 min recommended), RFC 5508 REQ-2 (ICMP queries, 60 s). The 5 min of other protocols
// are assumed to be those of UDP, since no RFC says more.
func DefaultTimeouts() Timeouts {
	return Timeouts{TCP: 7440 * units.Second, UDP: 300 * units.Second, ICMP: 60 * units.Second, Other: 300 * units.Second}
}

// DefaultFlows is how many flows a Tracker holds unless the scenario says otherwise. Assumed: what connection tracking
// of Linux holds by default on a machine with more than 4 GB of memory (nf_conntrack-sysctl: 262144 buckets, as many
// entries). Chips with their own memory advertise up to 140 million.
const DefaultFlows = 262_144

// The states of a flow, which are only there to give each protocol its timeout.
const (
	stateTCP uint8 = 1 + iota
	stateUDP
	stateICMP
	stateOther
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

// Flows are the headers of listed flows, in the form that the tables take.
type Flows struct {
	tuples []table.Tuple
	isIP   []bool
}

// NewFlows converts the headers of a capture's flows. Any number of sources share the result.
func NewFlows(tuples []traffic.Tuple) *Flows {
	f := &Flows{tuples: make([]table.Tuple, len(tuples)), isIP: make([]bool, len(tuples))}
	for i := range tuples {
		if f.isIP[i] = tuples[i].IP; tuples[i].IP {
			f.tuples[i] = TupleOf(&tuples[i])
		}
	}
	return f
}

// Sources tells the headers of every flow of every source of packets. The sources are added in their order.
type Sources struct{ list []sourceFlows }

type sourceFlows struct {
	vrf   uint16
	flows *Flows // nil where made tells
	made  func(flow uint32) traffic.Tuple
}

// AddTrace adds a source whose flows are listed. vrf is the server's number.
func (s *Sources) AddTrace(vrf uint16, flows *Flows) {
	s.list = append(s.list, sourceFlows{vrf: vrf, flows: flows})
}

// AddSynthetic adds a source whose flows can be worked out from their numbers.
func (s *Sources) AddSynthetic(vrf uint16, made func(flow uint32) traffic.Tuple) {
	s.list = append(s.list, sourceFlows{vrf: vrf, made: made})
}

// tuple returns the headers of a packet, and false for what is not IP.
func (s *Sources) tuple(p *packet.Packet) (u table.Tuple, ip bool) {
	f := &s.list[p.Source()]
	if f.flows != nil {
		u, ip = f.flows.tuples[p.Flow], f.flows.isIP[p.Flow]
	} else if t := f.made(p.Flow); t.IP {
		u, ip = TupleOf(&t), true
	}
	u.VRF = f.vrf
	return u, ip
}

// Tracker is a stateful firewall's connections on one chip or core. Packets come to it in time order.
type Tracker struct {
	spec     Spec
	sources  *Sources
	flows    *table.FlowTable
	interval units.Duration // between sweeps
	sweep    units.Time     // the next one
	expired  []table.Flow   // scratch
	counts   Counts
	closed   bool // Active is final
}

// Counts is what a Tracker did in the measured window.
type Counts struct {
	New      int64 // flows entered
	Active   int64 // flows in the table at the window's end
	Rejected int64 // flows refused
}

// Sweeps in the shortest timeout: a flow lives at most an eighth longer than its timeout.
const sweepsPerTimeout = 8

// NewTracker returns an empty one. The error says what is out of range.
func NewTracker(spec Spec, sources *Sources) (*Tracker, error) {
	t := &spec.Timeouts
	shortest, longest := min(t.TCP, t.UDP, t.ICMP, t.Other), max(t.TCP, t.UDP, t.ICMP, t.Other)
	flows, err := table.NewFlowTable(table.FlowSpec{
		Flows: spec.Flows, V6Flows: spec.Flows, WhenFull: table.Reject, Seed: 1,
		// As fine as the stamps allow, which wrap after 2^28 ticks.
		Tick:     max(units.Nanosecond, longest>>27),
		Timeouts: []units.Duration{0, t.TCP, t.UDP, t.ICMP, t.Other},
	})
	if err != nil {
		return nil, err
	}
	interval := max(1, shortest/sweepsPerTimeout)
	return &Tracker{spec: spec, sources: sources, flows: flows, interval: interval, sweep: units.At(interval)}, nil
}

// Verdict is what the flow table said of a packet.
type Verdict uint8

// The verdicts.
const (
	// Bypass: not IP, so no connection.
	Bypass Verdict = iota
	// Known: of a flow in the table, in either direction. It passes whatever the rules say.
	Known
	// Fresh: of no flow in the table, and permitted by the rules: it may begin one (Enter).
	Fresh
	// Refused: of no flow in the table, and denied by the rules.
	Refused
)

// Look finds the packet's flow, marks it as seen, and takes Denied from a packet of a known flow. key is the number of
// the flow's entry, or where there is none, one that depends on the headers and is none of an entry.
func (t *Tracker) Look(at units.Time, p *packet.Packet) (v Verdict, key uint64) {
	t.pass(at)
	u, ip := t.sources.tuple(p)
	if !ip {
		return Bypass, 0
	}
	hit := t.flows.Lookup(&u)
	if hit.Hit {
		t.flows.Count(hit.Ref, hit.Dir, units.Bytes(p.Bytes[packet.Plain]), at)
		p.Refused &^= Denied
		return Known, uint64(hit.Ref)
	}
	key = 1<<63 | (endpoint(u.Src, u.SrcPort) + endpoint(u.Dst, u.DstPort))
	if p.Refused&Denied != 0 {
		return Refused, key
	}
	return Fresh, key
}

// Enter makes a flow of a packet that is Fresh. It reports false where the table is full: the packet passes, since the
// rules permit it, but the answers to it have only the rules.
func (t *Tracker) Enter(at units.Time, p *packet.Packet) bool {
	u, _ := t.sources.tuple(p)
	result := t.flows.Insert(&u, stateOf(u.Proto), at)
	if result.Outcome != table.Inserted {
		t.Reject(at)
		return false
	}
	t.flows.Count(result.Ref, table.Original, units.Bytes(p.Bytes[packet.Plain]), at)
	if t.measured(at) {
		t.counts.New++
	}
	return true
}

// Reject counts a flow that found no room, here or on the way here.
func (t *Tracker) Reject(at units.Time) {
	if t.measured(at) {
		t.counts.Rejected++
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
	t.expired = t.flows.Sweep(at, t.spec.Flows, t.expired[:0])
	t.sweep = at.Add(t.interval)
}

// close notes the flows that are there when the window ends.
func (t *Tracker) close() {
	t.expired = t.flows.Sweep(t.spec.To, t.spec.Flows, t.expired[:0])
	n, _ := t.flows.Len()
	t.counts.Active, t.closed = int64(n), true
}

// Counts closes the measured window, if no packet after it did, and returns what was counted.
func (t *Tracker) Counts() Counts {
	if !t.closed {
		t.close()
	}
	return t.counts
}

// Judge looks the packet up and enters its flow at once, as software does.
func (t *Tracker) Judge(at units.Time, p *packet.Packet) {
	if v, _ := t.Look(at, p); v == Fresh {
		t.Enter(at, p)
	}
}
