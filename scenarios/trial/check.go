package trial

import (
	"errors"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/sim/units"
)

// CheckSources complains about made-up traffic that no source can send, as a run would: a load above its line, or more flows at a time than
// a source keeps.
func CheckSources(s *scenarios.Scenario) error {
	p, err := profile.LoadFrom(s.Files, s.DSN.Profile)
	if err != nil {
		return err
	}
	nic, _ := placement.Find("nic")
	setup := &Setup{Setting: &input.Setting{Profile: p}, Scenario: s, Placement: nic}
	var faults []error
	for i := range s.Traffic {
		mix := s.Traffic[i]
		if mix.PCAP != "" || mix.Answered() {
			continue // records are looked at when they are read, and connections send what they may
		}
		mix.Flows.Concurrent = 1 // where flows have a rate, how many are open follows from it
		t := &input.Input{Traffic: &mix, Forms: input.NewSizes(s.Stack(), mix.OnWire)}
		for _, dir := range input.Directions(&mix) {
			_, err := setup.NewSource(t, Origin{Dir: dir, End: units.Forever})
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}
