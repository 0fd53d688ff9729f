package trial

import (
	"context"
	"errors"
	"fmt"

	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/scenarios/tap"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Simulation is a job as it is laid out and run.
type Simulation struct {
	*Job
	Engine    *sim.Engine
	Rack      *placement.Rack
	Rec       *Recorder
	Parts     []Part
	Sources   []*Source
	Trombones []int                    // by source: the link crossings on its way that lead back to a box
	Inbound   []*placement.PathBuilder // by server
	End       units.Time               // of what sources send
	Window    station.Window
	Stopped   func() bool // what takes long before the run asks it
}

// Build lays out the simulation: the rack, the sources, and what the features add. What takes long asks the context.
func (j *Job) Build(ctx context.Context) (*Simulation, error) {
	end := units.At(j.Scenario.Run.Duration)
	s := &Simulation{Job: j, End: end, Stopped: func() bool { return ctx.Err() != nil },
		Rec: &Recorder{From: units.At(j.Scenario.Run.Warmup), To: end, onEnd: j.OnEnd, transient: j.Transient}}
	s.Window = station.Window{From: s.Rec.From, To: s.Rec.To}
	s.Engine = sim.NewEngine(s.Rec)
	s.Engine.Stepwise, s.Engine.TraceSeq = j.Stepwise, j.TraceSeq
	var err error
	if s.Rack, err = placement.NewRack(s.Engine, j.Scenario, j.Profile, j.Chain); err != nil {
		return nil, err
	}
	s.Rack.Seed, s.Rack.Replication = j.Scenario.Run.Seed, j.Replication
	for _, f := range j.Features {
		if p := f.Part(s); p != nil {
			s.Parts = append(s.Parts, p)
		}
	}
	Each(s.Parts, func(p builder) { err = errors.Join(err, p.Build()) })
	if err != nil {
		return nil, err
	}
	if err = s.traffic(); err != nil {
		return nil, err
	}
	Each(s.Parts, func(p starter) { err = errors.Join(err, p.Start()) })
	if err != nil {
		return nil, err
	}
	Each(s.Parts, func(p spanner) { s.Window.Every = p.Span() })
	Each(s.Parts, func(p readier) { p.Ready() })
	return s, nil
}

// traffic adds the sources of the traffic, server by server, and those of packets from VM to VM behind them.
func (s *Simulation) traffic() error {
	for range CountersIndex(len(s.Inputs), input.Inbound) {
		s.Rec.Counters = append(s.Rec.Counters, newCountersOf(s.Rec.From, s.Rec.To))
	}
	for server := range s.Scenario.Rack.Servers {
		if err := s.addServer(server); err != nil {
			return err
		}
	}
	if err := s.addAcross(); err != nil {
		return err
	}
	for _, f := range s.Sources {
		if s.Idle {
			f.End = units.Time{}
		}
	}
	return nil
}

// Prepare completes the engine.
func (s *Simulation) Prepare() { s.Engine.Prepare(s.usedBy(), s.Window) }

// Run runs the simulation to its end.
func (s *Simulation) Run(ctx context.Context) (*Outcome, error) {
	s.Prepare()
	if s.Tap != nil {
		s.Tap.Watch(s.Engine)
	}
	if err := s.Engine.Run(ctx); err != nil {
		return nil, err
	}
	if s.Tap != nil {
		s.Tap.Done()
	}
	s.Rec.close()
	if err := s.audit(); err != nil {
		return nil, err
	}
	return s.outcome(), nil
}

// usedBy lists the sources of each path; those of copies have none.
func (s *Simulation) usedBy() [][]int {
	var list [][]int
	use := func(path uint16, source int) {
		for len(list) <= int(path) {
			list = append(list, nil)
		}
		list[path] = append(list[path], source)
	}
	for i, f := range s.Sources {
		for _, path := range f.pathsOf() {
			use(uint16(path), i)
		}
	}
	Each(s.Parts, func(p pathUser) { p.Uses(use) })
	return list
}

// addServer lays out the paths of one server's packets and adds its sources, each with a path of its own.
func (s *Simulation) addServer(server int) error {
	in, out := s.Rack.Build(s.Placement, server)
	s.Inbound = append(s.Inbound, in)
	Each(s.Parts, func(p furnisher) { p.Furnish(server) })
	for class, t := range s.Inputs {
		for _, dir := range input.Directions(t.Traffic) {
			if dir.Across() || !t.On(server) {
				continue // across once the paths of all servers are laid out
			}
			f, err := s.NewSource(t, server, dir)
			if err != nil {
				return err
			}
			way := in
			if dir == input.Outbound {
				way = out
			}
			name := fmt.Sprintf("%s server[%d] %s", t.Name, server, dir)
			f.Path = uint16(s.Engine.AddPath(sim.Path{Name: name, Hops: way.Hops}))
			s.addSource(f, class, way.Trombone())
			if s.Tap != nil {
				s.Tap.AddSource(tap.Source{Server: server, Shared: s.Placement.Shared(), Outbound: dir == input.Outbound, Path: int(f.Path),
					FirstSA: f.FirstSA, Records: t.Records, OnWire: t.OnWire, Inside: t.TenantFrames()})
			}
		}
	}
	return nil
}

// NewSource makes one source of an entry of the traffic, whose packets are counted.
func (s *Simulation) NewSource(t *input.Input, server int, dir input.Direction) (*Source, error) {
	f, err := s.Setup.NewSource(t, Origin{Server: server, Dir: dir, Replication: s.Replication, End: s.End})
	if err != nil {
		return nil, err
	}
	f.rec = s.Rec
	return f, nil
}

// addSource adds a source of the traffic, whose packets make so many link crossings that lead back to a box.
func (s *Simulation) addSource(f *Source, class, trombone int) {
	f.Entry = class
	source, claimed := 0, false
	Each(s.Parts, func(p claimer) {
		if !claimed {
			source, claimed = p.Claim(f, class, f.Server, f.Dir)
		}
	})
	if !claimed {
		source = s.Engine.AddSource(f)
	}
	Each(s.Parts, func(p Follower) { p.Follow(f, source) })
	s.Sources, s.Trombones = append(s.Sources, f), append(s.Trombones, trombone)
	// All sources together follow DefaultFlows flows, so that memory does not grow with the rack.
	s.Rec.AddSource(CountersIndex(class, f.Dir), stats.DefaultFlows/(2*len(s.Inputs)*s.Scenario.Rack.Servers))
	s.Rec.ServerOf = append(s.Rec.ServerOf, f.Server)
}
