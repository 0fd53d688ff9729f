package trial

import (
	"context"
	"errors"
	"fmt"

	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/scenarios/tap"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Job is one placement in one replication.
type Job struct {
	*Setup
	Features    []Feature // that it may have
	Variant     Variant
	Replication int
	Stepwise    bool
	TraceSeq    int64
	Idle        bool                               // no source sends anything
	OnEnd       func(p *packet.Packet, reason int) // for tests, see recorder
	Observe     steps.Observer                     // for tests
	Transient   *stats.Transient                   // where the warm-up is sought
	Tap         *tap.Recorder                      // or nil
	Stopped     func() bool                        // nil for never: what takes long before the run asks it

	End       units.Time
	Rec       *Recorder
	Rack      *placement.Rack
	Parts     []Part
	Engine    *sim.Engine
	Window    sim.Window
	Sources   []*Source
	trombones []int            // by source: the link crossings on its way that lead back to a box
	Inbound   []*placement.Way // by server
}

// Outcome is what a job measured.
type Outcome struct {
	evidence
	Placement string
	Tallies   []*tally // by class and direction, as in tallyIndex
	Usages    []sim.Usage
	OnWay     [input.DirectionCount][]bool // by direction and usage: whether packets of that direction pass there
	Sources   []sourceStats
	trombone  [input.DirectionCount]int // link crossings by direction
	ports     int
	cores     int
	Measured  []Measurement // by the parts
	Balance   sim.Balance
	Traces    []sim.Trace
	// oversubscription is that of the rack's uplinks.
	oversubscription float64
}

// ErrBalance is the tool's own bug: packets that are nowhere.
var ErrBalance = errors.New("packets are not conserved")

func TallyIndex(class int, dir input.Direction) int {
	return int(input.DirectionCount)*class + int(dir)
}

// ClassAndDirection is the reverse of tallyIndex.
func ClassAndDirection(tally int) (int, input.Direction) {
	return tally / int(input.DirectionCount), input.Direction(tally % int(input.DirectionCount))
}

// Run simulates the job.
func (j *Job) Run(ctx context.Context) (*Outcome, error) {
	j.Stopped = func() bool { return ctx.Err() != nil }
	if err := j.Build(); err != nil {
		return nil, err
	}
	e := j.Engine
	if j.Tap != nil {
		j.Tap.Watch(e)
	}
	if err := e.Run(ctx); err != nil {
		return nil, err
	}
	if j.Tap != nil {
		j.Tap.Done()
	}
	j.Rec.close()
	if err := j.audit(e); err != nil {
		return nil, err
	}
	return j.outcome(), nil
}

// Build lays out the rack, the sources, and what the features add.
func (j *Job) Build() (err error) {
	j.End = units.At(j.Scenario.Run.Duration)
	j.Rec = &Recorder{From: units.At(j.Scenario.Run.Warmup), To: j.End, onEnd: j.OnEnd, transient: j.Transient}
	j.Engine = sim.NewEngine(j.Rec)
	j.Engine.Stepwise, j.Engine.TraceSeq = j.Stepwise, j.TraceSeq
	if j.Rack, err = placement.NewRack(j.Engine, j.Scenario, j.Profile, j.Chain); err != nil {
		return err
	}
	j.Rack.Seed, j.Rack.Replication = j.Scenario.Run.Seed, j.Replication
	for _, f := range j.Features {
		if p := f.Part(j); p != nil {
			j.Parts = append(j.Parts, p)
		}
	}
	Each(j.Parts, func(p builder) { err = errors.Join(err, p.Build()) })
	if err != nil {
		return err
	}
	for range TallyIndex(len(j.Inputs), input.Inbound) {
		j.Rec.Tallies = append(j.Rec.Tallies, newTallyOf(j.Rec.From, j.Rec.To))
	}
	for server := range j.Scenario.Rack.Servers {
		if err := j.AddServer(server); err != nil {
			return err
		}
	}
	if err := j.addAcross(); err != nil {
		return err
	}
	for _, f := range j.Sources {
		if j.Idle {
			f.End = units.Time{}
		}
	}
	Each(j.Parts, func(p starter) { err = errors.Join(err, p.Start()) })
	if err != nil {
		return err
	}
	j.Window = sim.Window{From: j.Rec.From, To: j.Rec.To}
	Each(j.Parts, func(p spanner) { j.Window.Every = p.Span() })
	Each(j.Parts, func(p readier) { p.Ready() })
	j.Engine.Prepare(j.usedBy(), j.Window)
	return nil
}

// usedBy lists the sources of each path; those of copies have none.
func (j *Job) usedBy() [][]int {
	var list [][]int
	use := func(path uint16, source int) {
		for len(list) <= int(path) {
			list = append(list, nil)
		}
		list[path] = append(list[path], source)
	}
	for i, f := range j.Sources {
		for _, path := range f.pathsOf() {
			use(uint16(path), i)
		}
	}
	Each(j.Parts, func(p pathUser) { p.Uses(use) })
	return list
}

// Conserved complains when a packet is nowhere; after the drain, none is on its way.
func Conserved(placement string, b sim.Balance) error {
	if b.Holds() && b.InFlight == 0 {
		return nil
	}
	copied := ""
	if b.Copied > 0 {
		copied = fmt.Sprintf(" and %d copied", b.Copied)
	}
	return fmt.Errorf("%s: %w: %d in%s, %d delivered, %d dropped, %d in flight after the drain",
		placement, ErrBalance, b.In, copied, b.Delivered, b.Dropped, b.InFlight)
}

// AddServer lays out the paths of one server's packets and adds its sources, each with a path of its own.
func (j *Job) AddServer(server int) error {
	in, out := j.Rack.Build(j.Placement, server)
	j.Inbound = append(j.Inbound, in)
	Each(j.Parts, func(p furnisher) { p.Furnish(server) })
	for class, t := range j.Inputs {
		for _, dir := range input.Directions(t.Traffic) {
			if dir.Across() || !t.On(server) {
				continue // across once the paths of all servers are laid out
			}
			f, err := j.NewSource(t, server, dir)
			if err != nil {
				return err
			}
			way := in
			if dir == input.Outbound {
				way = out
			}
			name := fmt.Sprintf("%s server[%d] %s", t.Name, server, dir)
			f.Path = uint16(j.Engine.AddPath(sim.Path{Name: name, Hops: way.Hops}))
			j.addSource(f, class, way.Trombone())
			if j.Tap != nil {
				j.Tap.AddSource(tap.Source{Server: server, Shared: j.Placement.Shared(), Outbound: dir == input.Outbound, Path: int(f.Path),
					FirstSA: f.FirstSA, Records: t.Records, OnWire: t.OnWire, Inside: t.TenantFrames()})
			}
		}
	}
	return nil
}

// NewSource makes one source of an entry of the traffic, whose packets the job counts.
func (j *Job) NewSource(t *input.Input, server int, dir input.Direction) (*Source, error) {
	f, err := j.Setup.NewSource(t, Origin{Server: server, Dir: dir, Replication: j.Replication, End: j.End})
	if err != nil {
		return nil, err
	}
	f.rec = j.Rec
	return f, nil
}

// addSource adds a source of the traffic, whose packets make so many link crossings that lead back to a box.
func (j *Job) addSource(f *Source, class, trombone int) {
	f.Entry = class
	source, claimed := 0, false
	Each(j.Parts, func(p claimer) {
		if !claimed {
			source, claimed = p.Claim(f, class, f.Server, f.Dir)
		}
	})
	if !claimed {
		source = j.Engine.AddSource(f)
	}
	Each(j.Parts, func(p Follower) { p.Follow(f, source) })
	j.Sources, j.trombones = append(j.Sources, f), append(j.trombones, trombone)
	// All sources together follow DefaultFlows flows, so that memory does not grow with the rack.
	j.Rec.AddSource(TallyIndex(class, f.Dir), stats.DefaultFlows/(2*len(j.Inputs)*j.Scenario.Rack.Servers))
	j.Rec.ServerOf = append(j.Rec.ServerOf, f.Server)
}

// outcome collects what the run measured. It holds nothing of the rack or the engine, so that a replication that is done costs its
// results only.
func (j *Job) outcome() *Outcome {
	e := j.Engine
	o := &Outcome{Placement: j.Placement.Name, Tallies: j.Rec.Tallies, Balance: e.Balance(), Traces: e.Traces(),
		ports: j.Rack.ExtraPorts, cores: j.Rack.Cores, oversubscription: j.Scenario.Rack.Oversubscription()}
	paths := [input.DirectionCount][]int{}
	for i, f := range j.Sources {
		o.Sources = append(o.Sources, sourceStats{int(j.Rec.TallyOf[i]), f.stats(), f.digest})
		_, dir := ClassAndDirection(int(j.Rec.TallyOf[i]))
		o.trombone[dir] = j.trombones[i]
		paths[dir] = append(paths[dir], f.pathsOf()...)
	}
	o.Transient = j.Transient
	o.Usages = e.Usages()
	for i := range o.Usages {
		o.Usages[i].Forget()
	}
	for _, p := range j.Parts {
		if m := p.Measure(); m != nil {
			o.Measured = append(o.Measured, m)
		}
	}
	for dir := range paths {
		o.OnWay[dir] = e.OnPaths(paths[dir])
	}
	return o
}

// sourceStats is what one source sent, and into which tally it went.
type sourceStats struct {
	Tally int
	traffic.Stats
	Digest Digest
}

// Settle computes the metrics of all rows, and lets go of what they are computed of.
func (o *Outcome) Settle(rows []Selection, window units.Duration) {
	for i := range rows {
		o.Sample(i, &rows[i], window)
	}
	o.Forget()
}

// Forget lets go of the histograms, of which a thousand replications had gigabytes.
func (o *Outcome) Forget() {
	for _, t := range o.Tallies {
		t.forget()
	}
}

// evidence is what an outcome is worth by.
type evidence struct {
	Transient *stats.Transient // where the warm-up is sought
	// samples are the metrics by row, once they were asked for.
	samples []map[string]float64
}
