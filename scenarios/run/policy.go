package run

import (
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/sim/units"
)

// program prepares the services that keep state.
func (v *services) program() {
	j := v.job
	spec := *j.spec
	spec.Sources, spec.Policy, spec.From, spec.To = v.flows, j.policy, j.rec.from, j.rec.to
	spec.Observe = j.observe
	if j.tap != nil {
		spec.Observe = j.tap.Rewritten
	}
	sides := [steps.Sides]*steps.Spec{steps.Clear: onSide(&spec, steps.Clear), steps.Encrypted: onSide(&spec, steps.Encrypted)}
	j.rack.ProgramOf = v.programsOf(&spec)
	j.rack.Program = func(at steps.Side, m steps.Member) *steps.Program {
		spec := sides[at]
		if spec == nil {
			return nil
		}
		if m.Index == 0 {
			spec.Policers = v.policersOn(at) // the members of a device share them
		}
		p, err := steps.New(spec, m)
		if err != nil {
			panic(err) // the scenario has been checked
		}
		v.programs = append(v.programs, p)
		return p
	}
}

// flowCounts adds up what the stateful firewalls of a placement counted, or is nil without any.
func (v *services) flowCounts() *policy.Counts {
	if stateful(v.job.scenario) == nil {
		return nil
	}
	sum := &policy.Counts{}
	for _, p := range v.programs {
		c, _ := p.Tracked()
		sum.Merge(c)
	}
	return sum
}

// flowMetrics adds what a stateful firewall did.
func (o *serviceCounts) flowMetrics(m map[string]float64, window units.Duration) {
	if o.flows == nil {
		return
	}
	m["flows.new_per_second"] = float64(o.flows.New) / window.Seconds()
	m["flows.active"] = float64(o.flows.Active)
	m["flows.rejected"] = float64(o.flows.Rejected)
	m["flows.evicted"] = float64(o.flows.Evicted)
}
