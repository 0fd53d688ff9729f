package services

import (
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/asic/steps"
)

// programsOf makes the programs of chips that run one service of the chain each. Nothing else runs on them, so a program is where a
// chip works on its clear side, on whatever side of the chain the service is.
func (v *Services) programsOf(whole *steps.Spec) func(n int) func(at steps.Side, m steps.Member) *steps.Program {
	return func(n int) func(at steps.Side, m steps.Member) *steps.Program {
		spec := ofService(v.run.Scenario.Chain(), whole, n)
		return func(at steps.Side, m steps.Member) *steps.Program {
			if at != steps.Clear || !spec.Needed() {
				return nil
			}
			if m.Index == 0 && v.run.Scenario.Services[n].Policer != nil { // the chips of a box share it
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
func ofService(chips []service.Service, whole *steps.Spec, n int) *steps.Spec {
	s := *whole
	s.Services, s.Policers, s.Mirrors, s.Side = whole.Services[n:n+1], nil, nil, sideOf(chips, n)
	return &s
}
