package run

import (
	"context"
	"errors"
	"fmt"

	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/tap"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// job is one placement in one replication.
type job struct {
	scenario    *scenarios.Scenario
	profile     *profile.Profile
	chain       *asic.Chain
	inputs      []*input
	policy      *policy.Policy
	prices      *prices.List // nil where nobody asks for costs
	spec        *steps.Spec  // of the services that keep state
	placement   placement.Placement
	replication int
	stepwise    bool
	traceSeq    int64
	idle        bool                               // no source sends anything
	onEnd       func(p *packet.Packet, reason int) // for tests, see recorder
	observe     steps.Observer                     // for tests
	transient   *stats.Transient                   // where the warm-up is sought
	tap         *tap.Recorder                      // or nil
	attacks     attackSet
	needs       *result.Cores          // of software; nil without
	onSiege     func(*placement.Siege) // for tests: before the run

	end     units.Time
	rec     *recorder
	rack    *placement.Rack
	makers  []func(*job) part // of the features that it may have
	parts   []part
	engine  *sim.Engine
	window  sim.Window
	feeds   []*feed
	ways    []*placement.Way // by source
	inbound []*placement.Way // by server
	// point is which of the sizes workloads have, and bears by workload whether it can run here.
	point int
	bears []bool
}

// outcome is what a job measured.
type outcome struct {
	evidence
	placement string
	tallies   []*tally // by class and direction, as in tallyIndex
	usages    []sim.Usage
	onWay     [directionCount][]bool // by direction and usage: whether packets of that direction pass there
	sources   []sourceStats
	trombone  [directionCount]int // link crossings by direction
	ports     int
	cores     int
	measured  []measurement // by the parts
	balance   sim.Balance
	traces    []sim.Trace
	// oversubscription is that of the rack's uplinks.
	oversubscription float64
}

// ErrBalance is the tool's own bug: packets that are nowhere.
var ErrBalance = errors.New("packets are not conserved")

func tallyIndex(class int, dir direction) int { return int(directionCount)*class + int(dir) }

// classAndDirection is the reverse of tallyIndex.
func classAndDirection(tally int) (int, direction) {
	return tally / int(directionCount), direction(tally % int(directionCount))
}

// run simulates the job.
func (j *job) run(ctx context.Context) (*outcome, error) {
	if err := j.build(); err != nil {
		return nil, err
	}
	e := j.engine
	if j.tap != nil {
		j.tap.Mirrors = mirrorsSeen(j.scenario)
		j.tap.Watch(e)
	}
	if err := e.Run(ctx); err != nil {
		return nil, err
	}
	if j.tap != nil {
		j.tap.Done()
	}
	j.rec.close()
	if err := j.audit(e); err != nil {
		return nil, err
	}
	return j.outcome(), nil
}

// build lays out the rack, the sources, and what the features add.
func (j *job) build() (err error) {
	j.end = units.At(j.scenario.Run.Duration)
	j.rec = &recorder{from: units.At(j.scenario.Run.Warmup), to: j.end, onEnd: j.onEnd, transient: j.transient}
	j.engine = sim.NewEngine(j.rec)
	j.engine.Stepwise, j.engine.TraceSeq = j.stepwise, j.traceSeq
	if j.rack, err = placement.NewRack(j.engine, j.scenario, j.profile, j.chain); err != nil {
		return err
	}
	j.rack.Seed, j.rack.Replication = j.scenario.Run.Seed, j.replication
	for _, of := range j.makers {
		if p := of(j); p != nil {
			j.parts = append(j.parts, p)
		}
	}
	each(j.parts, func(p builder) { err = errors.Join(err, p.build()) })
	if err != nil {
		return err
	}
	for range tallyIndex(len(j.inputs), inbound) {
		j.rec.tallies = append(j.rec.tallies, newTallyOf(j.rec.from, j.rec.to))
	}
	for server := range j.scenario.Rack.Servers {
		if err := j.addServer(server); err != nil {
			return err
		}
	}
	if err := j.addAcross(); err != nil {
		return err
	}
	for _, f := range j.feeds {
		if j.idle {
			f.end = units.Time{}
		}
	}
	each(j.parts, func(p starter) { err = errors.Join(err, p.start()) })
	if err != nil {
		return err
	}
	j.window = sim.Window{From: j.rec.from, To: j.rec.to}
	each(j.parts, func(p spanner) { j.window.Every = p.span() })
	each(j.parts, func(p readier) { p.ready() })
	j.engine.Prepare(j.usedBy(), j.window)
	return nil
}

// usedBy lists the sources of each path; those of copies have none.
func (j *job) usedBy() [][]int {
	var list [][]int
	use := func(path uint16, source int) {
		for len(list) <= int(path) {
			list = append(list, nil)
		}
		list[path] = append(list[path], source)
	}
	for i, f := range j.feeds {
		for _, path := range f.pathsOf() {
			use(uint16(path), i)
		}
	}
	each(j.parts, func(p pathUser) { p.uses(use) })
	return list
}

// conserved complains when a packet is nowhere; after the drain, none is on its way.
func conserved(placement string, b sim.Balance) error {
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

// addServer lays out the paths of one server's packets and adds its sources, each with a path of its own.
func (j *job) addServer(server int) error {
	in, out := j.rack.Build(j.placement, server)
	j.inbound = append(j.inbound, in)
	each(j.parts, func(p furnisher) { p.furnish(server) })
	for class, t := range j.inputs {
		for _, dir := range directions(t.Traffic) {
			if dir.across() || !t.On(server) {
				continue // across once the paths of all servers are laid out
			}
			f, err := j.newFeed(t, server, dir)
			if err != nil {
				return scenarios.InputError{File: j.scenario.FileOf(t.File), Line: t.Line, Col: t.Col, Msg: err.Error() + lineOf(dir)}
			}
			way := in
			if dir == outbound {
				way = out
			}
			name := fmt.Sprintf("%s server[%d] %s", t.Name, server, dir)
			f.path = uint16(j.engine.AddPath(sim.Path{Name: name, Hops: append([]sim.Hop(nil), way.Hops...)}))
			j.addSource(f, class, way)
			if j.tap != nil {
				j.tap.AddSource(tap.Source{Server: server, Shared: j.placement.Shared(), Outbound: dir == outbound, Path: int(f.path),
					FirstSA: f.firstSA, Records: t.records, OnWire: t.OnWire, Inside: t.inside()})
			}
		}
	}
	return nil
}

// addSource adds a source of the traffic, whose packets go a way.
func (j *job) addSource(f *feed, class int, way *placement.Way) {
	f.entry = class
	source, claimed := 0, false
	each(j.parts, func(p claimer) {
		if !claimed {
			source, claimed = p.claim(f, class, f.server, f.dir)
		}
	})
	if !claimed {
		source = j.engine.AddSource(f)
	}
	each(j.parts, func(p follower) { p.follow(f, source) })
	j.feeds, j.ways = append(j.feeds, f), append(j.ways, way)
	// All sources together follow DefaultFlows flows, so that memory does not grow with the rack.
	j.rec.addSource(tallyIndex(class, f.dir), stats.DefaultFlows/(2*len(j.inputs)*j.scenario.Rack.Servers))
	j.rec.serverOf = append(j.rec.serverOf, f.server)
}

// lineOf names the line that a direction's packets are sent on.
func lineOf(dir direction) string {
	if dir == inbound {
		return " (inbound, the line is rack.uplink)"
	}
	return " (" + dir.String() + ", the line is rack.server.nic.rate)"
}

// tunnels returns the security associations of one server in one direction: one for each VM unless the scenario says.
func (j *job) tunnels() uint32 {
	for _, s := range j.scenario.Services {
		if s.Name == "ipsec" && s.Tunnels > 0 {
			return uint32(s.Tunnels)
		}
	}
	return uint32(max(1, j.scenario.Rack.Server.VMs))
}

// outcome collects what the run measured. It holds nothing of the rack or the engine, so that a replication that is done costs its
// results only.
func (j *job) outcome() *outcome {
	e := j.engine
	o := &outcome{placement: j.placement.Name, tallies: j.rec.tallies, balance: e.Balance(), traces: e.Traces(),
		ports: j.rack.ExtraPorts, cores: j.rack.Cores, oversubscription: j.scenario.Rack.Oversubscription()}
	paths := [directionCount][]int{}
	for i, f := range j.feeds {
		o.sources = append(o.sources, sourceStats{int(j.rec.tallyOf[i]), f.stats(), f.digest})
		_, dir := classAndDirection(int(j.rec.tallyOf[i]))
		o.trombone[dir] = j.ways[i].Trombone()
		paths[dir] = append(paths[dir], f.pathsOf()...)
	}
	o.transient = j.transient
	o.usages = e.Usages()
	for i := range o.usages {
		o.usages[i].Forget()
	}
	for _, p := range j.parts {
		if m := p.measure(); m != nil {
			o.measured = append(o.measured, m)
		}
	}
	for dir := range paths {
		o.onWay[dir] = e.OnPaths(paths[dir])
	}
	return o
}

// sourceStats is what one source sent, and into which tally it went.
type sourceStats struct {
	tally int
	traffic.Stats
	digest digest
}

// settle computes the metrics of all rows, and lets go of what they are computed of.
func (o *outcome) settle(rows []selection, window units.Duration) {
	for i := range rows {
		o.sample(i, &rows[i], window)
	}
	o.forget()
}

// forget lets go of the histograms, of which a thousand replications had gigabytes.
func (o *outcome) forget() {
	for _, t := range o.tallies {
		t.forget()
	}
}

// evidence is what an outcome is worth by.
type evidence struct {
	transient *stats.Transient // where the warm-up is sought
	// samples are the metrics by row, once they were asked for.
	samples []map[string]float64
}
