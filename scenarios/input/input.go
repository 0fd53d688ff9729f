// Package input is what is read and worked out once for all simulations of a scenario: captures with what a chip would read of their
// packets, rules and routes with their verdicts, sizes under tunnels, and the services that keep state. It simulates nothing.
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
	Queue    uint16   // in the traffic manager
	Queues   []uint16 // by record, nil for one class
	Verdicts *Verdicts
	Tenant   uint32    // of made-up packets
	Metadata *Metadata // nil where no service asks for them
	// connectionOf is the connection of each flow of a capture, of as many in all captures.
	ConnectionOf []uint32
	Connections  int
	ParserView   [2]ParserView // by direction
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

// Fresh returns the share of an entry's packets that begin a flow, given the mean frame.
func (t *Input) Fresh(frame float64) float64 {
	switch each := t.MeanFlow(); {
	case t.SYNFlood > 0:
		return 1
	case t.Trace != nil:
		return float64(t.Trace.Flows()) / float64(max(1, t.Trace.Packets()))
	case each > 0:
		return min(1, frame/each)
	}
	return 0
}
