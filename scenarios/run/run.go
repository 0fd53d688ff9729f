// Package run simulates a scenario: it spreads the placements and replications over workers, and turns what they
// measured into a report. The report is the same whatever the number of workers.
package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/dsnsim/dsnsim/internal/memory"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/arithmetic"
	"github.com/dsnsim/dsnsim/scenarios/expect"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/state"
	"github.com/dsnsim/dsnsim/scenarios/table91"
	"github.com/dsnsim/dsnsim/scenarios/tap"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/units"
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
	// Of is the simulation that the packet was in.
	Of *trial.Outcome
}

// Scenario simulates every placement of a scenario. When the context ends first, the report holds the placements that
// were finished and is marked incomplete; the error is then the context's.
func Scenario(ctx context.Context, s *scenarios.Scenario, opt Options) (report *result.Report, traces []Trace, err error) {
	err = Rescued(CrashOf(s), func() error {
		report, traces, err = simulateAll(ctx, s, opt)
		return err
	})
	var crash *Crash
	if errors.As(err, &crash) {
		return nil, nil, err
	}
	return report, traces, err
}

// simulateAll is Scenario, whose panics are not yet errors.
func simulateAll(ctx context.Context, s *scenarios.Scenario, opt Options) (*result.Report, []Trace, error) {
	var base *input.Setting
	var todo []*Plan
	err := opt.Prepare(ctx, s, func() (err error) {
		base, err = arithmetic.Ready(s, opt.Taps != nil, opt.Phase)
		return err
	})
	if errors.Is(err, context.Canceled) {
		return interrupted(s), nil, err
	}
	if err != nil {
		return nil, nil, err
	}
	if err := affordable(base, s, &opt); err != nil {
		return nil, nil, err
	}
	s, said, err := FindWarmup(base, ctx, s, opt)
	if err != nil {
		return nil, nil, err
	}
	err = opt.Prepare(ctx, s, func() (err error) {
		todo, err = readyPlans(base, s, opt)
		return err
	})
	if errors.Is(err, context.Canceled) {
		return interrupted(s), nil, err
	}
	if err != nil {
		return nil, nil, err
	}
	more, err := refine(ctx, s, todo, opt)
	if err != nil {
		return nil, nil, err
	}
	if err := sameStreams(todo); err != nil {
		return nil, nil, err
	}
	report, traces := assemble(s, base.Inputs, todo)
	report.Cautions = cautions(s, base.Profile, base.Inputs, todo)
	report.Notes = slices.Concat(said, more, report.Notes)
	if opt.Table91 {
		if report.Table91, err = table91.Derive(placementsOf(todo), s, base, report); err != nil {
			return nil, nil, err
		}
	}
	return report, traces, ctx.Err()
}

// interrupted is the report on a scenario of which nothing was simulated.
func interrupted(s *scenarios.Scenario) *result.Report {
	report, _ := assemble(s, nil, nil)
	report.Complete = false
	return report
}

// readyPlans plans a scenario.
func readyPlans(set *input.Setting, s *scenarios.Scenario, opt Options) ([]*Plan, error) {
	list, err := Plans(s, set, opt)
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		if err := p.ready(trial.Selections(set.Inputs), s.Run.Duration-s.Run.Warmup); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Work runs all jobs that are not done on a pool of workers. The first error stops the rest.
func Work(ctx context.Context, list []*Plan, opt Options) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer memory.Watch(int64(leastMemory), func() {
		cancel(fmt.Errorf("%w: less than %s are left, and the simulations were stopped before the system does it; lower --jobs, flows.concurrent or rack.servers", ErrMemory, units.Bytes(leastMemory)))
	})()
	type task struct {
		v *series
		i int
	}
	var tasks []task
	var done atomic.Int64
	for _, p := range list {
		for _, v := range p.all() {
			for i := range v.Jobs {
				if v.Jobs[i] == nil {
					done.Add(1)
					continue
				}
				tasks = append(tasks, task{v, i})
			}
		}
	}
	all := int(done.Load()) + len(tasks)
	return Each(ctx, opt.Jobs, len(tasks), func(ctx context.Context, i int) error {
		t := tasks[i]
		var o *trial.Outcome
		var err error
		opt.Pool.do(func() { o, err = runGuarded(t.v.Jobs[t.i], ctx) })
		if err != nil {
			return err
		}
		t.v.done(t.i, o)
		if opt.Progress != nil {
			opt.Progress(int(done.Add(1)), all)
		}
		return nil
	})
}

// assemble writes the report from what was finished.
func assemble(s *scenarios.Scenario, inputs []*input.Input, list []*Plan) (*result.Report, []Trace) {
	report := &result.Report{
		Scenario: input.ScenarioOf(s),
		Complete: true,
		States:   []result.State{},
		Cautions: []string{},
		Results:  []result.Result{},
		Sources:  []result.Source{},
		Notes:    []string{},
	}
	var traces []Trace
	for _, p := range list {
		finished := p.Finished()
		switch {
		case p.Status != result.OK:
			report.Results = append(report.Results, result.Result{Placement: p.Placement.Name, Class: result.All,
				Direction: result.All, Status: p.Status, Reasons: p.Reasons, Metrics: map[string]float64{},
				CI95: map[string]float64{}, Stations: []result.Station{}})
		case len(finished) == 0:
			report.States = append(report.States, state.Unfinished(p.Placement.Name, len(p.Jobs)))
		}
		p.report(report)
		for _, v := range p.all() {
			report.Complete = report.Complete && v.whole()
		}
		if len(finished) == 0 {
			continue
		}
		if len(report.Sources) == 0 {
			report.Sources = sources(inputs, finished[0], s.Run.Duration-s.Run.Warmup, s.Rack.Server.NIC.Rate)
			report.Notes = append(report.Notes, notes(inputs, finished[0])...)
		}
		for _, t := range finished[0].Traces {
			traces = append(traces, Trace{p.Placement.Name, t, finished[0]})
		}
	}
	noteFit(report, list)
	report.Comparisons = pairwise(report.Results)
	report.Expectations = expect.Evaluate(s.Expect, report.Results)
	s.LeaveOut(report.Expectations)
	return report, traces
}

// report adds what was measured of a placement, and what it is worth: of its traffic, and then of its features.
func (p *Plan) report(report *result.Report) {
	if finished := p.Finished(); len(finished) > 0 {
		p.compare()
		rows, verdict := Collect(trial.Selections(p.Inputs), finished, p.Scenario.Run.Duration-p.Scenario.Run.Warmup), p.verdict()
		for i := range rows {
			rows[i].State = verdict.State
		}
		report.States = append(report.States, verdict)
		report.Results = append(report.Results, rows...)
	}
	for _, f := range p.features {
		if r, ok := f.(trial.Reporter); ok {
			r.Report(report, p.runs(f))
		}
	}
}
