package experiments

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/arithmetic"
	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/parts/services"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/run"
	"github.com/dsnsim/dsnsim/scenarios/search"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// ConnectionsSpec is what Connections searches for.
type ConnectionsSpec struct {
	// Each connection is a number of Frames of size Frame, with FCS.
	Frame  units.Bytes
	Frames int
	// Losses are the shares of connections that may fail, each a search; Width is how close the bounds of each must be.
	Losses []float64
	Width  float64
	// Connections is how many each server opens in a trial that counts.
	Connections int64
	// Background keeps the scenario's own traffic beside the connections. Held asks for the connections at a time, Bisect for a search by
	// bisection too.
	Background, Held, Bisect bool
}

// answering is the time between two frames of a connection. assumed: a round trip in a data centre, which the peer takes to answer
const answering = 10 * units.Microsecond

// shortestSettling is how long a trial runs at least before it measures. assumed: a packet waits for the chip's cores 40 us
const shortestSettling = 100 * units.Microsecond

// Connections searches for the highest rate of new connections, and the number of connections at a time, that the stateful firewall of
// each placement follows: what RFC 9411 measures in its sections 7.2 and 7.5. When the context ends first, the report holds the rows
// that were finished and is marked incomplete; the error is then the context's.
func Connections(ctx context.Context, s *scenarios.Scenario, spec ConnectionsSpec, opt run.Options) (*ConnectionsReport, error) {
	if input.Stateful(s) == nil {
		return nil, scenarios.InputError{File: s.File, Line: 1, Col: 1, Msg: "connections needs a firewall that follows them: services: [{firewall: {stateful: true}}]"}
	}
	var c *clients
	err := opt.Prepare(ctx, s, func() (err error) {
		c, err = newClients(s, &spec, opt)
		return err
	})
	out := &ConnectionsReport{Scenario: input.ScenarioOf(s), Profile: s.DSN.Profile, Rows: []ConnectionsRow{}, Notes: connectionsNotes(&spec)}
	if errors.Is(err, context.Canceled) {
		return out, err
	}
	if err != nil {
		return nil, err
	}
	out.Notes = append(out.Notes, run.Forced(c.plans)...)
	var tasks []*connector
	for _, p := range c.plans {
		tasks = append(tasks, &connector{clients: c, plan: p})
	}
	ended, err := searchAll(ctx, s, tasks, opt)
	if err != nil && !errors.Is(err, context.Canceled) {
		return nil, err
	}
	out.Profile, out.Complete = c.Profile.Name, len(ended) == len(tasks)
	for _, t := range ended {
		out.Rows = append(out.Rows, t.row)
	}
	return out, err
}

func connectionsNotes(spec *ConnectionsSpec) []string {
	list := []string{
		"a connection is a flow that comes from the network; the packets of both its sides are sent inbound, since answers are not made up",
		"a connection fails when the firewall cannot enter it, when it takes another's entry, or when a packet is lost; new flows or packets that pile up over the trial count as failed",
		"rates are of trials in which the flow table does not fill; for how long they can be kept is in the last column",
	}
	if spec.Background {
		list = append(list, "the scenario's own traffic goes on beside the connections, and its losses count as failures")
	}
	return list
}

// clients is a scenario whose VMs get connections, ready for trials at any rate.
type clients struct {
	*curves
	spec *ConnectionsSpec
	most float64 // connections a second that a server's link carries
}

func newClients(s *scenarios.Scenario, spec *ConnectionsSpec, opt run.Options) (*clients, error) {
	own := *s.Calm()
	own.Workloads, own.Run.Replications, own.Traffic = nil, 1, nil
	if spec.Background {
		own.Traffic = slices.Clone(s.Traffic)
	}
	own.Traffic = append(own.Traffic, demand.Connections(1000, spec.Frame, spec.Frames, answering))
	set, err := arithmetic.Ready(&own, false, opt.Phase)
	if err != nil {
		return nil, err
	}
	opt.TraceSeq, opt.Taps = -1, nil
	list, err := run.Plans(&own, set, opt)
	if err != nil {
		return nil, err
	}
	line := min(own.Rack.Server.NIC.Rate, own.Rack.OutOfRack(traffic.MaxRate))
	most := math.Floor(float64(line)/8/float64(spec.Frame+traffic.Overhead)) / float64(spec.Frames)
	return &clients{curves: &curves{scenario: &own, Setting: set, plans: list}, spec: spec, most: most}, nil
}

// under returns the job of a placement with a rate of connections to each of some servers, or to all if none are named.
func (c *clients) under(p *run.Plan, rate float64, frames int, servers []int) *trial.Job {
	l := &curveLoad{share: units.Whole, traffic: slices.Clone(c.scenario.Traffic), inputs: slices.Clone(c.Inputs)}
	last := len(l.traffic) - 1
	l.traffic[last] = demand.Connections(rate, c.spec.Frame, frames, answering)
	l.traffic[last].Servers = servers
	for i := range l.inputs {
		in := *l.inputs[i]
		in.Traffic = &l.traffic[i]
		l.inputs[i] = &in
	}
	return under(p, l, c.scenario.DSN.Power.Over).Jobs[0]
}

// trial has each server get n connections at a rate.
func (c *clients) trial(ctx context.Context, p *run.Plan, rate float64, n int64) (*trial.Outcome, units.Duration, error) {
	j := c.under(p, rate, c.spec.Frames, nil)
	window := units.Duration(float64(n) / rate * float64(units.Second))
	run, settle := &c.scenario.Run, shortestSettling
	if c.spec.Background { // its flows are entered first, and it must not fill the table with flows of its own
		window = min(window, (run.Duration-run.Warmup)*units.Duration(n)/units.Duration(c.spec.Connections))
		settle = max(settle, run.Warmup)
	}
	settle = max(settle, window/settling)
	j.Scenario.Run.Warmup, j.Scenario.Run.Duration = settle, window+settle
	j.Spec = widenTable(j.Spec, 1000+int(rate*(window+settle).Seconds())*c.scenario.Rack.Servers)
	o, err := j.Run(ctx)
	return o, window, err
}

// widenTable returns the services that keep state, with a flow table that a trial fills by half at most: the trial measures how fast flows are
// entered, not how many there is room for.
func widenTable(spec *steps.Spec, flows int) *steps.Spec {
	wide, tracking := *spec, *spec.Tracking
	tracking.Flows = max(tracking.Flows, 2*flows)
	wide.Tracking = &tracking
	return &wide
}

// connector is the search of one placement.
type connector struct {
	*clients
	plan    *run.Plan
	row     ConnectionsRow
	seconds float64 // simulated
	done    bool
}

func (t *connector) ended() bool { return t.done }

// search makes the row.
func (t *connector) search(ctx context.Context) error {
	r := &t.row
	*r = ConnectionsRow{Placement: t.plan.Placement.Name, Status: t.plan.Status, Reasons: t.plan.Reasons, Goals: []ConnectionsGoal{}}
	if t.done = r.Status != result.OK; t.done {
		return nil
	}
	spec := search.Spec{Max: t.most, Min: t.most * leastLoad, Goals: t.spec.Losses, Width: t.spec.Width, Phases: searchPhases, MaxTrials: maxTrials}
	measure := func(rate float64, phase int) (search.Outcome, error) { return t.measure(ctx, rate, phase) }
	found, err := search.MLR(spec, measure)
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
		b, err := search.Bisect(spec, measure)
		if err != nil {
			return err
		}
		r.BisectionTrials, r.BisectionSeconds = len(b.Trials), t.seconds-r.TrialSeconds
	}
	if t.spec.Held {
		if err := t.hold(ctx); err != nil {
			return err
		}
	}
	t.done = true
	return nil
}

// measure makes a trial.
func (t *connector) measure(ctx context.Context, rate float64, phase int) (search.Outcome, error) {
	n := t.spec.Connections
	for range searchPhases - 1 - phase {
		n /= phaseFactor
	}
	o, window, err := t.trial(ctx, t.plan, rate, n)
	if err != nil {
		return search.Outcome{}, err
	}
	t.seconds += window.Seconds()
	offered := rate * window.Seconds() * float64(t.scenario.Rack.Servers)
	failed := min(1, failedOf(o, t.spec, window, t.random())/offered)
	own := o.Counters[trial.CountersIndex(len(t.Inputs)-1, input.Inbound)]
	came := min(1, float64(trial.MeasuredBy[*services.ServiceCounts](o).Flows.New)/offered, float64(own.Arrived.Packets)/float64(max(1, own.Offered.Packets)))
	return search.Outcome{Loss: failed, Forwarded: rate * max(1-failed, came)}, nil
}

// random reports whether packets come as they like beside the connections, which come in equal gaps.
func (c *clients) random() bool {
	return slices.ContainsFunc(c.scenario.Traffic, func(t demand.Traffic) bool {
		return t.Pacing() != "constant" || t.Incast != nil || t.Modulation() != nil || t.Level() != nil && t.Name != demand.ConnectionsClass
	})
}

// goal adds what was found for one goal.
func (t *connector) goal(ctx context.Context, f *search.Found) error {
	g := ConnectionsGoal{Failing: f.Goal, PerServer: f.Lower, UpTo: f.Upper, PerSecond: f.Lower * float64(t.scenario.Rack.Servers), Done: f.Done}
	if f.Lower > 0 {
		o, window, err := t.trial(ctx, t.plan, f.Lower, t.spec.Connections)
		if err != nil {
			return err
		}
		g.Bottleneck = run.Collect(trial.Selections(t.Inputs)[:1], []*trial.Outcome{o}, window)[0].Bottleneck
	}
	t.row.Goals = append(t.row.Goals, g)
	return nil
}
