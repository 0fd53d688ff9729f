package run

import (
	"context"
	"errors"
	"fmt"

	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/asic/keying"
	"github.com/dsnsim/dsnsim/asic/lb"
	"github.com/dsnsim/dsnsim/asic/nat"
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/hw/power"
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

// input is a traffic entry with what is prepared once for all jobs.
type input struct {
	*scenarios.Traffic
	prepared
	class   uint16   // in the traffic manager
	classes []uint16 // by record, nil for one class
	rulings *rulings
	marks   *marks   // nil where no service asks for them
	reach   [2]reach // by direction
	sizes   *sizes
	// burst, when not nil, replaces the arrivals of made-up packets; until, when not 0, ends a source before the run does.
	burst *traffic.Bursts
	until units.Time
}

// inside returns the tenants' frames of a capture whose tunnels were opened, by record.
func (t *input) inside() [][]byte {
	if t.opened == nil {
		return nil
	}
	return t.opened.inside
}

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

	end  units.Time
	rec  *recorder
	rack *placement.Rack
	// flows and programs are those of the services that keep state.
	flows    *policy.Sources
	programs []*steps.Program
	// policers are those of all devices; origins tells them where the packets of each source come from.
	policers []*policy.Policer
	origins  *policy.Origins
	feeds    []*feed
	supply   *supply
	ways     []*placement.Way     // by source
	probes   [][]*placement.Probe // by attack
	strikes  []int                // paths of the sources of attacks, which come behind the feeds
	inbound  []*placement.Way     // by server
	// point is which of the sizes workloads have, and bears by workload whether it can run here.
	point int
	bears []bool
	works workSet
	// loops are the connections by class and server.
	loops map[[2]int]*loop
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
	soft      *placement.SoftCounts // nil without software
	needs     *result.Cores
	queues    []sim.ClassUsage // nil without a traffic manager
	flows     *policy.Counts   // nil without a stateful firewall
	nat       *nat.Counts      // nil without nat
	lb        *lb.Counts       // nil without lb
	power     *power.Ledger
	plan      power.Plan
	supply    *supply
	pack      power.Package
	prices    *prices.List // nil where nobody asks for costs
	bill      prices.Bill
	servers   int
	// interrupts is how many cards sent in the measured window, where drivers are interrupted.
	interrupts  int64
	interrupted bool
	// conformance is what the policers metered, nil without any; copies what became of the copies of mirrors.
	conformance *policy.Conformance
	copies      *copyTally    // nil without a mirror
	works       []workOutcome // by workload
	loops       []*loopTally  // by class, nil without connections
	siege       *siegeOutcome // nil without attacks
	security    *security     // nil without attacks
	balance     sim.Balance
	// handshakes are those of ipsec\'s tunnels, nil where they have keys from the start.
	handshakes *keying.Counts
	traces     []sim.Trace
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
	j.end = units.At(j.scenario.Run.Duration)
	j.rec = &recorder{from: units.At(j.scenario.Run.Warmup), to: j.end, onEnd: j.onEnd, transient: j.transient}
	e := sim.NewEngine(j.rec)
	e.Stepwise, e.TraceSeq = j.stepwise, j.traceSeq
	rack, err := placement.NewRack(e, j.scenario, j.profile, j.chain)
	if err != nil {
		return nil, err
	}
	j.rack = rack
	if err := rack.Besiege(j.placement); err != nil {
		return nil, err
	}
	j.program()
	rack.Seed, rack.Replication = j.scenario.Run.Seed, j.replication
	for range tallyIndex(len(j.inputs), inbound) {
		j.rec.tallies = append(j.rec.tallies, newTally())
	}
	for server := range j.scenario.Rack.Servers {
		if err := j.addServer(e, rack, server); err != nil {
			return nil, err
		}
	}
	if err := j.addAcross(e, rack); err != nil {
		return nil, err
	}
	j.startLoops()
	if j.idle {
		for _, f := range j.feeds {
			f.end = units.Time{}
		}
	}
	if err := j.addAttacks(e); err != nil {
		return nil, err
	}
	if err := j.addWorks(e); err != nil {
		return nil, err
	}
	window := sim.Window{From: j.rec.from, To: j.rec.to, Every: j.spanOf()}
	j.supply = j.newSupply(window)
	if len(j.supply.governors) > 0 {
		e.Hold(j.supply.resources)
	}
	e.Prepare(j.usedBy(), window)
	if len(j.supply.governors) > 0 {
		e.Beat(window.Every, func(at units.Time) { j.supply.tick(e, at) })
	}
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
	return j.outcome(e, rack), nil
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
	for i, path := range j.strikes {
		use(uint16(path), len(j.feeds)+i)
	}
	for _, l := range j.works.legs {
		if l != nil {
			use(l.path, l.number)
		}
	}
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

// addServer lays out the ways of one server's packets and adds its sources, each with a path of its own.
func (j *job) addServer(e *sim.Engine, rack *placement.Rack, server int) error {
	in, out := rack.Build(j.placement, server)
	j.inbound = append(j.inbound, in)
	j.addBay(rack, server)
	for class, t := range j.inputs {
		for _, dir := range directions(t.Traffic) {
			if dir.across() || !t.On(server) {
				continue // across once the ways of all servers are laid out
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
			f.path = uint16(e.AddPath(sim.Path{Name: name, Hops: append([]sim.Hop(nil), way.Hops...)}))
			source := 0
			if t.TCP != nil {
				f.loop = j.loopOf(e, t, class, server)
				source = j.addLoop(e, f, dir)
			} else {
				source = e.AddSource(f)
			}
			j.warm(rack, t, server, source)
			if j.origins != nil {
				j.origins.Add(policy.Origin{Server: server, Class: class, FirstSA: f.firstSA})
			}
			j.feeds = append(j.feeds, f)
			j.ways = append(j.ways, way)
			// All sources together follow DefaultFlows flows, so that memory does not grow with the rack.
			j.rec.addSource(tallyIndex(class, dir), stats.DefaultFlows/(2*len(j.inputs)*j.scenario.Rack.Servers))
			j.rec.serverOf = append(j.rec.serverOf, server)
			if j.tap != nil {
				j.tap.AddSource(tap.Source{Server: server, Shared: j.placement.Shared(), Outbound: dir == outbound, Path: int(f.path),
					FirstSA: f.firstSA, Records: t.records, OnWire: t.OnWire, Inside: t.inside()})
			}
		}
	}
	return nil
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

// outcome collects what the run measured.
func (j *job) outcome(e *sim.Engine, rack *placement.Rack) *outcome {
	n, b := j.translated()
	o := &outcome{placement: j.placement.Name, tallies: j.rec.tallies, balance: e.Balance(), traces: e.Traces(),
		ports: rack.ExtraPorts, cores: rack.Cores, flows: j.flowCounts(), nat: n, lb: b,
		oversubscription: j.scenario.Rack.Oversubscription(), conformance: j.conformance(), copies: j.copyTally(), siege: j.siegeOutcome(), loops: j.closed()}
	paths := [directionCount][]int{}
	for i, f := range j.feeds {
		o.sources = append(o.sources, sourceStats{int(j.rec.tallyOf[i]), f.stats(), f.digest})
		_, dir := classAndDirection(int(j.rec.tallyOf[i]))
		o.trombone[dir] = j.ways[i].Trombone()
		paths[dir] = append(paths[dir], f.pathsOf()...)
	}
	if c, ok := rack.Handshakes(); ok {
		o.handshakes = &c
	}
	o.transient = j.transient
	o.usages = e.Usages()
	o.interrupts, o.interrupted = rack.Interrupts()
	o.soft, o.needs = j.softCounts(rack), j.needs
	o.works = j.workOutcomes(e)
	o.queues = queueUsages(e, j.scenario)
	o.plan, o.supply, o.pack = rack.Power, j.supply, j.pack()
	o.prices, o.bill, o.servers = j.prices, rack.Bill, j.scenario.Rack.Servers
	o.supply.close(e, o.usages)
	o.power = settle(&rack.Power, o.usages, j.rec.to.Sub(j.rec.from))
	for dir := range paths {
		o.onWay[dir] = e.OnPaths(paths[dir])
	}
	return o
}
