// Package nat translates the IPv4 addresses and ports of inside hosts to those of a pool (NAPT, RFC 3022 section 2.2),
// as one chip or core does it that sees its packets in time order.
//
// Its behaviour in the words of RFC 4787 (UDP), RFC 5382 (TCP) and RFC 5508 (ICMP): mapping is independent of the
// endpoint (REQ-1): an inside address and port has one binding, whoever it talks to. Filtering is independent of the
// endpoint too (REQ-8): who sends to a binding is let in. Pooling is paired unless the Spec says otherwise (REQ-2), ports
// are neither preserved nor paired by parity (REQ-3, REQ-4). Packets of a session in both directions keep its binding
// alive (REQ-6); a packet from elsewhere to the binding does not. There is no hairpinning (REQ-9).
package nat

import (
	"fmt"
	"net/netip"

	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Spec describes a NAT. It is the same for all chips.
type Spec struct {
	// Inside are the addresses that are translated, beside those of Static.
	Inside []netip.Prefix
	// Pool are the addresses that they are translated to. Each server has all of them for itself, since each is a network
	// of its own; members that share a server's packets divide the ports.
	Pool []netip.Prefix
	// Ports are those of each pool address, and the identifiers of ICMP queries.
	Ports table.PortRange
	// Static are addresses that are translated one to one, ports and all protocols left alone. They are not of the Pool,
	// even where that holds them.
	Static []Static
	// Arbitrary lets an inside address have ports of several pool addresses, when those of its own are used up.
	Arbitrary bool
	// Sessions is how many sessions one chip holds: five-tuples that were begun from the inside.
	Sessions int
	Timeouts policy.Timeouts
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
	// NoBinding: it comes to an inside address that nobody outside can know, or to a pool address without a binding; or it
	// belongs to nothing that is known and cannot begin anything, such as an ICMP error.
	NoBinding
	// NoPort: all ports of its pool address are bound, or its protocol has none.
	NoPort
	// Full: the table of sessions, or who enters them, has no room.
	Full
)

// binding is an inside endpoint and what it is translated to: 24 bytes.
type binding struct {
	inside, outside         uint32
	insidePort, outsidePort uint16
	vrf                     uint16
	class                   uint8
	sessions                uint32 // 0: free, inside is then the next free binding + 1
}

// NAT is the state of one member: a chip, or a core that shares one. It holds addresses and ports only, in flat tables.
type NAT struct {
	spec     Spec
	spans    []span            // of Inside
	outside  map[uint32]uint32 // of static pairs, by inside address
	inside   map[uint32]uint32 // the reverse
	pool     pool
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

// New returns the NAT of member number index of so many that divide the ports; the table of sessions is its own. The
// error says what is out of range.
func New(spec Spec, index, of int) (*NAT, error) {
	n := &NAT{spec: spec, outside: map[uint32]uint32{}, inside: map[uint32]uint32{}}
	for _, s := range spec.Static {
		if !s.Outside.Is4() || !s.Inside.Is4() {
			return nil, fmt.Errorf("nat: static %v to %v; only IPv4 is translated", s.Outside, s.Inside)
		}
		in, out := v4(s.Inside), v4(s.Outside)
		n.outside[in], n.inside[out] = out, in
	}
	var err error
	if n.spans, err = spansOf(spec.Inside); err != nil {
		return nil, err
	}
	if n.pool, err = newPool(&spec, n.inside, index, of); err != nil {
		return nil, err
	}
	if n.sessions, err = policy.NewAging(spec.Sessions, 0, spec.Timeouts); err != nil {
		return nil, err
	}
	// Two keys a binding, with room to spare: an insertion that finds none is as if the table were full.
	n.index, err = table.NewExact(table.DefaultExactSpec(2*spec.Sessions+spec.Sessions/4+16, keyBytes))
	return n, err
}

func v4(a netip.Addr) uint32 { return uint32(table.AddrOf(a).Lo) }

// crosses reports whether a packet goes between an inside address and one outside: only such packets are translated.
func (n *NAT) crosses(in, out uint32) bool { return n.isInside(in) && !n.isInside(out) }

func (n *NAT) isInside(a uint32) bool {
	if within(n.spans, a) {
		return true
	}
	_, ok := n.outside[a]
	return ok
}

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

// Counts closes the measured window, if no packet after it did, and returns what was counted.
func (n *NAT) Counts() Counts {
	if !n.closed {
		n.close()
	}
	return n.counts
}
