// Package run simulates a scenario: it spreads the placements and replications over workers, and turns what they
// measured into a report. The report is the same whatever the number of workers.
package run

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/dsnsim/dsnsim/asic/parse"
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/tap"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/traffic"
)

// Options says how to run; none of it changes a result.
type Options struct {
	// Jobs is the number of workers, at least one.
	Jobs int
	// Pool, when not nil, is shared with other scenarios that run at the same time, and bounds all of them.
	Pool *Pool
	// Stepwise makes every hop an event; see sim.Engine.
	Stepwise bool
	// TraceSeq, when not negative, is the number of the packet of each source whose way is returned.
	TraceSeq int64
	// Progress is told how many of all jobs are done.
	Progress func(done, all int)
	// Phase is told of work before the first job that takes a second or more.
	Phase func(what string)
	// Topology, when not nil, changes a placement before it is laid out. Tests add links with it.
	Topology func(placement.Placement) placement.Placement
	// Force simulates placements that cannot be deployed, where there is something to simulate.
	Force bool
	// Taps, when not nil, gets the packets that pass the DSN in the first replication of each placement.
	Taps *tap.Set
	// Table91 adds the chapter's Table 9-1 to the report.
	Table91 bool
}

// Trace is the way of a packet in one placement.
type Trace struct {
	Placement string
	sim.Trace
	// Energy lists what the operations took for the packet, in its order, without what is drawn at rest.
	Energy []Spent
}

// Scenario simulates every placement of a scenario. When the context ends first, the report holds the placements that
// were finished and is marked incomplete; the error is then the context's.
func Scenario(ctx context.Context, s *scenarios.Scenario, opt Options) (*result.Report, []Trace, error) {
	var base *setting
	var todo []*plan
	var err error
	opt.Pool.do(func() { base, err = set(s, opt.Taps != nil, opt.Phase) })
	if err != nil {
		return nil, nil, err
	}
	s, said, err := base.warm(ctx, s, opt)
	if err != nil {
		return nil, nil, err
	}
	opt.Pool.do(func() { todo, err = base.ready(s, opt) })
	if err != nil {
		return nil, nil, err
	}
	more, err := base.refine(ctx, s, todo, opt)
	if err != nil {
		return nil, nil, err
	}
	if err := sameStreams(todo); err != nil {
		return nil, nil, err
	}
	report, traces := assemble(s, base.inputs, todo)
	report.Notes = slices.Concat(said, more, report.Notes)
	if opt.Table91 {
		if report.Table91, err = derive(s, base, todo, report); err != nil {
			return nil, nil, err
		}
	}
	return report, traces, ctx.Err()
}

// ready lists the jobs.
func (set *setting) ready(s *scenarios.Scenario, opt Options) ([]*plan, error) {
	todo, err := plans(s, set.profile, set.spec, set.inputs, opt)
	if err != nil {
		return nil, err
	}
	set.equip(todo)
	for _, p := range todo {
		if err := p.countCores(); err != nil {
			return nil, err
		}
	}
	return todo, nil
}

// plan is what is to be done for one placement.
type plan struct {
	placement placement.Placement
	status    string
	reasons   []string
	fitness
	variant                // the scenario as it is
	points   []*variant    // the sizes of workloads; the first is the scenario as it is
	refused  [][]string    // by workload: why it cannot run
	needs    *result.Cores // of software; nil without
	besieged *besieged     // what its attacks are compared with; nil without attacks
}

// variant is the replications of a placement with some of the scenario's attacks.
type variant struct {
	jobs     []*job
	outcomes []*outcome
	prepare  func(replication int) *job
}

// grow adds replications until there are n.
func (v *variant) grow(n int) {
	for r := len(v.jobs); r < n; r++ {
		v.jobs, v.outcomes = append(v.jobs, v.prepare(r)), append(v.outcomes, nil)
	}
}

// prepare reads the captures, each once, and works out the sizes under the chain's tunnels. It keeps their bytes only
// if asked to.
func prepare(s *scenarios.Scenario, keep bool) ([]*input, error) {
	read := map[source]prepared{}
	var list []*input
	for i := range s.Traffic {
		t := &s.Traffic[i]
		in := &input{Traffic: t, sizes: newSizes(serviceNames(s), t.OnWire)}
		list = append(list, in)
		if t.PCAP == "" {
			in.classify(s.DSN.TrafficManager)
			continue
		}
		from := source{t.PCAP, t.Interface, t.Keys, t.Decapsulate, t.Multiply}
		if _, known := read[from]; !known {
			p, err := readCapture(s, t, keep)
			if err != nil {
				return nil, err
			}
			read[from] = p
		}
		in.prepared = read[from]
		in.classify(s.DSN.TrafficManager)
	}
	return list, brought(s, list)
}

// source is what of which file is read, and how.
type source struct {
	pcap, interfaceName, keys string
	decapsulate               bool
	multiply                  int
}

// prepared is a capture that was read.
type prepared struct {
	trace   *traffic.Trace   // nil for a mix of sizes
	shapes  []parse.Shape    // by record, of the headers
	flags   []uint16         // of TCP, by record
	dscp    []uint8          // by record, noDSCP for what is not IP
	flows   *policy.Flows    // where services keep state
	colours []uint8          // by DSCP, by record
	opened  *opened          // nil where the tunnels of a capture are not opened
	records []capture.Record // when a tap needs them
	// sessions are those of the records, where services rewrite headers.
	sessions *policy.Sessions
}

// readCapture reads a capture, and opens it where it is asked to.
func readCapture(s *scenarios.Scenario, t *scenarios.Traffic, keep bool) (p prepared, err error) {
	c, err := capture.ReadInterface(t.PCAP, t.Interface)
	if err != nil {
		return p, err
	}
	if c, err = multiplied(c, t.Multiply); err != nil {
		return p, err
	}
	if keep {
		p.records = c.Records
	}
	if t.Opened() {
		if c, p.opened, err = open(s, t, c, keep); err != nil {
			return p, err
		}
	}
	if p.trace, err = traffic.NewTrace(c); err != nil {
		return p, &capture.Error{File: t.PCAP, Detail: err.Error()}
	}
	p.shapes, p.flags, p.dscp, p.colours = shapesOf(c), flagsOf(c), dscpOf(c), coloursOf(c)
	if rewrites(s) {
		p.sessions = policy.NewSessions(c.Records)
	}
	return p, nil
}

// shapesOf tells for each record what a parser has to read.
func shapesOf(c *capture.Capture) []parse.Shape {
	list := make([]parse.Shape, len(c.Records))
	for i := range c.Records {
		list[i] = parse.ShapeOf(c.Records[i].Data)
	}
	return list
}

// plans lists the jobs of each placement, or why it has none.
func plans(s *scenarios.Scenario, p *profile.Profile, spec *steps.Spec, inputs []*input, opt Options) ([]*plan, error) {
	tables, err := contents(s, inputs)
	if err != nil {
		return nil, err
	}
	var list []*plan
	for _, name := range s.Placements {
		pl, ok := placement.Find(name)
		if !ok {
			return nil, fmt.Errorf("placement %q is not known", name)
		}
		todo := &plan{placement: pl}
		list = append(list, todo)
		if !todo.admit(pl.Fit(s, p), opt.Force) {
			continue
		}
		chain, err := pl.Chain(s, p, tables)
		if err != nil {
			todo.refuse(err.Error())
			continue
		}
		if opt.Topology != nil {
			pl = opt.Topology(pl)
			todo.placement = pl
		}
		reasons, runs, err := bears(s, p, pl)
		if err != nil {
			todo.refuse(err.Error())
			continue
		}
		todo.refused = reasons
		if len(inputs) == 0 && !slices.Contains(runs, true) {
			todo.refuse(slices.Compact(slices.Concat(reasons...))...)
			continue
		}
		replicate := func(attacks attackSet, point int) variant {
			trace := opt.TraceSeq
			if attacks != allAttacks || point > 0 {
				trace = -1 // only the main run is traced
			}
			v := variant{prepare: func(r int) *job {
				return &job{bears: runs, scenario: s, profile: p, chain: chain, spec: spec, inputs: inputs, attacks: attacks,
					placement: pl, replication: r, stepwise: opt.Stepwise, traceSeq: trace, point: point}
			}}
			v.grow(s.Run.Replications)
			return v
		}
		todo.variant = replicate(allAttacks, 0)
		if todo.besieged, err = besiege(s, p, pl, &todo.variant, func(a attackSet) variant { return replicate(a, 0) }); err != nil {
			todo.refuse(err.Error())
			todo.variant = variant{}
			continue
		}
		todo.points = []*variant{&todo.variant}
		for point := 1; point < s.Points(); point++ {
			v := replicate(allAttacks, point)
			todo.points = append(todo.points, &v)
		}
		if opt.Taps != nil && len(todo.jobs) > 0 {
			todo.jobs[0].tap = opt.Taps.Recorder(name)
		}
	}
	return list, nil
}

func serviceNames(s *scenarios.Scenario) []string {
	var names []string
	for _, v := range s.Services {
		names = append(names, v.Name)
	}
	return names
}

// work runs all jobs that are not done on a pool of workers. The first error stops the rest.
func work(ctx context.Context, list []*plan, opt Options) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	type task struct {
		v *variant
		i int
	}
	var tasks []task
	var next, done atomic.Int64
	for _, p := range list {
		for _, v := range p.variants() {
			for i := range v.jobs {
				if v.jobs[i] == nil {
					done.Add(1)
					continue
				}
				tasks = append(tasks, task{v, i})
			}
		}
	}
	all := int(done.Load()) + len(tasks)
	var group sync.WaitGroup
	for range min(max(1, opt.Jobs), len(tasks)) {
		group.Go(func() {
			for {
				n := int(next.Add(1)) - 1
				if n >= len(tasks) || ctx.Err() != nil {
					return
				}
				t := tasks[n]
				var o *outcome
				var err error
				opt.Pool.do(func() { o, err = t.v.jobs[t.i].run(ctx) })
				if err != nil {
					cancel(err)
					return
				}
				t.v.outcomes[t.i], t.v.jobs[t.i] = o, nil // what the job worked on is not needed any more
				if opt.Progress != nil {
					opt.Progress(int(done.Add(1)), all)
				}
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

// assemble writes the report from what was finished.
func assemble(s *scenarios.Scenario, inputs []*input, list []*plan) (*result.Report, []Trace) {
	report := &result.Report{
		Scenario: result.Scenario{Name: s.Name, File: s.File, SHA256: s.SHA256, Seed: s.Run.Seed},
		Complete: true,
		Results:  []result.Result{},
		Sources:  []result.Source{},
		Notes:    []string{},
	}
	var traces []Trace
	rows := selections(inputs)
	window := s.Run.Duration - s.Run.Warmup
	for _, p := range list {
		if p.status != result.OK {
			report.Results = append(report.Results, result.Result{Placement: p.placement.Name, Class: result.All,
				Direction: result.All, Status: p.status, Reasons: p.reasons, Metrics: map[string]float64{},
				CI95: map[string]float64{}, Stations: []result.Station{}})
			if len(inputs) == 0 && len(p.refused) > 0 {
				report.Results = append(report.Results, p.workRows(s, window)...)
			}
			continue
		}
		attacks, whole := p.besieged.report(p.placement.Name)
		report.Attacks = append(report.Attacks, attacks...)
		report.Complete = report.Complete && whole
		finished := p.finished()
		report.Complete = report.Complete && len(finished) == len(p.jobs)
		if len(finished) == 0 {
			continue
		}
		p.besieged.judge()
		own := collect(rows, finished, window)
		report.Results = append(report.Results, own...)
		report.Notes = append(report.Notes, p.coreNotes()...)
		report.Results = append(report.Results, p.workRows(s, window)...)
		if len(inputs) > 0 {
			report.Notes = append(report.Notes, unsteady(&own[0])...)
		}
		if len(report.Sources) == 0 {
			report.Sources = sources(inputs, finished[0], window, s.Rack.Server.NIC.Rate)
			report.Notes = append(report.Notes, notes(inputs, finished[0])...)
		}
		for _, t := range finished[0].traces {
			traces = append(traces, Trace{p.placement.Name, t, spent(&finished[0].plan, &t)})
		}
	}
	noteFit(report, list)
	report.Comparisons = pairwise(report.Results)
	report.Expectations = scenarios.Evaluate(s.Expect, report.Results)
	return report, traces
}

// variants lists all that is to be simulated for a placement.
func (p *plan) variants() []*variant {
	list := append([]*variant{&p.variant}, p.besieged.variants()...)
	if len(p.points) > 1 {
		list = append(list, p.points[1:]...)
	}
	return list
}

func (v *variant) finished() []*outcome {
	var list []*outcome
	for _, o := range v.outcomes {
		if o != nil {
			list = append(list, o)
		}
	}
	return list
}
