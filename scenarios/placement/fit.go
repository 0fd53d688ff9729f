package placement

import (
	"github.com/dsnsim/dsnsim/asic/management"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/fit"
)

// Place returns what the placement takes of a scenario's rack.
func (p Placement) Place(s *scenarios.Scenario) fit.Place {
	place := fit.Place{Where: p.place, Carries: p.carries, Cabled: p.cabled, ReplacesToR: p.replacesToR}
	if p.ports != nil {
		place.Ports = p.ports(s)
	}
	if p.place == management.HostMemory {
		place.Cores = s.DSN.Software.Cores
	}
	place.Supply, _ = s.Budget(p.Name)
	return place
}

// Fit asks whether the placement can be deployed with the hardware of a profile.
func (p Placement) Fit(s *scenarios.Scenario, hw *profile.Profile) fit.Report {
	return fit.Assess(s, hw, p.Place(s))
}

// Refuse says why the placement cannot be deployed with the hardware of a profile, or nothing.
func (p Placement) Refuse(s *scenarios.Scenario, hw *profile.Profile) []string {
	return p.Fit(s, hw).Reasons()
}
