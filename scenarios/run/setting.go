package run

import (
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// setting is what is prepared once for all that is done with a scenario.
type setting struct {
	profile *profile.Profile
	inputs  []*input
	spec    *steps.Spec
	policy  *policy.Policy
	prices  *prices.List  // nil where the scenario has none
	needs   *result.Cores // of a DSN in software, where the scenario leaves their number to the program
}

// readSetting reads what a scenario names: its profile, its captures, whose bytes are kept if asked to, its rules and routes, its prices. phase is told
// of what takes a second or more.
func readSetting(s *scenarios.Scenario, keep bool, phase func(string)) (*setting, error) {
	p, err := profile.LoadFrom(s.Files, s.DSN.Profile)
	if err != nil {
		return nil, err
	}
	inputs, err := prepare(s, p, keep)
	if err != nil {
		return nil, err
	}
	if err := lasts(s, inputs); err != nil {
		return nil, err
	}
	reaches(s, p, inputs)
	spec := stepsOf(s)
	pol, err := govern(s, spec, inputs, phase)
	if err != nil {
		return nil, err
	}
	set := &setting{profile: p, inputs: inputs, spec: spec, policy: pol}
	if s.Prices != nil {
		set.prices, err = s.Prices.Resolve(s.Files, s.FileOf(s.Prices.File))
	}
	return set, err
}
