package trial

import (
	"slices"

	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/tap"
)

// bring gives a feed what its packets bring along.
func (j *Job) bring(f *Feed, t *input.Input, dir input.Direction) {
	if t.Marks == nil {
		return
	}
	m := *t.Marks
	number := 0
	for i := range j.Scenario.Services {
		if v := j.Scenario.Services[i].Mirror; v != nil {
			if number++; v.In(dir.Seen().String()) || dir == input.EastWest && v.In(input.Inbound.String()) {
				m.Mask |= 1 << number
			}
		}
	}
	if f.Synthetic != nil {
		m.Made = f.Tuple
	}
	f.Marks = &m
}

// rule gives a feed the rulings of its packets.
func (j *Job) rule(f *Feed, t *input.Input) {
	if j.Policy == nil {
		return
	}
	if f.Replay != nil {
		f.rulings = t.Rulings
	} else {
		f.rulings = &input.Rulings{Policy: j.Policy, Spec: j.Spec, Made: f.Tuple, Flags: input.FlagsOfMix(t)}
	}
}

// rewrites reports whether a service changes headers.
func rewrites(s service.Service) bool { return s.Step != nil && s.Step.Rewrites }

// mirrorsSeen returns what a tap must know of the mirrors of a chain.
func mirrorsSeen(s *scenarios.Scenario) []tap.Mirror {
	var list []tap.Mirror
	chain := s.Chain()
	marks := func(services []scenarios.Service, dir input.Direction) bool {
		return slices.ContainsFunc(services, func(v scenarios.Service) bool {
			return v.Policer != nil && v.Policer.Marks() && v.Policer.In(dir.String())
		})
	}
	for i := range s.Services {
		v := s.Services[i].Mirror
		if v == nil {
			continue
		}
		_, more := asic.SeenBy(chain, i)
		list = append(list, tap.Mirror{Net: !slices.ContainsFunc(chain[:i], rewrites), Encrypted: asic.SideOf(chain, i) == steps.Encrypted, InOverlay: more > 0,
			Snap: int(v.Snap), GRE: v.Encapsulation == "gre",
			Marked: [2]bool{input.Inbound: marks(s.Services[:i], input.Inbound), input.Outbound: marks(s.Services[i:], input.Outbound)}})
	}
	return list
}
