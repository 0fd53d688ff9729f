package input

import (
	"slices"

	"github.com/dsnsim/dsnsim/asic/lb"
	"github.com/dsnsim/dsnsim/asic/nat"
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/chain"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Stateful returns the service that tracks connections, or nil.
func Stateful(s *scenarios.Scenario) *chain.Service {
	for i := range s.Services {
		if s.Services[i].Tracks {
			return &s.Services[i]
		}
	}
	return nil
}

// StepsOf returns what the services that keep state must know, without what each job adds.
func StepsOf(s *scenarios.Scenario) *steps.Spec {
	spec := &steps.Spec{Services: service.Steps(s.Chain()), Mirrors: mirrorsOf(s), NAT: natOf(s), LB: lbOf(s)}
	if f := Stateful(s); f != nil {
		flows := int(f.FlowEntries)
		if flows == 0 {
			flows = policy.DefaultFlows
		}
		spec.Tracking = &policy.Spec{Flows: flows, Timeouts: f.Tracking(), EmbryonicLimit: int(f.EmbryonicLimit), Sweep: f.Sweep}
		if f.EvictWhenFull {
			spec.Tracking.WhenFull = table.EvictOldest
		}
	}
	return spec
}

// rewrites reports whether some service changes headers.
func rewrites(s *scenarios.Scenario) bool {
	return slices.ContainsFunc(s.Chain(), func(v service.Service) bool { return v.Step != nil && v.Step.Rewrites })
}

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

// On says in which directions a service looks at packets.
func On(s interface{ In(direction string) bool }) [2]bool {
	return [2]bool{Inbound: s.In(Inbound.String()), Outbound: s.In(Outbound.String())}
}

// mirrorsOf returns what the mirrors of a chain must know.
func mirrorsOf(s *scenarios.Scenario) []steps.Mirror {
	var list []steps.Mirror
	for i := range s.Services {
		if v := s.Services[i].Mirror; v != nil {
			list = append(list, steps.Mirror{Number: uint8(len(list) + 1), On: On(v), OneIn: uint32(v.OneIn), ByFlow: v.By == "flow"})
		}
	}
	if !rewrites(s) {
		return list
	}
	rules, err := matchersOf(s)
	if err != nil {
		panic(err) // the scenario has been checked
	}
	for i := range list {
		list[i].Rules = rules[i]
	}
	return list
}
