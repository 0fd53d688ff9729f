package arithmetic

import (
	"slices"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/parts/software"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/scenarios/trial"
)

// Ready reads what a scenario names, and finds how many cores it needs where it does not say.
func Ready(s *scenarios.Scenario, keep bool, phase func(string)) (*input.Setting, error) {
	set, err := input.ReadSetting(s, keep, phase)
	if err != nil {
		return nil, err
	}
	return set, fillCores(s, set)
}

// onHost reports whether a run asks for host cores at all: of a DSN in software, or of a virtual switch.
func onHost(s *scenarios.Scenario) bool {
	return slices.Contains(s.Placements, "software") || placement.ViaHost(s)
}

// fillCores gives a scenario with cores: auto as many as its load needs, and the server has. They are found before the first run, so
// they are the same for all placements and replications.
func fillCores(s *scenarios.Scenario, set *input.Setting) error {
	if !s.DSN.Software.Auto {
		return nil
	}
	host, _ := placement.Find("software")
	s.DSN.Software.Cores = min(4, s.Rack.Server.Cores)
	if len(s.Traffic) == 0 || !onHost(s) || len(host.Refuse(s, set.Profile)) > 0 {
		return nil
	}
	c, err := software.CoresNeeded(&trial.Setup{Setting: set, Scenario: s, Placement: host})
	if err != nil {
		return err
	}
	s.DSN.Software.Cores = min(c.Needed, s.Rack.Server.Cores)
	c.Given, set.Needs = s.DSN.Software.Cores, c
	return nil
}
