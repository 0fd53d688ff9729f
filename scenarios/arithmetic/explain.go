package arithmetic

import (
	"fmt"

	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/parts/connections"
	"github.com/dsnsim/dsnsim/scenarios/parts/software"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Explain works out what a scenario's placements look like and what they can carry, without simulating them: the stage
// map of each chip, and how busy each station is in the mean.
func Explain(s *scenarios.Scenario) (*Explanation, error) { return explain(s, false) }

// ExplainForced is Explain that works out what cannot be deployed, too; see Options.Force.
func ExplainForced(s *scenarios.Scenario) (*Explanation, error) { return explain(s, true) }

func explain(s *scenarios.Scenario, force bool) (*Explanation, error) {
	if err := NeedsTraffic(s, "explain"); err != nil {
		return nil, err
	}
	set, err := Ready(s, false, nil)
	if err != nil {
		return nil, err
	}
	tables, err := input.Contents(s, set.Inputs)
	if err != nil {
		return nil, err
	}
	out := &Explanation{
		Scenario: input.ScenarioOf(s),
		Profile:  set.Profile.Name,
		Notes:    explainNotes(),
	}
	out.Placements = []Estimate{}
	for _, name := range s.Placements {
		pl, ok := placement.Find(name)
		if !ok {
			return nil, fmt.Errorf("placement %q is not known", name)
		}
		e, offers, err := appraise(&trial.Setup{Setting: set, Scenario: s, Placement: pl}, tables, force)
		if err != nil {
			return nil, err
		}
		out.Uplinks = uplinksOf(s)
		if out.Offers == nil {
			out.Offers = offers
		}
		out.Placements = append(out.Placements, e)
	}
	if out.Offers == nil {
		out.Offers = []Offer{}
	}
	return out, nil
}

// NeedsTraffic refuses a scenario of nothing but workloads for a command that looks at packets only.
func NeedsTraffic(s *scenarios.Scenario, command string) error {
	if len(s.Traffic) > 0 {
		return connections.OpenLoop(s, command)
	}
	return scenarios.InputError{File: s.File, Line: 1, Col: 1, Msg: command + " needs traffic; it does not look at workloads"}
}

func explainNotes() []string {
	return []string{
		"a limit is where the busiest station works all the time; bursts lose packets below it, and a search with traffic tells how far",
		"flows of a mix of sizes are taken to spread evenly over chips and cores, those of a capture as their hashes do",
		"packets that rules or routes refuse go no further, unless the firewall follows connections or addresses are rewritten: then none are taken to be refused",
		"caches are taken to hit when all flows fit, and else by the share that fits",
		"power is that at the full clock, without entries of new flows, ageing and handshakes",
	}
}

// appraise explains one placement.
func appraise(s *trial.Setup, tables placement.Contents, force bool) (Estimate, []Offer, error) {
	e := Estimate{Placement: s.Placement.Name, Stations: []Capacity{}}
	fits := s.Placement.Fit(s.Scenario, s.Profile)
	if e.Status, e.Reasons, e.Forced = Admitted(fits, force); e.Status != result.OK {
		return e, nil, nil
	}
	e.Conditions = fits.Conditions()
	var err error
	if s.Chain, err = s.Placement.Chain(s.Scenario, s.Profile, tables); err != nil {
		e.Status, e.Reasons, e.Forced = result.Unsupported, append(e.Reasons, err.Error()), false
		return e, nil, nil
	}
	v, err := demandOf(s)
	if err != nil {
		return e, nil, err
	}
	switch serves := s.Placement.Serves(s.Scenario); {
	case s.Chain == nil:
	case s.Chain.Map == nil:
		if e.Boxes, err = boxesOf(s.Chain, s.Profile, serves); err != nil {
			return e, nil, err
		}
	default:
		e.Pipeline = pipeline(s.Chain, s.Profile, serves)
	}
	e.Stations = append(e.Stations, v.stations()...)
	e.Offered = v.offered()
	if len(e.Stations) > 0 && e.Stations[0].Utilization > 0 {
		e.Bottleneck = e.Stations[0].Name
		e.Scale = 1 / e.Stations[0].Utilization
		e.Limit = result.Load{Mpps: e.Scale * e.Offered.Mpps, Gbps: e.Scale * e.Offered.Gbps}
	}
	if !s.Placement.NeedsChip() {
		if e.Cores, err = software.CoresNeeded(s); err != nil {
			return e, nil, err
		}
	}
	e.Power = v.supply()
	return e, v.offers, nil
}

// demandOf lays out the placement and adds up what the offered load takes of its stations.
func demandOf(s *trial.Setup) (*demand, error) {
	e := sim.NewEngine(nil)
	rack, err := placement.NewRack(e, s.Scenario, s.Profile, s.Chain)
	if err != nil {
		return nil, err
	}
	v := &demand{Setup: s}
	for server := range s.Scenario.Rack.Servers {
		in, out := rack.Build(s.Placement, server)
		for dir, way := range []*placement.PathBuilder{in, out} {
			path := e.AddPath(sim.Path{Hops: way.Hops})
			v.paths[dir] = append(v.paths[dir], []int{path})
			v.members = max(v.members, membersOf(e, path))
		}
	}
	v.cross(e, trial.NewCrossings(e, rack, s.Placement))
	v.members = multiple(v.members, s.Scenario.Rack.Uplinks)
	v.engine, v.Resources = e, e.Resources()
	v.plan, v.dsns = rack.Power, rack.DSNs()
	for _, t := range s.Inputs {
		for _, dir := range input.Directions(t.Traffic) {
			if err := v.add(t, dir); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// membersOf returns the largest group of devices that a path chooses among, uplinks left out.
func membersOf(e *sim.Engine, path int) int {
	n, uplinks := 1, e.Label(placement.Uplinks)
	for _, h := range e.Hops(path) {
		if h.Op == sim.OpSelect && h.Name != uplinks {
			n = max(n, int(h.N))
		}
	}
	return n
}

// pipeline describes a chip's stage map.
func pipeline(c *asic.Chain, p *profile.Profile, serves int) *Pipeline {
	m := c.Map
	used := m.Used()
	out := &Pipeline{
		Serves: serves, InUse: m.InUse(), LatencyCycles: int64(m.Latency), LatencyNs: p.DSN.Clock.Value.Span(m.Latency).Ns(),
		Passes: c.Passes(), EnergyPj: float64(c.Energy()) / float64(units.Picojoule),
		Accesses: Accesses{SRAMReads: m.Reads, SRAMWrites: m.Writes, TCAMSearches: m.Searches},
		SRAM:     Fit{Used: int64(used.SRAM), Available: int64(m.Chip.Stages * m.Chip.SRAMBlocks)},
		TCAM:     Fit{Used: int64(used.TCAM), Available: int64(m.Chip.Stages * m.Chip.TCAMBlocks)},
	}
	g := c.Parser
	out.Parser = Parser{States: g.States(), PHV: Fit{Used: int64(g.Bits), Available: int64(g.Room)},
		WindowBytes: int64(g.Window), Cycles: int64(g.Cycles(g.Ahead() + input.SyntheticHeader))}
	for i := range m.Stages {
		s := &m.Stages[i]
		stage := Stage{Number: i + 1, Waits: s.Kind.String(), LatencyCycles: int64(s.Latency), Parts: []Part{},
			SRAM: Fit{Used: int64(s.Used.SRAM), Available: int64(m.Chip.SRAMBlocks)},
			TCAM: Fit{Used: int64(s.Used.TCAM), Available: int64(m.Chip.TCAMBlocks)}}
		for _, part := range s.Parts {
			stage.Parts = append(stage.Parts, Part{Table: part.Table, Role: part.Role, Match: part.Match.String(),
				Entries: part.Entries, SRAM: part.SRAM, TCAM: part.TCAM})
		}
		out.Stages = append(out.Stages, stage)
	}
	if len(m.Spilled) > 0 {
		out.Memory = &Memory{Kind: m.Chip.MemoryKind, CacheFlows: m.CacheEntries, Flows: c.Sizes.Flows, Reads: m.MemoryReads(),
			AccessNs: p.DSN.Memory.Access.Value.Ns(), Bytes: Fit{Used: int64(m.MemoryBytes()), Available: int64(m.Chip.Memory)}}
		for _, t := range m.Spilled {
			out.Memory.Tables = append(out.Memory.Tables, MemoryTable{Table: t.Table, Entries: t.Entries, Bytes: int64(t.Bytes), Reads: t.Reads})
		}
	}
	return out
}
