package run

import (
	"slices"

	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/tap"
)

// bring gives a feed what its packets bring along.
func (j *job) bring(f *feed, t *input, dir direction) {
	if t.marks == nil {
		return
	}
	m := *t.marks
	number := 0
	for i := range j.scenario.Services {
		if v := j.scenario.Services[i].Mirror; v != nil {
			if number++; v.In(dir.seen().String()) || dir == eastWest && v.In(inbound.String()) {
				m.mask |= 1 << number
			}
		}
	}
	if f.synthetic != nil {
		m.made = f.tuple
	}
	f.marks = &m
}

// rule gives a feed the rulings of its packets.
func (j *job) rule(f *feed, t *input) {
	if j.policy == nil {
		return
	}
	if f.replay != nil {
		f.rulings = t.rulings
	} else {
		f.rulings = &rulings{policy: j.policy, spec: j.spec, made: f.tuple, flags: flagsOfMix(t)}
	}
}

// mirrorsSeen returns what a tap must know of the mirrors of a chain.
func mirrorsSeen(s *scenarios.Scenario) []tap.Mirror {
	var list []tap.Mirror
	names := serviceNames(s)
	marks := func(services []scenarios.Service, dir direction) bool {
		return slices.ContainsFunc(services, func(v scenarios.Service) bool {
			return v.Policer != nil && v.Policer.Marks() && v.Policer.In(dir.String())
		})
	}
	for i := range s.Services {
		v := s.Services[i].Mirror
		if v == nil {
			continue
		}
		_, more := asic.SeenBy(names, i)
		list = append(list, tap.Mirror{Net: !slices.ContainsFunc(names[:i], translates), Encrypted: asic.SideOf(names, i) == steps.Encrypted, InOverlay: more > 0,
			Snap: int(v.Snap), GRE: v.Encapsulation == "gre",
			Marked: [2]bool{inbound: marks(s.Services[:i], inbound), outbound: marks(s.Services[i:], outbound)}})
	}
	return list
}
