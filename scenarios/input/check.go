package input

import (
	"errors"
	"fmt"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/chain"
	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/sim/capture"
)

// Checker opens what runs of scenarios would open, without running them: profiles, prices, captures, keys, rules and routes. A file that
// several scenarios name in the same way, as the variants of a matrix do, is read once.
type Checker struct {
	profiles map[string]bool
	captures map[source]bool
	lists    map[string]bool
}

// NewChecker returns a Checker that has read nothing.
func NewChecker() *Checker {
	return &Checker{map[string]bool{}, map[source]bool{}, map[string]bool{}}
}

// Check reports what is missing or broken, each fault with a position: in the file that is broken, or where the scenario names it.
func (c *Checker) Check(s *scenarios.Scenario) error {
	var faults []error
	faults = append(faults, c.profile(s))
	if s.Prices != nil {
		_, err := s.Prices.Resolve(s.Files, s.FileOf(s.Prices.File))
		faults = append(faults, err)
	}
	for i := range s.Services {
		faults = append(faults, c.service(s, &s.Services[i]))
	}
	for i := range s.Traffic {
		faults = append(faults, c.traffic(s, &s.Traffic[i]))
	}
	return errors.Join(faults...)
}

func (c *Checker) profile(s *scenarios.Scenario) error {
	if c.profiles[s.DSN.Profile] {
		return nil
	}
	c.profiles[s.DSN.Profile] = true
	_, err := profile.LoadFrom(s.Files, s.DSN.Profile)
	var fault strict.Error
	if d := &s.DSN; errors.As(err, &fault) && fault.Line == 0 && d.ProfileAt.Line > 0 {
		return s.Fault(d.ProfileAt, fault.Msg)
	}
	return err
}

func (c *Checker) service(s *scenarios.Scenario, v *chain.Service) (err error) {
	if v.RuleFile != "" && !c.lists[v.RuleFile] {
		c.lists[v.RuleFile] = true
		_, err = readFirewall(s.Files, v, s.Run.Seed)
	}
	if v.RouteFile != "" && !c.lists[v.RouteFile] {
		c.lists[v.RouteFile] = true
		_, err = readRoutes(s.Files, v, s.Run.Seed)
	}
	if err != nil {
		return inputError(s, v, err)
	}
	return nil
}

func (c *Checker) traffic(s *scenarios.Scenario, t *demand.Traffic) error {
	from := sourceOf(t)
	if t.PCAP == "" || c.captures[from] {
		return nil
	}
	c.captures[from] = true
	err := openCapture(s, t)
	var broken *capture.Error
	var fault strict.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &broken), errors.As(err, &fault) && fault.Line == 0:
		return s.Fault(t.Position, fmt.Sprintf("%s: %v", t.Name, err))
	}
	return err
}

// openCapture reads a capture and its keys, and works out what is known about them without simulating.
func openCapture(s *scenarios.Scenario, t *demand.Traffic) error {
	c, err := capture.ReadIn(s.Files, t.PCAP, t.Interface)
	if err != nil {
		return err
	}
	if _, err := Multiplied(c, t.Multiply); err != nil {
		return err
	}
	if !t.Decapsulates() {
		return nil
	}
	_, err = receiver(s, t)
	return err
}
