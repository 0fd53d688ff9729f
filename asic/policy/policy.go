// Package policy decides what becomes of a packet by its headers: a firewall's rules, the connections that it tracks,
// and routes. A Policy is the same for every chip, core and placement, and does not change once made; a Tracker belongs
// to one chip or core.
package policy

import (
	"fmt"
	"net/netip"

	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/traffic"
)

// Rule is one line of a firewall's list.
type Rule struct {
	table.Rule
	Deny bool
}

// Firewall is the rules of a firewall, the first that matches deciding, and what becomes of packets that none matches.
type Firewall struct {
	Rules       []Rule
	DefaultDeny bool
	// NoFragments says that no packet is a fragment: that halves the tables.
	NoFragments bool
}

// Routes are the prefixes that route knows. Default is the route of last resort: with it no packet lacks a route.
type Routes struct {
	Prefixes []netip.Prefix
	Default  bool
}

// The bits of packet.Packet.Refused that a Policy sets.
const (
	Denied  uint32 = 1 << stats.DropPolicy
	NoRoute uint32 = 1 << stats.DropNoRoute
)

// Policy judges packets by their headers alone, so packets with the same headers fare alike.
type Policy struct {
	rules *table.Ternary
	// addresses has the same rules without ports. Fragments are matched with it: only the first of a datagram has
	// ports, and all of them must fare alike. It is nil where there are none.
	addresses   *table.Ternary
	deny        []bool // by rule
	defaultDeny bool
	flags       bool
	routes      *table.LPM // nil where every packet has a route
}

// New builds the tables. firewall and routes may be nil, which refuses nothing. The error names the rule or prefix that
// cannot be stored.
func New(firewall *Firewall, routes *Routes) (*Policy, error) {
	p := &Policy{}
	if firewall != nil {
		p.defaultDeny = firewall.DefaultDeny
		if err := p.addRules(firewall.Rules, firewall.NoFragments); err != nil {
			return nil, err
		}
	}
	if routes != nil && !routes.Default {
		p.routes = table.NewLPM()
		for _, prefix := range routes.Prefixes {
			if err := p.routes.Insert(0, prefix, 0); err != nil {
				return nil, err
			}
		}
		p.routes.Build()
	}
	return p, nil
}

func (p *Policy) addRules(rules []Rule, noFragments bool) error {
	p.rules = table.NewTernary()
	if !noFragments {
		p.addresses = table.NewTernary()
	}
	for i, r := range rules {
		r.VRF, r.AnyVRF = 0, true
		if _, err := p.rules.Add(r.Rule); err != nil {
			return fmt.Errorf("firewall: %w", err)
		}
		p.flags = p.flags || r.FlagsMask != 0
		p.deny = append(p.deny, rules[i].Deny)
		if noFragments {
			continue
		}
		r.SrcPort, r.DstPort, r.FlagsMask = table.AnyPort(), table.AnyPort(), 0
		if _, err := p.addresses.Add(r.Rule); err != nil {
			return fmt.Errorf("firewall: %w", err)
		}
	}
	p.rules.Build()
	if p.addresses != nil {
		p.addresses.Build()
	}
	return nil
}

// LooksAtFlags says that some rule tells packets apart by their TCP flags: then the packets of a flow may fare
// differently.
func (p *Policy) LooksAtFlags() bool { return p.flags }

// Refuse returns for what a packet with the given headers is refused: Denied, NoRoute, both or 0. flags are the 16 bits
// of the TCP header that hold data offset and flags. What is not IP passes: neither service looks at it.
func (p *Policy) Refuse(t *traffic.Tuple, flags uint16) (refused uint32) {
	if !t.IP {
		return 0
	}
	u := TupleOf(t)
	u.Flags = flags
	if p.Denies(&u, t.Fragment) {
		refused = Denied
	}
	if p.Unrouted(&u) {
		refused |= NoRoute
	}
	return refused
}

// Unrouted reports whether there is no route to where a packet goes. The route is that of VRF 0, as all servers have the
// same.
func (p *Policy) Unrouted(u *table.Tuple) bool {
	if p.routes == nil {
		return false
	}
	_, ok := p.routes.Lookup(0, u.Dst, u.V6)
	return !ok
}

// Denies reports whether the rules deny a packet, by its headers with its TCP flags. A fragment's ports are not looked at.
func (p *Policy) Denies(u *table.Tuple, fragment bool) bool {
	rules := p.rules
	if fragment && p.addresses != nil {
		rules = p.addresses
	}
	if rules == nil {
		return false
	}
	if id, ok := rules.Match(u); ok {
		return p.deny[id]
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
