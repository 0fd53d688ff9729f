// Package steps runs the services of a chain whose answer depends on the time and on what the same chip saw before:
// connections, translated addresses, rates, samples. A Program belongs to one chip or core and is shown its packets in
// time order, at one place, so that its state is what a chip would hold.
//
// # How to add a service
//
// Write a file with a type that is a Step and a function that makes it from the Spec, which gets a field for what the
// service must know, nil where the chain has no such service. Then add one line to the list makers:
//
//	{"sampler", func(s *Spec) bool { return s.Sampler != nil }, makeSampler},
//
//	// sampler marks each n-th packet to be copied.
//	type sampler struct{ every, left int }
//
//	func makeSampler(s *Spec, m Member) (Step, error) {
//		return &sampler{s.Sampler.Every, s.Sampler.Every}, nil
//	}
//
//	func (s *sampler) Do(v *Visit) {
//		if s.left--; s.left == 0 {
//			s.left = s.every
//			v.Packet.Copies |= 1 << 1
//		}
//	}
//
// In scenarios/run, stepsOf fills in the field. Nothing else changes: the chain says where the service stands, and the
// Program calls it in that order inbound and in the reverse order outbound. A Step that refuses a packet calls v.Refuse;
// those behind it do not see the packet then. One that rewrites headers changes v.Tuple, which those behind it see.
package steps

import (
	"fmt"

	"github.com/dsnsim/dsnsim/asic/lb"
	"github.com/dsnsim/dsnsim/asic/nat"
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Spec says what the services of a chain must know. It is the same for all chips, and does not change once made.
type Spec struct {
	// Services are those of the chain on a side, in the order inbound.
	Services []string
	Side     Side
	// Sources tells the headers of packets. Policy is asked about rewritten ones, which it could not be before the run.
	Sources *policy.Sources
	Policy  *policy.Policy
	// Tracking is the connection tracking of a stateful firewall, nil without. Its Flows are those of one chip.
	Tracking *policy.Spec
	// Policers and Mirrors are those of the chain, in its order. The chips of a box, and the cores of a server, share their
	// policers: they have the same Spec, others another.
	Policers []*policy.Policer
	Mirrors  []Mirror
	// NAT and LB are what these services must know, nil without.
	NAT *NAT
	LB  *LB
	// Observe, when not nil, is told of each packet's headers, where services rewrite them.
	Observe Observer
	// From and To are the measured window.
	From, To units.Time
}

// Member says which of several equal devices a Program is for: packets are steered to number Index of Of.
type Member struct {
	Index, Of int
	// Shared says that the members divide the tables of one device, as the cores of a server do; else each has its own.
	Shared bool

	nth int // which of the services of the same name a Step is made for, from 0
}

// share returns a member's part of n entries.
func (m Member) share(n int) int {
	if !m.Shared {
		return n
	}
	return (n + m.Of - 1) / m.Of
}

// Step is one service on one chip or core.
type Step interface {
	// Do sees a packet that no service before it has refused.
	Do(v *Visit)
}

// maker makes the Step of a service.
type maker struct {
	service string
	// keeps says that the service keeps state, for which a chip needs a Program. Others only judge headers: they are
	// asked about each flow before the run, and have a Step so that the services of a Program come in their order.
	keeps func(*Spec) bool
	make  func(*Spec, Member) (Step, error)
}

// makers lists the services that have a Step, in any order.
var makers = []maker{
	{"firewall", func(s *Spec) bool { return s.Tracking != nil }, makeFirewall},
	{"route", func(*Spec) bool { return false }, makeRoute},
	{"policer", func(*Spec) bool { return true }, makePolicer},
	{"mirror", func(*Spec) bool { return true }, makeMirror},
	{"nat", func(s *Spec) bool { return s.NAT != nil }, makeNAT},
	{"lb", func(s *Spec) bool { return s.LB != nil }, makeLB},
}

// of returns the maker of a service, or nil.
func of(service string) *maker {
	for i := range makers {
		if makers[i].service == service {
			return &makers[i]
		}
	}
	return nil
}

// keepers counts the services that keep state.
func (s *Spec) keepers() (n int) {
	for _, name := range s.Services {
		if k := of(name); k != nil && k.keeps(s) {
			n++
		}
	}
	return n
}

// Steers reports whether both directions of a flow must meet the same member.
func (s *Spec) Steers() bool { return s.Tracking != nil || s.Rewrites() }

// Rewrites reports whether some service changes headers.
func (s *Spec) Rewrites() bool { return s.NAT != nil || s.LB != nil }

// Steer returns the hash by which packets with a session's headers are steered to a member, where services change headers:
// to the one that holds the state of all of them. Flows to a VIP go by the end outside, translated ones by the end inside,
// and others by both ends.
func (s *Spec) Steer(one *policy.Session, outbound bool) uint32 {
	if one.Kind == header.NoSession {
		return 0
	}
	u := one.Tuple
	if s.LB != nil {
		if far, port, ok := s.LB.Plan.Steers(&u, outbound); ok {
			return policy.SteerTuple(&table.Tuple{Src: far, SrcPort: port, Proto: u.Proto})
		}
	}
	if s.NAT != nil {
		if hash, ok := s.NAT.Plan.Steer(&u, outbound); ok {
			return hash
		}
	}
	return policy.SteerTuple(&u)
}

// Needed reports whether some service keeps state.
func (s *Spec) Needed() bool { return s.keepers() > 0 }

// Side is a place in the chain at which a Program runs.
type Side uint8

// The sides of the crypto complex: packets of the tenants, which may still be in another tunnel, and those in the ESP tunnel.
const (
	Clear Side = iota
	Encrypted

	// Sides is how many there are, for arrays by side.
	Sides = iota
)

// RefusedEncrypted are the reasons for which packets are refused on the encrypted side.
const RefusedEncrypted = uint32(1) << stats.DropPolicer

// Visit is a packet at a Program.
type Visit struct {
	At     units.Time
	Packet *packet.Packet
	// Outbound packets come from a VM, and see the chain in reverse.
	Outbound bool
	// IP says that the packet has headers that could be read. Tuple is those, as the services before have left them.
	IP    bool
	Tuple table.Tuple
	// Judged are the reasons that rules and routes gave before the run, from the headers as the source sent them, and Matched
	// the mirrors whose rules match those (packet.Packet.Copies).
	Judged  uint32
	Matched uint8

	refused uint32
	found   Found
	enter   table.Tuple // what the firewall will enter
	// session and number are what Sources says of the packet, where some service rewrites headers; else Kind is NoSession.
	session policy.Session
	number  uint32
}

// Refuse has the packet dropped behind the services, for a reason.
func (v *Visit) Refuse(reason stats.DropReason) { v.refused |= 1 << reason }

// Found is what a Program says of the packet's entry in the tables that are in memory.
type Found struct {
	// Keyed says that some service has an entry for each flow, and Key is its number; else the flow is one of its source.
	Keyed bool
	Key   uint64
	// New says that there is no entry, so that the memory is asked in any case. Skip says that none is looked for: the
	// packet is not IP.
	New, Skip bool
	// Enter says that an entry is to be made: with Enter, or Reject where that cannot be.
	Enter bool
	// Tracked says that the packet is of a connection that a firewall tracks, whose number there is Flow.
	Tracked bool
	Flow    uint64
}

// key notes where a service's entry of the flow is. The first service's counts, since one cache holds what all of them
// answered.
func (v *Visit) key(key uint64, known bool) {
	if !v.found.Keyed {
		v.found.Keyed, v.found.Key = true, key
	}
	v.found.New = v.found.New || !known
}

// Program is the services of one chip or core.
type Program struct {
	sources  *policy.Sources
	steps    []Step // in the order inbound
	owned    uint32 // the reasons that steps decide, whatever was judged before
	mirrors  uint8  // the copies that steps decide
	side     Side
	headers  bool // some step looks at the headers
	shared   bool // some step shares something with other members
	visit    Visit
	firewall *firewall // the step that tracks connections, or nil
	// translators are the steps that rewrite headers, in the order inbound, and observe is told what they did.
	translators []translator
	observe     Observer
}

// New returns the Program of one member for a Spec that needs one. The error says what is out of range.
func New(s *Spec, m Member) (*Program, error) {
	g := &Program{sources: s.Sources, side: s.Side, observe: s.Observe}
	seen := map[string]int{}
	for _, name := range s.Services {
		k := of(name)
		if k == nil {
			continue
		}
		m.nth = seen[name]
		seen[name]++
		step, err := k.make(s, m)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		g.add(step)
	}
	if g.firewall != nil && s.keepers() == 1 {
		// It sees packets without a route too: what becomes of those is settled behind all services.
		g.owned, g.steps = policy.Denied, []Step{g.firewall}
	}
	return g, nil
}

// Unopened are the reasons for which a packet from the network is dropped before any service sees what is in its tunnels.
const Unopened uint32 = 1<<stats.DropNoSA | 1<<stats.DropReplay | 1<<stats.DropAuth | 1<<stats.DropTunnel

// add adds the next step.
func (g *Program) add(step Step) {
	g.steps = append(g.steps, step)
	switch s := step.(type) {
	case *firewall:
		g.owned |= policy.Denied
		if s.tracker != nil {
			g.firewall, g.headers = s, true
		}
	case *route:
		g.owned |= policy.NoRoute
	case *policer:
		g.shared = true
	case *mirror:
		g.mirrors |= s.bit
	case translator:
		g.translators = append(g.translators, s)
		g.headers = true
	default:
		g.headers = true
	}
}

// Shares reports whether the Programs of the members share something, so that packets must come to all of them in time
// order. That of no services shares nothing.
func (g *Program) Shares() bool { return g != nil && g.shared }

// Outbound reports whether a packet comes from a VM.
func (g *Program) Outbound(p *packet.Packet) bool { return g.sources.Outbound(p) }

// Look shows a packet to the services in their order. It sets what the packet is refused for, and says whether its
// entry is known.
func (g *Program) Look(at units.Time, p *packet.Packet) Found {
	if g.side == Clear && p.Refused&Unopened != 0 {
		p.Copies &^= g.mirrors
		return Found{Skip: true}
	}
	v := &g.visit
	*v = Visit{At: at, Packet: p, Outbound: g.sources.Outbound(p), Judged: p.Refused, Matched: p.Copies}
	switch {
	case len(g.translators) > 0:
		g.comeIn(v)
	case g.headers:
		v.Tuple, v.IP = g.sources.Tuple(p)
	}
	came := v.Tuple
	p.Refused &^= g.owned
	p.Copies &^= g.mirrors
	for i := range g.steps {
		if v.Outbound {
			i = len(g.steps) - 1 - i
		}
		if g.steps[i].Do(v); v.refused != 0 {
			break
		}
	}
	if g.observe != nil && v.IP && len(g.translators) > 0 {
		g.report(v, came)
	}
	p.Refused |= v.refused
	return v.found
}

// comeIn gives the packet at hand the headers that it has where it comes in: the last service that it passes is the first
// to say what its own answers look like.
func (g *Program) comeIn(v *Visit) {
	v.session, v.number = g.sources.Session(v.Packet)
	switch v.Packet.Deep {
	case packet.NotParsed: // it is dropped, and begins nothing
		v.session.Kind = header.NoSession
	case packet.PortsUnseen:
		v.session.Unsee()
	}
	v.Tuple, v.IP = v.session.Tuple, v.session.Kind != header.NoSession
	if !v.IP {
		return
	}
	for i := range g.translators {
		if !v.Outbound {
			i = len(g.translators) - 1 - i
		}
		g.translators[i].wire(v)
	}
}

// report tells the observer of the packet at hand, which came with the given headers.
func (g *Program) report(v *Visit, came table.Tuple) {
	net, vm := came, v.Tuple
	if v.refused != 0 {
		vm = came
	} else if v.Outbound {
		net, vm = vm, net
	}
	g.observe(v.Packet, &v.session.Tuple, &net, &vm)
}

// Room tells the services how to ask whether a session can be entered, which makes the entry: of the learner.
func (g *Program) Room(ask func(at units.Time) bool) {
	for _, t := range g.translators {
		switch t := t.(type) {
		case *natStep:
			t.room = ask
		case *lbStep:
			t.room = ask
		}
	}
}

// Translated returns what NAT and load balancing counted, nil where there is none.
func (g *Program) Translated() (n *nat.Counts, b *lb.Counts) {
	for _, t := range g.translators {
		switch t := t.(type) {
		case *natStep:
			c := t.Counts()
			n = &c
		case *lbStep:
			c := t.Counts()
			b = &c
		}
	}
	return n, b
}

// Enter makes the entry that the last Look asked for, and reports whether there was room.
func (g *Program) Enter() bool { return g.firewall.enter(&g.visit) }

// Flow returns the number of the connection that the last Enter made or found, which is that of Found for its later packets,
// or false where there was no room.
func (g *Program) Flow() (flow uint64, ok bool) {
	hit := g.firewall.tracker.Find(&g.visit.Tuple)
	return uint64(hit.Ref), hit.Hit
}

// Reject counts an entry that the last Look asked for and that cannot be made.
func (g *Program) Reject() { g.firewall.tracker.Reject(g.visit.At) }

// Judge is hw.Judge: software looks a packet up and enters its flow at once.
func (g *Program) Judge(at units.Time, p *packet.Packet) {
	if g.Look(at, p).Enter {
		g.Enter()
	}
}

// Sweep returns how many entries the ageing of a stateful firewall reads, and in which time, where that is charged for,
// else 0.
func (g *Program) Sweep() (entries int, pass units.Duration) {
	if g.firewall == nil {
		return 0, 0
	}
	return g.firewall.tracker.Sweep()
}

// Tracked returns what a stateful firewall counted, or false without one.
func (g *Program) Tracked() (policy.Counts, bool) {
	if g.firewall == nil {
		return policy.Counts{}, false
	}
	return g.firewall.tracker.Counts(), true
}
