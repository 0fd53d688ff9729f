package services

import (
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/sim/units"
)

// program prepares the services that keep state.
func (v *Services) program() {
	run := v.run
	spec := *run.Spec
	spec.Sources, spec.Policy, spec.From, spec.To = v.Flows, run.Policy, run.Rec.From, run.Rec.To
	spec.Observe = run.Observe
	if run.Tap != nil {
		spec.Observe = run.Tap.Rewritten
		run.Tap.Mirrors = mirrorsSeen(run.Scenario)
	}
	chain := run.Scenario.Chain()
	sides := [steps.Sides]*steps.Spec{steps.Clear: onSide(chain, &spec, steps.Clear), steps.Encrypted: onSide(chain, &spec, steps.Encrypted)}
	run.Rack.ProgramOf = v.programsOf(&spec)
	run.Rack.Program = func(at steps.Side, m steps.Member) *steps.Program {
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
		v.Programs = append(v.Programs, p)
		return p
	}
}

// flowCounts adds up what the stateful firewalls of a placement counted, or is nil without any.
func (v *Services) flowCounts() *policy.Counts {
	if input.Stateful(v.run.Scenario) == nil {
		return nil
	}
	sum := &policy.Counts{}
	for _, p := range v.Programs {
		c, _ := p.Tracked()
		sum.Merge(c)
	}
	return sum
}

// flowMetrics adds what a stateful firewall did.
func (o *ServiceCounts) flowMetrics(m map[string]float64, window units.Duration) {
	if o.Flows == nil {
		return
	}
	m["flows.new_per_second"] = float64(o.Flows.New) / window.Seconds()
	m["flows.active"] = float64(o.Flows.Active)
	m["flows.rejected"] = float64(o.Flows.Rejected)
	m["flows.evicted"] = float64(o.Flows.Evicted)
}
