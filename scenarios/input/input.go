package input

import (
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Input is a traffic entry with what is prepared once for all jobs.
type Input struct {
	*demand.Traffic
	Prepared
	Queue   uint16   // in the traffic manager
	Queues  []uint16 // by record, nil for one class
	Rulings *Rulings
	Tenant  uint32 // of made-up packets
	Marks   *Marks // nil where no service asks for them
	// connectionOf is the connection of each flow of a capture, of as many in all captures.
	ConnectionOf []uint32
	Connections  int
	Reach        [2]Reach // by direction
	Forms        *Sizes
	Parted       *parted // nil where a capture is not split into its directions
	// burst, when not nil, replaces the arrivals of made-up packets; until, when not 0, ends a source before the run does.
	Burst *traffic.Bursts
	Until units.Time
}

// TenantFrames returns the tenants' frames of a capture whose tunnels were opened, by record.
func (t *Input) TenantFrames() [][]byte {
	if t.Decapsulated == nil {
		return nil
	}
	return t.Decapsulated.inside
}

// Counted is the form of the packets whose bytes a load counts.
func (t *Input) Counted() packet.Form {
	if t.OnWire {
		return packet.Tunnelled
	}
	return packet.Plain
}

// ScenarioOf says which scenario a report is on.
func ScenarioOf(s *scenarios.Scenario) result.Scenario {
	return result.Scenario{Name: s.Name, File: s.File, SHA256: s.SHA256, Seed: s.Run.Seed}
}
