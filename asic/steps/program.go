// Package steps runs the services of a chain whose answer depends on the time and on what the same chip saw before:
// connections, translated addresses, rates, samples. A Program belongs to one chip or core and is shown its packets in
// time order, at one place, so that its state is what a chip would hold.
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
	// session and number are what Sources says of the packet, where some service looks at the headers.
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
	steps    []Step  // in the order inbound
	owned    uint32  // the reasons that steps decide, whatever was judged before
	mirrors  uint8   // the copies that steps decide
	later    []uint8 // the bits of steps that meter with Take, nil where all do with Look
	side     Side
	headers  bool // some step looks at the headers
	shared   bool // some step shares something with other members
	visit    Visit
	firewall *firewall // the step that tracks connections, or nil
	// translators are the steps that rewrite headers, in inbound order; observe is called with what they did.
	translators []Rewriter
	observe     Observer
	// warm is what is shown the flows that are open before the run, nil when that has begun: the same tables, for which ongoing says
	// that TCP connections are in their middle.
	warm    *Program
	ongoing bool
}

// New returns the Program of one member for a Spec that needs one. The error says what is out of range.
func New(s *Spec, m Member) (*Program, error) {
	g := &Program{sources: s.Sources, side: s.Side, observe: s.Observe}
	seen := map[*Kind]int{}
	for _, k := range s.Services {
		if k == nil {
			continue
		}
		m.nth = seen[k]
		seen[k]++
		step, err := k.Make(s, m)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", k.Name, err)
		}
		g.add(step)
	}
	if g.firewall != nil && s.keepers() == 1 {
		// It sees packets without a route too: those are dropped behind all services.
		g.owned, g.steps = policy.Denied, []Step{g.firewall}
	}
	return g, nil
}

// Unopened are the reasons for which a packet from the network is dropped before any service sees what is in its tunnels.
const Unopened uint32 = 1<<stats.DropNoSA | 1<<stats.DropReplay | 1<<stats.DropAuth | 1<<stats.DropTunnel | 1<<stats.DropECN

// What a Step may be beside: the Program asks once, when it is made.
type (
	// Decider is a Step that alone says for which of some reasons packets are refused, whatever was judged before the run.
	Decider interface{ Decides() uint32 }
	// Sharer is one that has something in common with those of other members.
	Sharer interface{ Shared() bool }
	// Copier is one that marks packets to be copied.
	Copier interface{ Copies() uint8 }
	// Blind is one that does not look at headers, or only at what was judged of them before the run.
	Blind interface{ Blind() bool }
	// Flowless is one that keeps no entries of flows, but rates or samples, say.
	Flowless interface{ Flowless() bool }
	// Rewriter is one that rewrites headers. A simulated packet that answers one whose headers were rewritten carries those that its
	// receiver will see; Wire gives it those that it has where it comes in.
	Rewriter interface {
		Wire(v *Visit)
		// Room tells it how to ask whether a session can be entered, which makes the entry: of the learner.
		Room(ask func(at units.Time) bool)
		// Begin forgets what was counted before the run; see Program.Begin.
		Begin()
		counted(n **nat.Counts, b **lb.Counts)
	}
)

// add adds the next step.
func (g *Program) add(step Step) {
	g.steps = append(g.steps, step)
	if s, ok := step.(Decider); ok {
		g.owned |= s.Decides()
	}
	if s, ok := step.(Sharer); ok && s.Shared() {
		g.shared = true
	}
	if s, ok := step.(Copier); ok {
		g.mirrors |= s.Copies()
	}
	if s, ok := step.(Blind); !ok || !s.Blind() {
		g.headers = true
	}
	if s, ok := step.(Rewriter); ok {
		g.translators = append(g.translators, s)
	}
	if s, ok := step.(*firewall); ok && s.tracker != nil {
		g.firewall = s
	}
}

// Shares reports whether the Programs of the members share something, so that packets must come to all of them in time
// order. That of no services shares nothing.
func (g *Program) Shares() bool { return g != nil && g.shared }

// Keeps reports whether some step keeps what an answer must find, so that packets must be shown as they come.
func (g *Program) Keeps() bool { return g != nil && g.headers }

// Outbound reports whether a packet comes from a VM.
func (g *Program) Outbound(p *packet.Packet) bool { return g.sources.Outbound(p) }

// Look shows a packet to the services in their order, unless it was lost in front of them: its tunnel did not open, or it is a
// fragment whose ports nobody can tell. It sets what the packet is refused for, and says whether its
// entry is known.
func (g *Program) Look(at units.Time, p *packet.Packet) Found {
	if g.side == Clear && p.Refused&(Unopened|policy.Lost) != 0 {
		p.Due = 0
		p.Copies &^= g.mirrors
		return Found{Skip: true}
	}
	v := &g.visit
	*v = Visit{At: at, Packet: p, Outbound: g.sources.Outbound(p), Judged: p.Refused, Matched: p.Copies}
	if g.headers {
		g.comeIn(v)
	}
	if g.ongoing && v.Tuple.Proto == header.ProtoTCP {
		v.Tuple.Flags = policy.DataFlags
	}
	came := v.Tuple
	p.Refused &^= g.owned
	p.Copies &^= g.mirrors
	due := uint8(0)
	for i := range g.steps {
		n := g.nth(i, v.Outbound)
		if g.later != nil && g.later[n] != 0 {
			due |= g.later[n]
			continue
		}
		if g.steps[n].Do(v); v.refused != 0 {
			break
		}
	}
	if g.later != nil {
		g.left(p, due, v.refused)
	}
	if g.observe != nil && v.IP && len(g.translators) > 0 {
		g.report(v, came)
	}
	p.Refused |= v.refused
	return v.found
}

// Enter makes the entry that the last Look wanted, and reports whether there was room.
func (g *Program) Enter() bool { return g.firewall.enter(&g.visit) }

// Flow returns the number of the connection that the last Enter made or found, the same as Found has for its later packets,
// or false where there was no room.
func (g *Program) Flow() (flow uint64, ok bool) {
	hit := g.firewall.tracker.Find(&g.visit.enter)
	return uint64(hit.Ref), hit.Hit
}

// Reject counts an entry that the last Look wanted and that cannot be made.
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
