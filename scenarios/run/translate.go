package run

import (
	"slices"

	"github.com/dsnsim/dsnsim/asic/lb"
	"github.com/dsnsim/dsnsim/asic/nat"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim/units"
)

// rewrites reports whether some service changes headers.
func rewrites(s *scenarios.Scenario) bool {
	return slices.ContainsFunc(s.Services, func(v scenarios.Service) bool { return v.NAT != nil || v.LB != nil })
}

// translates reports whether a service rewrites headers.
func translates(service string) bool { return service == "nat" || service == "lb" }

// measured returns the measured window of a scenario.
func measured(s *scenarios.Scenario) (from, to units.Time) {
	return units.At(s.Run.Warmup), units.At(s.Run.Duration)
}

// natOf returns what nat must know, nil without it.
func natOf(s *scenarios.Scenario) *steps.NAT {
	for i := range s.Services {
		v := s.Services[i].NAT
		if v == nil {
			continue
		}
		spec := v.Spec()
		spec.From, spec.To = measured(s)
		plan, err := nat.NewPlan(spec)
		if err != nil {
			panic(err) // the scenario has been checked
		}
		return &steps.NAT{Plan: plan, Sessions: int(v.Sessions)}
	}
	return nil
}

// lbOf returns what lb must know, nil without it.
func lbOf(s *scenarios.Scenario) *steps.LB {
	for i := range s.Services {
		v := s.Services[i].LB
		if v == nil {
			continue
		}
		spec := v.Spec()
		spec.From, spec.To = measured(s)
		plan, err := lb.NewPlan(spec)
		if err != nil {
			panic(err) // the scenario has been checked
		}
		return &steps.LB{Plan: plan, Flows: int(v.Flows)}
	}
	return nil
}

// translated adds up what the NATs and load balancers of a placement counted; nil where there is none.
func (v *services) translated() (n *nat.Counts, b *lb.Counts) {
	for _, p := range v.programs {
		one, other := p.Translated()
		if one != nil {
			if n == nil {
				n = &nat.Counts{}
			}
			n.New += one.New
			n.Active += one.Active
		}
		if other != nil {
			if b == nil {
				b = &lb.Counts{}
			}
			b.New += other.New
			b.Active += other.Active
		}
	}
	return n, b
}

// translationMetrics adds what nat and lb did.
func (o *serviceCounts) translationMetrics(m map[string]float64, window units.Duration) {
	if o.nat != nil {
		m["nat.bindings"] = float64(o.nat.Active)
		m["nat.new_per_second"] = float64(o.nat.New) / window.Seconds()
	}
	if o.lb != nil {
		m["lb.flows"] = float64(o.lb.Active)
		m["lb.new_per_second"] = float64(o.lb.New) / window.Seconds()
	}
}
