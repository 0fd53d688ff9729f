package input

import (
	"errors"
	"fmt"

	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/asic/table/ruleset"
	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/internal/infile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/chain"
	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/units"
)

// maxGenerated bounds the rules, and the routes, that are generated to be matched. Further ones would still be met by
// chance only. Assumed: the 4 million of each that a rack of 40 servers of 100 tenants needs, which are built in 13
// seconds (BenchmarkLoad of asic/policy).
const maxGenerated = 4_000_000

// manyEntries is how many rules and routes take long enough to build, a second, that the user should be told.
const manyEntries = 500_000

// newPolicy reads the rules and routes of a scenario. It is nil where no packet can be refused and no service keeps state.
// phase, if not nil, is called when that takes long.
func newPolicy(s *scenarios.Scenario, spec *steps.Spec, partly bool, phase func(string)) (*policy.Policy, error) {
	var firewall *policy.Firewall
	var routes *policy.Routes
	for i := range s.Services {
		service := &s.Services[i]
		var err error
		switch {
		case service.HasRules():
			firewall, err = readFirewall(s.Files, service, s.Run.Seed)
		case service.HasRoutes():
			routes, err = readRoutes(s.Files, service, s.Run.Seed)
		}
		if err != nil {
			return nil, inputError(s, service, err)
		}
	}
	if firewall == nil && routes == nil && !spec.Needed() {
		return nil, nil
	}
	entries := 0
	if firewall != nil {
		firewall.Partly = partly
		entries += len(firewall.Rules)
	}
	if routes != nil {
		entries += len(routes.Prefixes)
	}
	if phase != nil && entries >= manyEntries {
		phase(fmt.Sprintf("building tables of %s rules and routes", units.Count(entries)))
	}
	p, err := policy.New(firewall, routes)
	if err == nil {
		p.Need(spec.Steers(), spec.Rewrites())
	}
	return p, err
}

// inputError gives a fault of a service's file a position: in that file, or where the scenario names the service.
func inputError(s *scenarios.Scenario, service *chain.Service, err error) error {
	var syntax *ruleset.SyntaxError
	if errors.As(err, &syntax) {
		return scenarios.InputError{File: syntax.File, Line: syntax.Line, Col: syntax.Col, Msg: syntax.Msg}
	}
	return s.Fault(service.Position, err.Error())
}

// unparsed are the words of firewall.unparsed.
var unparsed = map[string]policy.Unparsed{"": policy.ByRules, "rules": policy.ByRules, "deny": policy.Never, "pass": policy.Always}

func readFirewall(files infile.Files, s *chain.Service, seed uint64) (*policy.Firewall, error) {
	f := &policy.Firewall{DefaultDeny: s.DenyByDefault, Unparsed: unparsed[s.Unparsed]}
	switch {
	case s.RuleFile != "":
		rules, err := ruleset.LoadRules(files, s.RuleFile)
		if err != nil {
			return nil, err
		}
		for _, r := range rules {
			f.Rules = append(f.Rules, policy.Rule{Rule: r, Deny: s.FileDenies})
		}
	case len(s.RuleList) > 0:
		for i := range s.RuleList {
			f.Rules = append(f.Rules, s.RuleList[i].Tables()...)
		}
	default:
		f.Rules = policy.GenerateRules(int(min(s.Rules, maxGenerated)), seed)
	}
	return f, nil
}

func readRoutes(files infile.Files, s *chain.Service, seed uint64) (*policy.Routes, error) {
	r := &policy.Routes{Default: !s.NoDefaultRoute}
	if s.RouteFile == "" {
		r.Prefixes = policy.GenerateRoutes(int(min(s.Routes, maxGenerated)), seed)
		return r, nil
	}
	var err error
	r.Prefixes, err = ruleset.LoadPrefixes(files, s.RouteFile)
	return r, err
}

// networkOf returns the number of the VM in whose network an entry's packets are, unless the overlay that they came out of says
// (policy.Tenant).
func networkOf(t *demand.Traffic, overlay bool) uint32 {
	if len(t.VMs) == 0 || t.Decapsulates() && overlay {
		return 0
	}
	return uint32(t.VMs[0])
}

// LoadPolicy makes the policy and asks it about the captures, once for all jobs.
func LoadPolicy(s *scenarios.Scenario, spec *steps.Spec, inputs []*Input, phase func(string)) (*policy.Policy, error) {
	partly := passesUnseen(inputs)
	for _, t := range inputs {
		if t.Trace != nil {
			seen := t.Trace.Readings()
			partly = partly || seen[header.NoPorts]+seen[header.NoProtocol] > 0
		}
	}
	tenants := policy.NewTenants()
	for _, t := range inputs {
		network := networkOf(t.Traffic, s.Stack().Overlay != tunnel.NoOverlay)
		t.Tenant = tenants.Number(policy.Tenant{Network: network})
		if t.Trace != nil && spec.Needed() {
			tuples := t.Trace.Tuples()
			t.Tracked = policy.NewFlows(tuples).Of(network, tuples, tenants).WithFlags(t.Flags).WithSessions(t.sessions)
		}
	}
	p, err := newPolicy(s, spec, partly, phase)
	if p == nil || err != nil {
		return nil, err
	}
	for _, t := range inputs {
		if t.Trace != nil {
			t.Verdicts = ruleTrace(p, t, spec)
			for dir := range t.ParserView {
				t.ParserView[dir].judge(t)
			}
		}
	}
	return p, nil
}
