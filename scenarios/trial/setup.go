package trial

import (
	"fmt"

	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Setup is a scenario in one placement, with all that is prepared before its first simulation. All jobs share it, and none changes it.
type Setup struct {
	*input.Setting
	Scenario  *scenarios.Scenario
	Placement placement.Placement
	Chain     *asic.Chain // nil where no packet passes a chip
}

// With returns the setup for another scenario with traffic of its own.
func (s *Setup) With(other *scenarios.Scenario, inputs []*input.Input) *Setup {
	own, set := *s, *s.Setting
	set.Inputs = inputs
	own.Scenario, own.Setting = other, &set
	return &own
}

// Origin says which source of an entry of the traffic is meant: of which server, sending which way, in which replication, until when.
type Origin struct {
	Server      int
	Dir         input.Direction
	Replication int
	End         units.Time
}

// NewSource makes one source of an entry of the traffic.
func (s *Setup) NewSource(t *input.Input, o Origin) (*Source, error) {
	link := s.Scenario.Rack.Server.NIC.Rate
	line := link
	if o.Dir == input.Inbound {
		line = s.Scenario.Rack.OutOfRack(traffic.MaxRate)
	}
	tunnels := s.Scenario.TunnelsEach()
	f := &Source{End: o.End, Server: o.Server, Dir: o.Dir, Input: t, sizes: t.Forms, shapes: t.Shapes, class: t.Queue, classes: t.Queues,
		opened: t.Decapsulated, tunnels: tunnels, FirstSA: uint32(2*o.Server+int(o.Dir.Seen())) * tunnels,
		functions: input.NewFunctions(t.Traffic, &s.Scenario.Rack.Server, placement.Salt(s.Scenario, rng.Place))}
	if s.Placement.NeedsChip() {
		f.reach = &t.ParserView[o.Dir.Seen()]
	}
	c := traffic.Config{
		Name: fmt.Sprintf("%s/server[%d]/%s", t.Name, o.Server, o.Dir),
		Seed: s.Scenario.Run.Seed,
		// Each server counts as a replication of its own, so that a capture does not start at all servers in step.
		Replication: o.Replication*s.Scenario.Rack.Servers + o.Server,
		LineRate:    line,
		Load:        input.Load(t.Load.InPattern(input.Share(t.Traffic, o.Dir)), link),
		End:         o.End,
	}
	if t.Answered() {
		c.Name, f.Reversed = fmt.Sprintf("%s/server[%d]/flows", t.Name, o.Server), o.Dir.String() != t.Direction
	}
	if t.Parted != nil {
		c.Name = fmt.Sprintf("%s/server[%d]/capture", t.Name, o.Server) // one for both directions, which keep step
	}
	if err := f.pace(&c, t); err != nil {
		return nil, s.faulty(t, o.Dir, err)
	}
	var err error
	if t.Trace != nil {
		f.Replay, err = traffic.NewReplay(traffic.ReplayConfig{Config: c, Loop: t.Loop, Only: t.Parted.Of(o.Dir)}, t.Trace)
	} else {
		f.Synthetic, err = traffic.NewSynthetic(traffic.SyntheticConfig{Config: c, Sizes: input.Weighted(t.Sizes),
			Flows: t.Flows.Concurrent, FlowSize: t.Flows.Size, Ordered: t.Ordered, Level: t.Level()})
	}
	if err != nil {
		return nil, s.faulty(t, o.Dir, err)
	}
	f.prepared(s, t)
	return f, nil
}

// prepared gives a source what is worked out of its packets before the run: what rules say, and what services ask for.
func (f *Source) prepared(s *Setup, t *input.Input) {
	var made func(flow uint32) traffic.Tuple
	if f.Synthetic != nil {
		made = f.Tuple
	}
	if s.Policy != nil {
		f.rulings = t.Verdicts
		if made != nil {
			f.rulings = &input.Verdicts{Policy: s.Policy, Spec: s.Spec, Made: made, Flags: input.FlagsOfMix(t)}
		}
	}
	f.Metadata = t.Metadata.For(s.Scenario, f.Dir, made)
}

// faulty says where in the scenario the entry of a source stands that cannot be made.
func (s *Setup) faulty(t *input.Input, dir input.Direction, err error) error {
	return s.Scenario.Fault(t.Position, err.Error()+lineOf(dir))
}

// lineOf names the line that a direction's packets are sent on.
func lineOf(dir input.Direction) string {
	if dir == input.Inbound {
		return " (inbound, the line is rack.uplink)"
	}
	return " (" + dir.String() + ", the line is rack.server.nic.rate)"
}
