package experiments

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/arithmetic"
	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/offered"
	"github.com/dsnsim/dsnsim/scenarios/parts/energy"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/run"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Power simulates the placements of a scenario under loads that are shares of a server's link, without its attacks. The loads
// must rise; 0 is no traffic. Where the scenario throttles, each load is simulated without that too. When the context ends
// first, the curves hold the points that were finished and are marked incomplete; the error is then the context's.
func Power(ctx context.Context, s *scenarios.Scenario, loads []units.Ratio, opt run.Options) (*PowerCurves, error) {
	if err := arithmetic.NeedsTraffic(s, "power"); err != nil {
		return nil, err
	}
	calm := s.Calm()
	var base *input.Setting
	err := opt.Prepare(ctx, s, func() (err error) {
		base, err = arithmetic.Ready(calm, false, opt.Phase)
		return err
	})
	if errors.Is(err, context.Canceled) {
		return &PowerCurves{Scenario: input.ScenarioOf(s), Profile: s.DSN.Profile, Placements: []PowerCurve{}, Notes: []string{}}, err
	}
	if err != nil {
		return nil, err
	}
	set := base
	opt.TraceSeq, opt.Taps = -1, nil
	warm, said, err := run.FindWarmup(set, ctx, calm, opt)
	if err != nil {
		return nil, err
	}
	list, err := run.Plans(warm, set, opt)
	if err != nil {
		return nil, err
	}
	c := &curves{scenario: warm, said: said, Setting: set, plans: list, loads: loads}
	todo, err := c.plan()
	if err != nil {
		return nil, err
	}
	if err := run.Work(ctx, todo, opt); err != nil && !errors.Is(err, context.Canceled) {
		return nil, err
	}
	return c.report(), ctx.Err()
}

// curves are the runs of all placements and loads.
type curves struct {
	*input.Setting
	scenario *scenarios.Scenario
	said     []string    // of its warm-up
	plans    []*run.Plan // of the scenario as it is, by placement
	loads    []units.Ratio
	// runs are those by placement and load, as the scenario says; free those at the full clock, which are the same where it does
	// not throttle.
	runs, free [][]*run.Plan
}

// anywhere is the scenario in no placement: what is offered is the same in all.
func (c *curves) anywhere() *trial.Setup {
	return &trial.Setup{Setting: c.Setting, Scenario: c.scenario}
}

// plan lays out all runs and lists them.
func (c *curves) plan() ([]*run.Plan, error) {
	rates, sum, err := c.rates()
	if err != nil {
		return nil, err
	}
	var scaled []*curveLoad
	for _, share := range c.loads {
		scaled = append(scaled, c.scaled(share, rates, sum))
	}
	throttles := c.scenario.DSN.Power.Over == "throttle"
	var todo []*run.Plan
	for _, p := range c.plans {
		var runs, free []*run.Plan
		for _, load := range scaled {
			runs = append(runs, under(p, load, c.scenario.DSN.Power.Over))
			todo = append(todo, runs[len(runs)-1])
			if throttles {
				free = append(free, under(p, load, "violation"))
				todo = append(todo, free[len(free)-1])
			}
		}
		if !throttles {
			free = runs
		}
		c.runs, c.free = append(c.runs, runs), append(c.free, free)
	}
	return todo, nil
}

// rates returns what one source of each traffic entry sends, in bit/s of the wire, and the sum in the busier direction. Entries
// that say nothing, a capture of one packet, count alike where no entry says anything.
func (c *curves) rates() (rates []float64, sum float64, err error) {
	sums := make([][2]float64, c.scenario.Rack.Servers)
	for _, t := range c.Inputs {
		dirs := input.Directions(t.Traffic)
		list, pps, err := offered.Samples(c.anywhere(), t, dirs[0], 1)
		if err != nil {
			return nil, 0, err
		}
		bits := 0.0
		for i := range list {
			bits += list[i].Share * 8 * float64(list[i].Bytes[t.Counted()]+traffic.Overhead)
		}
		whole := pps * bits / (float64(input.Share(t.Traffic, dirs[0])) / float64(units.Whole))
		rates = append(rates, whole)
		for _, dir := range dirs {
			carry(sums, t, dir, whole*float64(input.Share(t.Traffic, dir))/float64(units.Whole))
		}
	}
	if sum = busiestLink(sums); sum > 0 {
		return rates, sum, nil
	}
	for i, t := range c.Inputs {
		rates[i] = 1
		for _, dir := range input.Directions(t.Traffic) {
			carry(sums, t, dir, 1)
		}
	}
	return rates, busiestLink(sums), nil
}

// carry adds a class's rate to what the links of its servers carry in each direction: packets between servers both ways, and,
// wherever the DSN is, those within a server too.
func carry(sums [][2]float64, t *input.Input, dir input.Direction, rate float64) {
	for server := range sums {
		switch {
		case !t.On(server):
		case dir.Across():
			sums[server][input.Inbound] += rate
			sums[server][input.Outbound] += rate
		default:
			sums[server][dir] += rate
		}
	}
}

// busiestLink returns what the busiest link carries in its busier direction.
func busiestLink(sums [][2]float64) (most float64) {
	for _, s := range sums {
		most = max(most, s[0], s[1])
	}
	return most
}

// curveLoad is the traffic of one load.
type curveLoad struct {
	share   units.Ratio
	traffic []demand.Traffic
	inputs  []*input.Input
}

// scaled returns the traffic with the entries' loads in their proportion, so that they sum up to a share of the link in the busier
// direction. The gaps of a capture that has no load stay in their proportion.
func (c *curves) scaled(share units.Ratio, rates []float64, sum float64) *curveLoad {
	l := &curveLoad{share: share, traffic: slices.Clone(c.scenario.Traffic)}
	link := float64(c.scenario.Rack.Server.NIC.Rate) * float64(share) / float64(units.Whole)
	for i, t := range c.Inputs {
		scaled := &l.traffic[i]
		if share > 0 { // idle sources keep their load, which they do not send
			scaled.Arrivals = scaled.Pacing()
			scaled.Load = demand.Load{Rate: max(1, units.Rate(link*rates[i]/sum)), Set: true}
			scaled.Incast = scaled.Incast.Under(scaled.Load.Rate, scaled.Sizes)
		}
		in := *t
		in.Traffic = scaled
		l.inputs = append(l.inputs, &in)
	}
	return l
}

// under returns a plan with other traffic, for a DSN that is treated as over says when it takes too much.
func under(p *run.Plan, l *curveLoad, over string) *run.Plan {
	s := *p.Scenario
	s.Traffic, s.DSN.Power.Over = l.traffic, over
	return p.Under(&s, l.inputs, l.share == 0)
}

// report writes the curves from what was finished.
func (c *curves) report() *PowerCurves {
	s := c.scenario
	out := &PowerCurves{
		Scenario: input.ScenarioOf(s),
		Profile:  c.Profile.Name, Complete: true, Notes: append(c.notes(), run.Forced(c.plans)...),
	}
	for i, p := range c.plans {
		curve := PowerCurve{Placement: p.Placement.Name, Status: p.Status, Reasons: p.Reasons, Points: []PowerPoint{},
			Throttled: p.Status == result.OK && p.Placement.Name != "software" && s.DSN.Power.Over == "throttle"}
		if b, ok := s.Budget(p.Placement.Name); ok && p.Status == result.OK {
			curve.Budget = arithmetic.BudgetOf(b)
		}
		var last *run.Plan
		for k := range c.loads {
			run, free := c.runs[i][k], c.free[i][k]
			if p.Status != result.OK {
				continue
			}
			if len(run.Finished()) < len(run.Jobs) || len(free.Finished()) < len(free.Jobs) {
				out.Complete = false
				continue
			}
			curve.Points = append(curve.Points, c.point(c.loads[k], run, free, curve.Budget))
			last = free
		}
		if last != nil && curve.Budget != nil {
			curve.Fit = c.fit(&curve, last.Outcomes)
		}
		out.Placements = append(out.Placements, curve)
	}
	return out
}

func (c *curves) notes() []string {
	list := []string{
		"a load is the share of a server's link that the tenants' frames take in the busier direction, with preamble and gap; the entries of " +
			"the scenario keep their proportions",
	}
	if c.scenario.DSN.Power.Over == "throttle" {
		list = append(list, "what would have to change is said of the full clock")
	}
	return append(list, c.said...)
}

// point is what came of one load.
func (c *curves) point(load units.Ratio, one, free *run.Plan, b *arithmetic.Budget) PowerPoint {
	window := c.scenario.Run.Duration - c.scenario.Run.Warmup
	all := trial.Selections(c.Inputs)[:1]
	r := run.Collect(all, one.Outcomes, window)[0]
	m := r.Metrics
	optional := func(name string) *float64 {
		if v, ok := m[name]; ok {
			return &v
		}
		return nil
	}
	p := PowerPoint{Load: float64(load) / float64(units.Whole), OfferedGbps: m["offered.gbps"], ThroughputMpps: m["throughput.mpps"],
		ThroughputGbps: m["throughput.gbps"], LossRatio: m["loss.ratio"], DSNWatts: m["power.dsn"], HostWatts: m["power.host"],
		TotalWatts: m["power.total"], NJPerPacket: optional("energy.nj_per_packet"), PJPerBit: optional("energy.pj_per_bit"),
		ClockRatio: optional("power.clock_ratio"), JunctionC: optional("thermal.junction"), Components: r.Section("power")}
	for _, o := range free.Outcomes {
		_, most := trial.MeasuredBy[*energy.PowerDrawn](o).Hungriest(power.DSN)
		p.FreeWatts += most.Watts(window) / float64(len(free.Outcomes))
	}
	p.OverBudget = b != nil && p.FreeWatts > b.Watts
	return p
}

// CheckLoads wants loads for Power that rise, from 0 to 200%.
func CheckLoads(loads []units.Ratio) error {
	const most = 2 * units.Whole
	if len(loads) == 0 {
		return errors.New("expected loads, such as 0%,50%,100%")
	}
	for i, l := range loads {
		switch {
		case l < 0 || l > most:
			return fmt.Errorf("expected loads from 0%% to %s, got %s", most, l)
		case i > 0 && l <= loads[i-1]:
			return fmt.Errorf("expected loads that rise, got %s behind %s", l, loads[i-1])
		}
	}
	return nil
}
