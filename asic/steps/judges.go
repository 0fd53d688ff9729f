package steps

import (
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// firewall refuses what the rules deny, unless it is of a connection that it tracks.
type firewall struct {
	tracker *policy.Tracker // nil when it is not stateful
}

func makeFirewall(s *Spec, m Member) (Step, error) {
	if s.Tracking == nil {
		return &firewall{}, nil
	}
	spec := *s.Tracking
	spec.Flows, spec.From, spec.To = m.share(spec.Flows), s.From, s.To
	spec.EmbryonicLimit = m.share(spec.EmbryonicLimit)
	t, err := policy.NewTracker(spec)
	return &firewall{tracker: t}, err
}

// Do is Step.
func (f *firewall) Do(v *Visit) {
	denied := v.Judged&policy.Denied != 0
	if f.tracker == nil {
		if denied {
			v.Refuse(stats.DropPolicy)
		}
		return
	}
	if !v.IP {
		v.found.Skip = true
		return
	}
	verdict, key := f.tracker.Look(v.At, &v.Tuple, size(v), denied)
	v.key(key, verdict == policy.Known)
	v.found.Tracked, v.found.Flow = verdict == policy.Known, key
	switch verdict {
	case policy.Fresh:
		v.found.Enter = true
	case policy.Refused:
		v.Refuse(stats.DropPolicy)
	case policy.Absorbed:
		v.Refuse(stats.DropSYNCookie)
	}
}

// enter makes the entry of a flow that Do has found to be permitted and unknown.
func (f *firewall) enter(v *Visit) bool { return f.tracker.Enter(v.At, &v.Tuple, size(v)) }

func size(v *Visit) units.Bytes { return units.Bytes(v.Packet.Bytes[packet.Plain]) }

// route refuses what has no route.
type route struct{}

func makeRoute(*Spec, Member) (Step, error) { return route{}, nil }

// Do is Step.
func (route) Do(v *Visit) {
	if v.Judged&policy.NoRoute != 0 {
		v.Refuse(stats.DropNoRoute)
	}
}
