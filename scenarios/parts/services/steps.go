package services

import (
	"slices"

	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/asic/meter"
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/chain"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/tap"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// onSide returns the Spec of the services that keep state on a side of the crypto complex, nil where there are none. On the
// encrypted side there are those only that do not look at the tenants' headers.
func onSide(chips []service.Service, whole *steps.Spec, at steps.Side) *steps.Spec {
	s := *whole
	s.Services, s.Mirrors, s.Side = nil, nil, at
	mirrors := 0
	for i := range chips {
		if chips[i].Copies {
			mirrors++
		}
		if sideOf(chips, i) != at {
			continue
		}
		s.Services = append(s.Services, whole.Services[i])
		if chips[i].Copies {
			s.Mirrors = append(s.Mirrors, whole.Mirrors[mirrors-1])
		}
	}
	if !s.Needed() {
		return nil
	}
	return &s
}

// sideOf returns the side of the crypto complex on which the n-th service works.
func sideOf(chips []service.Service, n int) steps.Side {
	if k := chips[n].Step; k == nil || !k.OnCipherText {
		return steps.Clear
	}
	return asic.SideOf(chips, n)
}

// policersOn makes the policers of one device on a side.
func (v *Services) policersOn(at steps.Side) []*policy.Policer {
	var list []*policy.Policer
	s := v.run.Scenario
	chips := s.Chain()
	for i := range s.Services {
		if s.Services[i].Policer != nil && asic.SideOf(chips, i) == at {
			list = append(list, v.policer(i))
		}
	}
	v.policers = append(v.policers, list...)
	return list
}

// policer makes the i-th service's policer.
func (v *Services) policer(i int) *policy.Policer {
	run := v.run
	of := run.Scenario.Services[i].Policer
	form, more := asic.SeenBy(run.Scenario.Chain(), i)
	spec := policy.PolicerSpec{On: input.On(of), Meter: of.Meter(), Aware: of.Colour == "aware", Of: form, More: uint32(more),
		Per:     map[string]policy.Per{"vm": policy.PerVM, "server": policy.PerServer, "class": policy.PerClass}[of.Per],
		Servers: run.Scenario.Rack.Servers, VMs: run.Scenario.Rack.Server.VMs, Tunnels: int(run.Scenario.TunnelsEach()), Classes: len(run.Inputs),
		From: run.Rec.From, To: run.Rec.To}
	if of.DSCP.Green != nil {
		spec.Actions[meter.Green].Mark = packet.Marked | uint8(*of.DSCP.Green)
	}
	spec.Actions[meter.Yellow] = action(of.Yellow, of.DSCP.Yellow)
	spec.Actions[meter.Red] = action(of.Red, of.DSCP.Red)
	p, err := policy.NewPolicer(spec, v.origins)
	if err != nil {
		panic(err) // the scenario has been checked
	}
	return p
}

func action(what string, dscp *chain.DSCP) policy.Action {
	switch what {
	case "drop":
		return policy.Action{Drop: true}
	case "mark":
		return policy.Action{Mark: packet.Marked | uint8(*dscp)}
	}
	return policy.Action{}
}

// conformance adds up what the policers of a placement metered, or is nil without any.
func (v *Services) conformance() *policy.Conformance {
	if len(v.policers) == 0 {
		return nil
	}
	sum := &policy.Conformance{}
	for _, p := range v.policers {
		sum.Merge(p.Counts())
	}
	return sum
}

// stepMetrics adds what policers metered and what mirrors copied.
func (o *ServiceCounts) stepMetrics(m map[string]float64, window units.Duration) {
	if o.conformance != nil {
		for c := range meter.Colour(meter.Colours) {
			m["policer."+c.String()+".gbps"] = o.conformance[c].Gbps(window)
			m["policer."+c.String()+".mpps"] = o.conformance[c].Mpps(window)
		}
	}
	if o.Copies != nil {
		m["mirror.gbps"] = o.Copies.arrived.Gbps(window)
		m["mirror.mpps"] = o.Copies.arrived.Mpps(window)
		m["mirror.loss.ratio"] = 0
		if o.Copies.Made.Packets > 0 {
			m["mirror.loss.ratio"] = float64(o.Copies.dropped.Packets) / float64(o.Copies.Made.Packets)
		}
	}
}

// rewrites reports whether a service changes headers.
func rewrites(s service.Service) bool { return s.Step != nil && s.Step.Rewrites }

// mirrorsSeen returns what a tap must know of the mirrors of a chain.
func mirrorsSeen(s *scenarios.Scenario) []tap.Mirror {
	var list []tap.Mirror
	chips := s.Chain()
	marks := func(services []chain.Service, dir input.Direction) bool {
		return slices.ContainsFunc(services, func(v chain.Service) bool {
			return v.Policer != nil && v.Policer.Marks() && v.Policer.In(dir.String())
		})
	}
	for i := range s.Services {
		v := s.Services[i].Mirror
		if v == nil {
			continue
		}
		_, more := asic.SeenBy(chips, i)
		list = append(list, tap.Mirror{Net: !slices.ContainsFunc(chips[:i], rewrites), Encrypted: asic.SideOf(chips, i) == steps.Encrypted, InOverlay: more > 0,
			Snap: int(v.Snap), GRE: v.GRE(),
			Marked: [2]bool{input.Inbound: marks(s.Services[:i], input.Inbound), input.Outbound: marks(s.Services[i:], input.Outbound)}})
	}
	return list
}
