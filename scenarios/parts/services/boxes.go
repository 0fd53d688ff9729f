package services

import (
	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/steps"
)

// programsOf makes the programs of chips that run one service of the chain each. Nothing else runs on them, so a program is where a
// chip has that of its clear side, whatever side of the chain the service stands on.
func (v *Services) programsOf(whole *steps.Spec) func(n int) func(at steps.Side, m steps.Member) *steps.Program {
	return func(n int) func(at steps.Side, m steps.Member) *steps.Program {
		spec := ofService(whole, n)
		return func(at steps.Side, m steps.Member) *steps.Program {
			if at != steps.Clear || !spec.Needed() {
				return nil
			}
			if m.Index == 0 && v.job.Scenario.Services[n].Policer != nil { // the chips of a box share it
				spec.Policers = []*policy.Policer{v.policer(n)}
				v.policers = append(v.policers, spec.Policers...)
			}
			p, err := steps.New(spec, m)
			if err != nil {
				panic(err) // the scenario has been checked
			}
			v.Programs = append(v.Programs, p)
			return p
		}
	}
}

// ofService returns the Spec of the n-th service alone.
func ofService(whole *steps.Spec, n int) *steps.Spec {
	s := *whole
	name := whole.Services[n]
	s.Services, s.Policers, s.Mirrors = []string{name}, nil, nil
	if s.Side = steps.Clear; name == "policer" {
		s.Side = asic.SideOf(whole.Services, n)
	}
	if name != "firewall" {
		s.Tracking = nil
	}
	if name != "nat" {
		s.NAT = nil
	}
	if name != "lb" {
		s.LB = nil
	}
	return &s
}
