package steps

import (
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// firewall refuses what the rules deny, unless it is of a connection that it tracks.
type firewall struct {
	tracker  *policy.Tracker // nil when it is not stateful
	policy   *policy.Policy
	verdicts verdicts // of rewritten headers
}

// Firewall is the service firewall.
var Firewall = Kind{Name: "firewall", Keeps: func(s *Spec) bool { return s.Tracking != nil }, Make: makeFirewall}

// Decides is Decider.
func (f *firewall) Decides() uint32 { return policy.Denied }

// Blind is Blind: without connections.
func (f *firewall) Blind() bool { return f.tracker == nil }

func makeFirewall(s *Spec, m Member) (Step, error) {
	if s.Tracking == nil {
		return &firewall{policy: s.Policy}, nil
	}
	spec := *s.Tracking
	spec.Flows, spec.From, spec.To = m.share(spec.Flows), s.From, s.To
	spec.EmbryonicLimit = m.share(spec.EmbryonicLimit)
	t, err := policy.NewTracker(spec)
	return &firewall{tracker: t, policy: s.Policy}, err
}

// Do is Step.
func (f *firewall) Do(v *Visit) {
	if v.Judged&policy.Malformed != 0 {
		v.Refuse(stats.DropMalformed)
		return
	}
	denied := v.Judged&policy.Denied != 0
	if v.rewritten() {
		denied = f.verdicts.of(v, f.policy.Denies)
	}
	if f.tracker == nil {
		if denied {
			v.Refuse(stats.DropPolicy)
		}
		return
	}
	if !v.IP {
		if v.found.Skip = true; denied {
			v.Refuse(stats.DropPolicy)
		}
		return
	}
	verdict, key := f.tracker.Look(v.At, &v.Tuple, f.packet(v, denied))
	v.key(key, verdict == policy.Known)
	v.found.Tracked, v.found.Flow = verdict == policy.Known, key
	switch verdict {
	case policy.Fresh:
		v.found.Enter, v.enter = true, v.Tuple
	case policy.Refused:
		v.Refuse(stats.DropPolicy)
	case policy.Absorbed:
		v.Refuse(stats.DropSYNCookie)
	}
}

// packet says what the tracker must know.
func (f *firewall) packet(v *Visit, denied bool) policy.Packet {
	return policy.Packet{Size: size(v), Kind: v.session.Kind, Denied: denied, Outbound: v.Outbound}
}

// enter makes the entry of a flow that Do has found to be permitted and unknown.
func (f *firewall) enter(v *Visit) bool { return f.tracker.Enter(v.At, &v.enter, f.packet(v, false)) }

func size(v *Visit) units.Bytes { return units.Bytes(v.Packet.Bytes[packet.Plain]) }

// route refuses what has no route.
type route struct {
	policy   *policy.Policy
	verdicts verdicts // of rewritten headers
}

// Route is the service route.
var Route = Kind{Name: "route", Keeps: func(*Spec) bool { return false }, Make: makeRoute}

// Decides is Decider.
func (r *route) Decides() uint32 { return policy.NoRoute }

// Blind is Blind.
func (r *route) Blind() bool { return true }

func makeRoute(s *Spec, _ Member) (Step, error) { return &route{policy: s.Policy}, nil }

// Do is Step.
func (r *route) Do(v *Visit) {
	unrouted := v.Judged&policy.NoRoute != 0
	if v.rewritten() {
		unrouted = r.verdicts.of(v, r.unrouted)
	}
	if unrouted {
		v.Refuse(stats.DropNoRoute)
	}
}

func (r *route) unrouted(u *table.Tuple, _ header.Reading) bool { return r.policy.Unrouted(u) }
