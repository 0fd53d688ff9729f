package experiments

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync/atomic"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/arithmetic"
	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/offered"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/run"
	"github.com/dsnsim/dsnsim/scenarios/search"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// Frames is a mix of frame sizes to search with. Without Sizes it is the scenario's own traffic, captures included.
type Frames struct {
	Name    string
	Sizes   demand.Sizes
	Ordered bool // as in demand.Traffic
}

// ThroughputSpec is what Throughput searches for.
type ThroughputSpec struct {
	Frames []Frames
	// Losses are the goals: 0 for the rate without a drop. Width is how close the bounds of each must be.
	Losses []float64
	Width  float64
	// Packets is how many each source sends in a trial that counts, if it is the only one of its server and direction.
	Packets int64
	// Shares are the loads of the latency, against the load found for the first goal.
	Shares []float64
	// Bisect also searches by bisection, to compare the trials. LossCurve, Burst and Recovery are RFC 2544's sections 26.3 to 26.5.
	Bisect, LossCurve, Burst, Recovery bool
}

// The phases of a search, and how much shorter each is than the next.
const (
	searchPhases = 2
	phaseFactor  = 8
	maxTrials    = 120 // of a row; assumed: ten times what a search takes
	leastLoad    = 0.0001
)

// Throughput searches for the highest load of each placement and frame size. All traffic entries keep their proportions and send in equal
// gaps, unless they are the scenario's own. When the context ends first, the report holds the rows that were finished
// and is marked incomplete; the error is then the context's.
func Throughput(ctx context.Context, s *scenarios.Scenario, spec ThroughputSpec, opt run.Options) (*ThroughputReport, error) {
	if err := arithmetic.NeedsTraffic(s, "throughput"); err != nil {
		return nil, err
	}
	var tasks []*searcher
	err := opt.Prepare(ctx, s, func() error {
		for _, f := range spec.Frames {
			b, err := newBench(s, f, opt)
			if err != nil {
				return err
			}
			for i := range b.plans {
				tasks = append(tasks, &searcher{bench: b, plan: b.plans[i], spec: &spec})
			}
		}
		return nil
	})
	out := &ThroughputReport{Scenario: input.ScenarioOf(s), Profile: s.DSN.Profile, Rows: []ThroughputRow{}, Notes: throughputNotes(&spec)}
	if errors.Is(err, context.Canceled) {
		return out, err
	}
	if err != nil {
		return nil, err
	}
	// Rows are by placement, then by frames.
	order := func(t *searcher) int { return slices.Index(s.Placements, t.plan.Placement.Name) }
	slices.SortStableFunc(tasks, func(a, b *searcher) int { return order(a) - order(b) })
	var plans []*run.Plan
	for _, t := range tasks {
		plans = append(plans, t.plan)
	}
	out.Notes = append(out.Notes, run.Forced(plans)...)
	ended, err := searchAll(ctx, s, tasks, opt)
	if err != nil && !errors.Is(err, context.Canceled) {
		return nil, err
	}
	out.Profile, out.Complete = tasks[0].bench.Profile.Name, len(ended) == len(tasks)
	for _, t := range ended {
		out.Rows = append(out.Rows, t.row)
	}
	return out, err
}

func throughputNotes(spec *ThroughputSpec) []string {
	list := []string{
		"a load is the share of each server's link that the tenants' frames take in the busier direction, with preamble and gap; the entries of the scenario keep their proportions",
		"packets that a queue keeps while it grows count as lost: a trial is as long as a queue needs to show that, not as long as its buffer needs to overflow",
		"packets that rules, routes or policers refuse are not lost",
	}
	if !spec.Bisect {
		list = append(list, "--bisect makes the trials of a bisection for the same goals too, to compare")
	}
	return list
}

// task is a search that does not depend on others; it has ended when it has found what it looks for, or knows that there is nothing.
type task interface {
	search(ctx context.Context) error
	ended() bool
}

// searchAll searches on a pool of workers. The first error stops the rest. It returns those that have ended, in their order.
func searchAll[T task](ctx context.Context, s *scenarios.Scenario, tasks []T, opt run.Options) ([]T, error) {
	var done atomic.Int64
	err := run.Each(ctx, opt.Jobs, len(tasks), func(ctx context.Context, i int) error {
		err := run.Rescued(run.CrashOf(s), func() error { return tasks[i].search(ctx) })
		if err == nil && opt.Progress != nil {
			opt.Progress(int(done.Add(1)), len(tasks))
		}
		return err
	})
	return slices.DeleteFunc(slices.Clone(tasks), func(t T) bool { return !t.ended() }), err
}

// searcher is the search of one row.
type searcher struct {
	bench   *bench
	plan    *run.Plan
	spec    *ThroughputSpec
	row     ThroughputRow
	seconds float64 // simulated
	done    bool
}

func (t *searcher) ended() bool { return t.done }

// search makes the row.
func (t *searcher) search(ctx context.Context) error {
	r := &t.row
	*r = ThroughputRow{Placement: t.plan.Placement.Name, Status: t.plan.Status, Reasons: t.plan.Reasons, Frames: t.bench.frames.Name,
		MeanFrame: t.bench.mean, Goals: []ThroughputGoal{}, Latency: []LatencyPoint{}}
	t.done = r.Status != result.OK
	if t.done {
		return nil
	}
	spec := search.Spec{Max: 1, Min: leastLoad, Goals: t.spec.Losses, Width: t.spec.Width, Phases: searchPhases, MaxTrials: maxTrials}
	found, err := search.MLR(spec, func(load float64, phase int) (search.Outcome, error) { return t.measure(ctx, load, phase) })
	if err != nil {
		return err
	}
	r.Trials, r.TrialSeconds = len(found.Trials), t.seconds
	for _, f := range found.Found {
		if err := t.goal(ctx, &f); err != nil {
			return err
		}
	}
	if t.spec.Bisect {
		b, err := search.Bisect(spec, func(load float64, phase int) (search.Outcome, error) { return t.measure(ctx, load, phase) })
		if err != nil {
			return err
		}
		r.BisectionTrials, r.BisectionSeconds = len(b.Trials), t.seconds-r.TrialSeconds
	}
	if err := t.more(ctx); err != nil {
		return err
	}
	t.done = true
	return nil
}

// measure makes a trial.
func (t *searcher) measure(ctx context.Context, load float64, phase int) (search.Outcome, error) {
	n := t.spec.Packets
	for range searchPhases - 1 - phase {
		n /= phaseFactor
	}
	o, window, err := t.bench.trial(ctx, t.plan, load, n)
	if err != nil {
		return search.Outcome{}, err
	}
	t.seconds += window.Seconds()
	lost, through := verdictOf(o, len(t.bench.frames.Sizes))
	return search.Outcome{Loss: lost, Forwarded: load * through}, nil
}

// goal adds what was found for one goal.
func (t *searcher) goal(ctx context.Context, f *search.Found) error {
	g := ThroughputGoal{Loss: f.Goal, Load: f.Lower, UpTo: f.Upper, Done: f.Done}
	if f.Lower > 0 {
		o, window, err := t.bench.trial(ctx, t.plan, f.Lower, t.spec.Packets)
		if err != nil {
			return err
		}
		own := run.Collect(trial.Selections(t.bench.Inputs)[:1], []*trial.Outcome{o}, window)[0]
		g.Mpps, g.Gbps, g.Bottleneck = own.Metrics["offered.mpps"], own.Metrics["offered.gbps"], own.Bottleneck
	}
	t.row.Goals = append(t.row.Goals, g)
	return nil
}

// verdictOf returns the share of the packets sent in the window that queues lost or, on balance, kept, and the share of them that
// came through. mix is how many sizes follow each other in equal gaps; 0 where packets come as they like.
func verdictOf(o *trial.Outcome, mix int) (lost, through float64) {
	offered, dropped, arrived := countedOf(o)
	if offered <= 0 {
		return 0, 1
	}
	// A packet more or less of each source is in the window at either end, and what waits in step with others.
	slack := float64(3+mix/4) * float64(len(o.Sources))
	if mix == 0 {
		slack += 4 * math.Sqrt(offered)
	}
	kept := max(0, offered-dropped-arrived-slack)
	return (dropped + kept) / offered, min(1, arrived/offered)
}

// countedOf adds up the packets of the window: offered, without those that services refuse; dropped by queues; and arrived.
func countedOf(o *trial.Outcome) (offered, dropped, arrived float64) {
	for _, t := range o.Counters {
		offered += float64(t.Offered.Packets)
		arrived += float64(t.Arrived.Packets)
		for reason, n := range t.Dropped {
			if stats.DropReason(reason).CountsAsLoss() {
				dropped += float64(n.Packets)
			} else {
				offered -= float64(n.Packets) // refused, not lost
			}
		}
	}
	return offered, dropped, arrived
}

// bench is a scenario with one mix of frames, ready for trials at any load.
type bench struct {
	*curves
	frames Frames
	rates  []float64
	sum    float64
	mean   float64 // frame of all entries
}

// newBench prepares the scenario.
func newBench(s *scenarios.Scenario, f Frames, opt run.Options) (*bench, error) {
	own := *s.Calm()
	own.Workloads, own.Run.Replications = nil, 1
	b := &bench{frames: f}
	if len(f.Sizes) > 0 {
		own.Traffic = slices.Clone(s.Traffic)
		for i := range own.Traffic {
			own.Traffic[i] = own.Traffic[i].With(f.Sizes, f.Ordered)
		}
	}
	set, err := arithmetic.Ready(&own, false, opt.Phase)
	if err != nil {
		return nil, err
	}
	opt.TraceSeq, opt.Taps = -1, nil
	list, err := run.Plans(&own, set, opt)
	if err != nil {
		return nil, err
	}
	b.curves = &curves{scenario: &own, Setting: set, plans: list}
	if b.rates, b.sum, err = b.curves.rates(); err != nil {
		return nil, err
	}
	b.mean, err = b.meanFrame()
	return b, err
}

// meanFrame is the mean frame of all entries, as offered.
func (b *bench) meanFrame() (float64, error) {
	bytes, packets := 0.0, 0.0
	for i, t := range b.Inputs {
		list, _, err := offered.Samples(b.anywhere(), t, input.Directions(t.Traffic)[0], 1)
		if err != nil {
			return 0, err
		}
		mean := 0.0
		for k := range list {
			mean += list[k].Share * float64(list[k].Bytes[t.Counted()])
		}
		bytes += b.rates[i]
		packets += b.rates[i] / mean
	}
	return bytes / packets, nil
}
