// Package policy decides about a packet by its headers: a firewall's rules, the connections that it tracks,
// and routes. A Policy is the same for every chip, core and placement, and does not change once made; a Tracker belongs
// to one chip or core.
package policy

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/gaissmai/bart"

	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/traffic"
)

// Rule is one line of a firewall's list.
type Rule struct {
	table.Rule
	Deny bool
}

// Firewall is the rules of a firewall, of which the first match decides, and the default for packets that none matches.
type Firewall struct {
	Rules       []Rule
	DefaultDeny bool
	Unparsed    Unparsed
	// Partly says that the ports, or the protocol, of some packets cannot be read: that takes tables of their own.
	Partly bool
}

// Unparsed says what happens to a packet whose headers could not be read as far as rules may need them.
type Unparsed uint8

const (
	// ByRules lets it pass only where the rules permit it whatever is in the headers that could not be read: a rule that may
	// match counts as a match where it denies, and as none where it permits.
	ByRules Unparsed = iota
	// Never lets it pass, and Always lets it pass.
	Never
	Always
)

// Routes are the prefixes that route knows. Default is the route of last resort: with it no packet lacks a route.
type Routes struct {
	Prefixes []netip.Prefix
	Default  bool
}

// The bits of packet.Packet.Refused that a Policy sets. Malformed and Lost are for packets that the firewall denies since
// their headers contradict themselves, and since they are fragments whose ports nobody can tell.
const (
	Denied    uint32 = 1 << stats.DropPolicy
	NoRoute   uint32 = 1 << stats.DropNoRoute
	Malformed uint32 = 1 << stats.DropMalformed
	Lost      uint32 = 1 << stats.DropFragment
)

// Policy judges packets by their headers alone, so packets with the same headers fare alike.
type Policy struct {
	rules *table.Ternary
	deny  []bool // by rule
	// noPorts and noProtocol are the rules for packets of these readings, nil where there are none; unseen is for packets of
	// which nothing could be read.
	noPorts, noProtocol *partly
	unseen              bool
	defaultDeny         bool
	unparsed            Unparsed
	needsPorts          bool // some service does
	needsSound          bool
	ports               bool // some rule looks at ports or flags
	flags               bool
	routes              *bart.Lite // nil where every packet has a route
}

// New builds the tables. firewall and routes may be nil, which refuses nothing. The error names the rule or prefix that
// cannot be stored.
func New(firewall *Firewall, routes *Routes) (*Policy, error) {
	p := &Policy{}
	if firewall != nil {
		p.defaultDeny, p.unparsed = firewall.DefaultDeny, firewall.Unparsed
		if err := p.addRules(firewall); err != nil {
			return nil, err
		}
	}
	if routes != nil && !routes.Default {
		p.routes = new(bart.Lite)
		for _, prefix := range routes.Prefixes {
			if !prefix.IsValid() {
				return nil, fmt.Errorf("route %v: not a prefix; write one as 10.0.0.0/8 or 2001:db8::/32", prefix)
			}
			p.routes.Insert(prefix) // an IPv4-mapped prefix is one of IPv6, as its packets are
		}
	}
	return p, nil
}

func (p *Policy) addRules(f *Firewall) error {
	p.rules, p.unseen = table.NewTernary(), deniesUnseen(f)
	if f.Partly {
		p.noPorts, p.noProtocol = &partly{rules: table.NewTernary()}, &partly{rules: table.NewTernary()}
	}
	for _, r := range f.Rules {
		r.VRF, r.AnyVRF = 0, true
		if _, err := p.rules.Add(r.Rule); err != nil {
			return fmt.Errorf("firewall: %w", err)
		}
		p.flags, p.ports = p.flags || r.FlagsMask != 0, p.ports || r.looksAtPorts()
		p.deny = append(p.deny, r.Deny)
		if !f.Partly {
			continue
		}
		if err := errors.Join(p.noPorts.add(r, header.NoPorts), p.noProtocol.add(r, header.NoProtocol)); err != nil {
			return fmt.Errorf("firewall: %w", err)
		}
	}
	p.rules.Build()
	if f.Partly {
		p.noPorts.rules.Build()
		p.noProtocol.rules.Build()
	}
	return nil
}

// Need says that other services than rules need the ports of packets, so that fragments whose ports nobody can tell are
// refused, and that some must not pass on packets whose headers contradict themselves.
func (p *Policy) Need(ports, sound bool) { p.needsPorts, p.needsSound = ports, sound }

// LooksAtFlags says that some rule tells packets apart by their TCP flags: then the packets of a flow may fare
// differently.
func (p *Policy) LooksAtFlags() bool { return p.flags }

// Refuse returns for what a packet with the given headers is refused: Denied, Malformed or Lost, NoRoute, both or 0. flags
// are the 16 bits of the TCP header that hold data offset and flags. What is not IP passes: neither service looks at it.
func (p *Policy) Refuse(t *traffic.Tuple, flags uint16) (refused uint32) {
	if !t.IP && (t.Reading == header.Read || t.Reading == header.NotAnIPPacket) {
		return 0
	}
	u := TupleOf(t)
	u.Flags = flags
	denied := p.Denies(&u, t.Reading)
	switch {
	case t.Reading == header.Contradicts && (denied || p.needsSound):
		refused = Malformed
	case t.Reading == header.Lost && (denied && p.ports || p.needsPorts):
		refused = Lost
	case denied:
		refused = Denied
	}
	if p.Unrouted(&u) || !t.IP && p.routes != nil {
		refused |= NoRoute
	}
	return refused
}

// Unrouted reports whether there is no route to where a packet goes. All servers have the same routes.
func (p *Policy) Unrouted(u *table.Tuple) bool {
	return p.routes != nil && !p.routes.Contains(u.Dst.IP(u.V6))
}

// Denies reports whether the firewall denies a packet, by its headers with its TCP flags as far as they could be read. A
// fragment whose ports nobody can tell is denied where some rule looks at ports.
func (p *Policy) Denies(u *table.Tuple, r header.Reading) bool {
	switch {
	case p.rules == nil:
		return false
	case r == header.Lost && p.ports:
		return true
	case r == header.Read || r == header.Lost:
		return p.decide(p.rules, p.deny, u)
	case p.unparsed != ByRules:
		return p.unparsed == Never
	case r == header.NoPorts:
		return p.decide(p.noPorts.rules, p.noPorts.deny, u)
	case r == header.NoProtocol:
		return p.decide(p.noProtocol.rules, p.noProtocol.deny, u)
	}
	return p.unseen
}

func (p *Policy) decide(rules *table.Ternary, deny []bool, u *table.Tuple) bool {
	if id, ok := rules.Match(u); ok {
		return deny[id]
	}
	return p.defaultDeny
}

// TupleOf returns the headers in the form that the tables take, in VRF 0.
func TupleOf(t *traffic.Tuple) table.Tuple {
	return table.Tuple{Src: table.AddrOf(t.SrcAddr()), Dst: table.AddrOf(t.DstAddr()),
		SrcPort: t.SrcPort, DstPort: t.DstPort, Proto: t.Proto, V6: t.V6}
}

// Steer returns a hash of a flow that is the same in both directions, so that both meet the same chip or core, and with
// it the same connections. It is 0 for what is not IP.
func Steer(t *traffic.Tuple) uint32 {
	if !t.IP {
		return 0
	}
	u := TupleOf(t)
	return SteerTuple(&u)
}

// SteerTuple is Steer for headers in the form that the tables take.
func SteerTuple(u *table.Tuple) uint32 {
	a, b := endpoint(u.Src, u.SrcPort), endpoint(u.Dst, u.DstPort)
	return uint32(mix(mix(min(a, b))+max(a, b)+uint64(u.Proto)) >> 32)
}
