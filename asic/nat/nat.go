// Package nat translates the IPv4 addresses and ports of inside hosts into addresses of a pool (NAPT, RFC 3022 section 2.2),
// as one chip or core does it that sees its packets in time order.
//
// Its behaviour in the words of RFC 4787 (UDP), RFC 5382 (TCP) and RFC 5508 (ICMP): mapping is independent of the
// endpoint (REQ-1): an inside address and port of a tenant has one binding, whoever it talks to. Filtering is independent of the
// endpoint too (REQ-8): anyone who sends to a binding is let in. Pooling is paired unless the Spec says otherwise (REQ-2), ports
// are neither preserved nor paired by parity (REQ-3, REQ-4). Packets of a session in both directions keep its binding
// alive (REQ-6); a packet from elsewhere to the binding does not. There is no hairpinning (REQ-9).
package nat

import (
	"fmt"
	"net/netip"

	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Spec describes a NAT. It is the same for all chips.
type Spec struct {
	// Inside are the addresses that are translated, beside the ones in Static.
	Inside []netip.Prefix
	// Pool are the addresses that they are translated to. Each server has all of them for itself, since each is a network
	// of its own; members that share a server's packets divide the ports.
	Pool []netip.Prefix
	// Ports are the ports of each pool address, and the identifiers of ICMP queries.
	Ports table.PortRange
	// Static are addresses that are translated one to one, ports and all protocols left alone. They are not of the Pool,
	// even where that holds them.
	Static []Static
	// Arbitrary lets an inside address have ports of several pool addresses, when its own is used up.
	Arbitrary bool
	Timeouts  policy.Timeouts
	// From and To are the measured window.
	From, To units.Time
}

// Static is a pair of addresses.
type Static struct{ Outside, Inside netip.Addr }

// Defaults of a Spec. Ports from 1024 on leave the well-known ones alone (RFC 4787, section 4.2.2, treats them apart).
// assumed: as many sessions as a stateful firewall tracks, since each session is a connection.
const (
	DefaultFirstPort = 1024
	DefaultLastPort  = 65535
	DefaultSessions  = policy.DefaultFlows
	// MaxPool bounds the addresses of a pool. assumed: a /16, more than any operator has for one server.
	MaxPool = 1 << 16
)

// Outcome says what became of a packet.
type Outcome uint8

// The outcomes. The last three refuse the packet, and leave its headers alone.
const (
	// Untouched: neither from nor to an address that is translated.
	Untouched Outcome = iota
	// Mapped: translated one to one.
	Mapped
	// Known: translated by a binding that was there, and Begun: by a session that this packet began.
	Known
	Begun
	// NoBinding: it comes to an inside address that nobody outside can know, to a pool address without a binding, or to one
	// from the inside; or it belongs to nothing that is known and cannot begin anything, such as an ICMP error.
	NoBinding
	// NoPort: all ports of its pool address are bound, or its protocol has none.
	NoPort
	// Full: the table of sessions, or who enters them, has no room.
	Full
)

// binding is an inside endpoint of a tenant and what it is translated to: 24 bytes.
type binding struct {
	network                 uint32 // of the tenant
	inside, outside         uint32
	insidePort, outsidePort uint16
	vrf                     uint16
	class                   uint8
	sessions                uint32 // 0: free, inside is then the next free binding + 1
}

// Plan is what does not change: which addresses are translated. Any number of chips share it.
type Plan struct {
	spec    Spec
	spans   []span            // of Inside
	pool    []span            // of Pool
	outside map[uint32]uint32 // of static pairs, by inside address
	inside  map[uint32]uint32 // the reverse
}

// NewPlan checks a Spec. The error says what is out of range.
func NewPlan(spec Spec) (*Plan, error) {
	p := &Plan{spec: spec, outside: map[uint32]uint32{}, inside: map[uint32]uint32{}}
	for _, s := range spec.Static {
		if !s.Outside.Is4() || !s.Inside.Is4() {
			return nil, fmt.Errorf("nat: static %v to %v; only IPv4 is translated", s.Outside, s.Inside)
		}
		in, out := v4(s.Inside), v4(s.Outside)
		if _, twice := p.outside[in]; twice {
			return nil, fmt.Errorf("nat: two static pairs of %v", s.Inside)
		}
		if _, twice := p.inside[out]; twice {
			return nil, fmt.Errorf("nat: two static pairs of %v", s.Outside)
		}
		p.outside[in], p.inside[out] = out, in
	}
	if spec.Ports.Lo > spec.Ports.Hi {
		return nil, fmt.Errorf("nat: ports %d to %d", spec.Ports.Lo, spec.Ports.Hi)
	}
	var err error
	if p.spans, err = spansOf(spec.Inside); err != nil {
		return nil, err
	}
	if p.pool, err = spansOf(spec.Pool); err != nil {
		return nil, err
	}
	addrs := uint64(0)
	for _, prefix := range p.pool {
		if addrs += uint64(^prefix.mask) + 1; addrs > MaxPool {
			return nil, fmt.Errorf("nat: a pool of more than %d addresses", MaxPool)
		}
	}
	return p, nil
}

// crosses reports whether a packet goes between an inside address and one outside: only such packets are translated.
func (p *Plan) crosses(in, out uint32) bool { return p.isInside(in) && !p.isInside(out) }

func (p *Plan) isInside(a uint32) bool {
	if within(p.spans, a) {
		return true
	}
	_, ok := p.outside[a]
	return ok
}

// Steer returns a hash that is the same for all packets of one inside endpoint, however they are addressed, and of a
// dynamic binding the hash of its port (PortHash); false for what is not translated, judged by the headers alone. It
// sends all packets of a binding to the member that made it.
func (p *Plan) Steer(u *table.Tuple, outbound bool) (hash uint32, ok bool) {
	in, port, far := uint32(u.Dst.Lo), u.DstPort, uint32(u.Src.Lo)
	if outbound {
		in, port, far = uint32(u.Src.Lo), u.SrcPort, uint32(u.Dst.Lo)
	}
	static, isStatic := p.inside[in]
	switch {
	case u.V6:
		return 0, false
	case !outbound && isStatic:
		in = static
	case p.crosses(in, far):
	case !outbound && within(p.pool, in):
		return p.spec.PortHash(min(max(port, p.spec.Ports.Lo), p.spec.Ports.Hi)), true
	default:
		return 0, false
	}
	return uint32(rng.Mix(uint64(in)<<32|uint64(port)<<16|uint64(u.Proto)) >> 32), true
}

// NAT is the state of one member: a chip, or a core that shares one. It holds addresses and ports only, in flat tables.
type NAT struct {
	*Plan
	ports    pool
	sessions *policy.Aging // by the headers that the VM sees; their data is the binding
	bindings []binding
	free     uint32       // chain of those used before, + 1
	index    *table.Exact // of bindings by both endpoints
	live     int          // bindings
	counts   Counts
	closed   bool

	// wired is the packet that Wire has just looked up, and ref its session: Inbound need not look again.
	wired table.Tuple
	ref   table.FlowRef
	found bool
}

// Counts is what a NAT did in the measured window.
type Counts struct {
	New    int64 // bindings made
	Active int64 // bindings at the window's end
}

// New returns the NAT of one member (number index) of a group that divides the ports, with a table of sessions of its
// own. The error says what is out of range.
func New(p *Plan, sessions, index, of int) (*NAT, error) {
	n := &NAT{Plan: p}
	var err error
	n.ports = newPool(p, index, of)
	if n.sessions, err = policy.NewAging(sessions, 0, p.spec.Timeouts); err != nil {
		return nil, err
	}
	// Two keys a binding, with room to spare: an insertion that finds none is as if the table were full.
	n.index, err = table.NewExact(table.DefaultExactSpec(2*sessions+sessions/4+16, keyBytes))
	return n, err
}

func v4(a netip.Addr) uint32 { return uint32(table.AddrOf(a).Lo) }

// pass lets the time pass: sessions end, and the measured window does.
func (n *NAT) pass(at units.Time) {
	if !n.closed && !at.Before(n.spec.To) {
		n.close()
	}
	n.end(n.sessions.Pass(at))
}

func (n *NAT) close() {
	n.end(n.sessions.End(n.spec.To))
	n.counts.Active, n.closed = int64(n.live), true
}

// end gives back the bindings whose last session has ended.
func (n *NAT) end(sessions []table.Flow) {
	n.found = n.found && len(sessions) == 0
	for i := range sessions {
		n.leave(sessions[i].Data)
	}
}

// Begin forgets what was counted of the bindings that were there before the run.
func (n *NAT) Begin() { n.counts = Counts{} }

// Counts closes the measured window, if no packet after it did, and returns what was counted.
func (n *NAT) Counts() Counts {
	if !n.closed {
		n.close()
	}
	return n.counts
}
