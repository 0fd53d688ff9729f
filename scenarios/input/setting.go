package input

import (
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// Setting is what is prepared once for all that is done with a scenario.
type Setting struct {
	Profile *profile.Profile
	Inputs  []*Input
	Spec    *steps.Spec
	Policy  *policy.Policy
	Prices  *prices.List  // nil where the scenario has none
	Needs   *result.Cores // of a DSN in software, where the scenario leaves their number to the program
}

// ReadSetting reads what a scenario names: its profile, its captures, whose bytes are kept if asked to, its rules and routes, its prices. phase is told
// of what takes a second or more.
func ReadSetting(s *scenarios.Scenario, keep bool, phase func(string)) (*Setting, error) {
	p, err := profile.LoadFrom(s.Files, s.DSN.Profile)
	if err != nil {
		return nil, err
	}
	inputs, err := Prepare(s, p, keep)
	if err != nil {
		return nil, err
	}
	if err := lasts(s, inputs); err != nil {
		return nil, err
	}
	reaches(s, p, inputs)
	spec := StepsOf(s)
	pol, err := LoadPolicy(s, spec, inputs, phase)
	if err != nil {
		return nil, err
	}
	set := &Setting{Profile: p, Inputs: inputs, Spec: spec, Policy: pol}
	if s.Prices != nil {
		set.Prices, err = s.Prices.Resolve(s.Files, s.FileOf(s.Prices.File))
	}
	return set, err
}
