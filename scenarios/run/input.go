package run

import (
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// input is a traffic entry with what is prepared once for all jobs.
type input struct {
	*scenarios.Traffic
	prepared
	class   uint16   // in the traffic manager
	classes []uint16 // by record, nil for one class
	rulings *rulings
	tenant  uint32 // of made-up packets
	marks   *marks // nil where no service asks for them
	// connectionOf is the connection of each flow of a capture, of as many in all captures.
	connectionOf []uint32
	connections  int
	reach        [2]reach // by direction
	sizes        *sizes
	parted       *parted // nil where a capture is not split into its directions
	// burst, when not nil, replaces the arrivals of made-up packets; until, when not 0, ends a source before the run does.
	burst *traffic.Bursts
	until units.Time
}

// answered says that what an entry sends depends on what it hears: its load is not set, and both ends have the same flows.
func (t *input) answered() bool { return t.TCP != nil }

// inside returns the tenants' frames of a capture whose tunnels were opened, by record.
func (t *input) inside() [][]byte {
	if t.opened == nil {
		return nil
	}
	return t.opened.inside
}

// counted is the form of the packets whose bytes a load counts.
func (t *input) counted() packet.Form {
	if t.OnWire {
		return packet.Tunnelled
	}
	return packet.Plain
}

// scenarioOf says which scenario a report is on.
func scenarioOf(s *scenarios.Scenario) result.Scenario {
	return result.Scenario{Name: s.Name, File: s.File, SHA256: s.SHA256, Seed: s.Run.Seed}
}
