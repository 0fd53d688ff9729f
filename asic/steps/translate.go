package steps

import (
	"github.com/dsnsim/dsnsim/asic/lb"
	"github.com/dsnsim/dsnsim/asic/nat"
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// NAT is what the service nat must know: what it translates, and how many sessions a device holds.
type NAT struct {
	Plan     *nat.Plan
	Sessions int
}

// LB is the same of the service lb.
type LB struct {
	Plan  *lb.Plan
	Flows int
}

// Observer is called with a packet's headers: as its source has them, on the network's side of the services, and on the VM's.
// Where a service refuses the packet, it has the same on both sides.
type Observer func(p *packet.Packet, sent, net, vm *table.Tuple)

// The keys of entries are marked with their service, so that they differ from a firewall's.
const (
	natEntry = 1 << 62
	lbEntry  = 1 << 61
	// noEntry marks a key that is none of an entry.
	noEntry = 1 << 63
)

// begins reports whether a packet can begin a session.
func (v *Visit) begins() bool { return v.session.Kind == header.Packet }

// about reports whether a packet is an ICMP error about a session.
func (v *Visit) about() bool { return v.session.Kind == header.AboutPacket }

// admission asks whether a session of the packet may be entered.
type admission struct {
	at   units.Time
	room func(units.Time) bool // of the learner, nil in software
}

func (a *admission) admits() bool { return a.room == nil || a.room(a.at) }

// Room is Rewriter.
func (a *admission) Room(ask func(units.Time) bool) { a.room = ask }

// Translation is the service nat, Balancing lb.
var (
	Translation = Kind{Name: "nat", Keeps: func(s *Spec) bool { return s.NAT != nil }, Make: makeNAT, Rewrites: true}
	Balancing   = Kind{Name: "lb", Keeps: func(s *Spec) bool { return s.LB != nil }, Make: makeLB, Rewrites: true}
)

// natStep is NAT on one member.
type natStep struct {
	*nat.NAT
	admission
	ask func() bool // admits, made once
}

func makeNAT(s *Spec, m Member) (Step, error) {
	n, err := nat.New(s.NAT.Plan, m.share(s.NAT.Sessions), m.Index, m.Of)
	step := &natStep{NAT: n}
	step.ask = step.admits
	return step, err
}

func (n *natStep) counted(c **nat.Counts, _ **lb.Counts) {
	counts := n.Counts()
	*c = &counts
}

// Wire is Rewriter.
func (n *natStep) Wire(v *Visit) {
	n.NAT.Wire(v.At, &v.Tuple, v.Outbound)
}

// Do is Step.
func (n *natStep) Do(v *Visit) {
	if !v.IP {
		v.found.Skip = true
		return
	}
	p := nat.Packet{Size: size(v), Begins: v.begins(), About: v.about(), Admit: n.ask}
	n.at = v.At
	var o nat.Outcome
	var entry uint32
	if v.Outbound {
		o, entry = n.Outbound(v.At, &v.Tuple, p)
	} else {
		o, entry = n.Inbound(v.At, &v.Tuple, p)
	}
	switch o {
	case nat.Known, nat.Begun:
		v.key(natEntry|uint64(entry), o == nat.Known)
	case nat.NoBinding:
		v.refuseUnknown(stats.DropNATNoBinding)
	case nat.NoPort:
		v.refuseUnknown(stats.DropNATNoPort)
	case nat.Full:
		v.refuseUnknown(stats.DropSessionTable)
	}
}

// refuseUnknown refuses a packet for which there is no entry.
func (v *Visit) refuseUnknown(reason stats.DropReason) {
	v.key(noEntry|uint64(v.Packet.Source())<<32|uint64(v.Packet.Flow), false)
	v.Refuse(reason)
}

// lbStep is load balancing on one member.
type lbStep struct {
	*lb.Balancer
	admission
	ask func() bool
}

func makeLB(s *Spec, m Member) (Step, error) {
	b, err := lb.New(s.LB.Plan, m.share(s.LB.Flows))
	step := &lbStep{Balancer: b}
	step.ask = step.admits
	return step, err
}

func (b *lbStep) counted(_ **nat.Counts, c **lb.Counts) {
	counts := b.Counts()
	*c = &counts
}

// Wire is Rewriter.
func (b *lbStep) Wire(v *Visit) {
	b.Balancer.Wire(v.At, &v.Tuple, v.Outbound)
}

// Do is Step.
func (b *lbStep) Do(v *Visit) {
	if !v.IP {
		v.found.Skip = true
		return
	}
	p := lb.Packet{Size: size(v), Begins: v.begins(), About: v.about(), Admit: b.ask}
	b.at = v.At
	var o lb.Outcome
	var entry uint32
	if v.Outbound {
		o, entry = b.Outbound(v.At, &v.Tuple, p)
	} else {
		o, entry = b.Inbound(v.At, &v.Tuple, p)
	}
	switch o {
	case lb.Known, lb.Begun:
		v.key(lbEntry|uint64(entry), o == lb.Known)
	case lb.NoBackend:
		v.refuseUnknown(stats.DropLBNoBackend)
	case lb.Full:
		v.refuseUnknown(stats.DropSessionTable)
	}
}
