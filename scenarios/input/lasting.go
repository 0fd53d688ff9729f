package input

import (
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// lasts makes a run that follows its captures as long as one pass of the longest takes.
func lasts(s *scenarios.Scenario, inputs []*Input) error {
	if !s.Run.DurationRule.Capture {
		return nil
	}
	longest, of := units.Duration(0), inputs[0]
	for _, t := range inputs {
		if t.Trace == nil {
			continue
		}
		link := s.Rack.Server.NIC.Rate
		pass := t.Trace.Pass(Load(t.Load.InPattern(mainShare(t)), link))
		// Packets of one instant leave at line rate.
		wire := units.Duration(float64(units.Second) * 8 * (float64(t.Trace.Bytes()) + float64(t.Trace.Packets())*traffic.Overhead) / float64(link))
		if pass = max(pass, wire+units.Microsecond); pass > longest {
			longest, of = pass, t
		}
	}
	if err := s.Last(longest); err != nil {
		return s.Fault(of.Position, err.Error())
	}
	return nil
}

// mainShare returns the largest part of an entry's load that goes in one direction, which is the one that ends first.
func mainShare(t *Input) (most units.Ratio) {
	for _, dir := range Directions(t.Traffic) {
		most = max(most, Share(t.Traffic, dir))
	}
	return most
}
