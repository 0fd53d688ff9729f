package energy

import (
	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// maxSpans bounds the spans of a run, and with them the memory for their counts.
const maxSpans = 1000

func New(run *trial.Simulation) trial.Part {
	return &delivery{run: run, resources: map[string]bool{}}
}

// Span is spanner: power is looked at in the governor's period, longer in a long run.
func (s *delivery) Span() units.Duration {
	run := s.run
	return max(run.Profile.Power.Governor.Period.Value, (run.Scenario.Run.Duration+maxSpans-1)/maxSpans)
}

// delivery is what the DSNs of a placement took in each span, against their budget.
type delivery struct {
	run    *trial.Simulation
	window station.Window
	budget units.Power // of each, 0 for none
	plans  []power.Plan
	// Of the whole spans of the measured window, and of all DSNs:
	spans, over int64
	peak        units.Power
	clocks      int64 // sum of the clocks in parts of power.Steps
	governors   []governor
	resources   map[string]bool // that count for the DSNs
	ticked      units.Time      // the end of the last span that the governors were told of
}

// governor holds one DSN to its budget.
type governor struct {
	*power.Governor
	heat  *power.Heat
	dsn   placement.Governed
	chip  int
	clock int // in parts of power.Steps
}

// Ready looks at each DSN of the rack, and has those that must keep to a budget governed.
func (s *delivery) Ready() {
	run, w := s.run, s.run.Window
	s.window = w
	if b, ok := run.Scenario.Budget(run.Placement.Name); ok {
		s.budget = b.Power
	}
	for owner := range run.Rack.DSNs() {
		p := run.Rack.Power.Of(power.DSN, owner)
		s.plans = append(s.plans, p)
		for i := range p.Charges {
			s.resources[p.Charges[i].Resource] = true
		}
	}
	c := &run.Profile.Power
	limits := power.Limits{Power: s.budget, Junction: c.Package.Junction.Value,
		PowerHysteresis: c.Governor.PowerHysteresis.Value, JunctionHysteresis: c.Governor.JunctionHysteresis.Value}
	pack := packOf(run)
	for _, d := range run.Rack.Governed {
		for chip := range d.Chips() {
			rest := s.plans[d.First+chip].Rest()
			s.governors = append(s.governors, governor{power.NewGovernor(limits, c.Governor.Slowest.Value),
				power.NewHeat(pack, pack.Steady(rest), w.Every), d, chip, power.Steps})
		}
	}
	if len(s.governors) > 0 {
		run.Engine.Hold(s.resources)
		run.Engine.Beat(w.Every, func(at units.Time) { s.tick(run.Engine, at) })
	}
}

// packOf is the chip and its heat sink in the scenario's air.
func packOf(run *trial.Simulation) power.Package {
	c := &run.Profile.Power.Package
	return power.Package{Ambient: run.Scenario.DSN.Power.Ambient, ResistanceMKPerW: int64(c.ResistanceMKPerW.Value), CapacityMJPerK: int64(c.CapacityMJPerK.Value)}
}

// tick is called when a span has ended: the governors choose the clocks of the next. While the last packets leave after the
// run, the clocks stay.
func (s *delivery) tick(e *sim.Engine, at units.Time) {
	if at.After(s.window.To) {
		return
	}
	s.ticked = at
	counts := s.counts(e.Usages(), at)
	for i := range s.governors {
		g := &s.governors[i]
		w := s.plans[g.dsn.First+g.chip].Charge(s.window.Every, counts).Total(nil).Over(s.window.Every)
		if s.measured(at) {
			s.clocks += int64(g.clock)
		}
		if clock := g.Period(w, g.heat.Step(w)); clock != g.clock {
			g.clock = clock
			g.dsn.Tune(g.chip, int64(clock), power.Steps)
		}
	}
}

// counts returns what each resource of the DSNs served in the span that ended at an instant.
func (s *delivery) counts(usages []station.Usage, at units.Time) map[string]power.Count {
	k := int(at.Ps()/int64(s.window.Every)) - 1
	m := make(map[string]power.Count, len(usages))
	for i := range usages {
		if !s.resources[usages[i].Name] {
			continue
		}
		marks := usages[i].Spans(at)
		if k >= len(marks) {
			continue
		}
		now, before := marks[k], station.Served{}
		if k > 0 {
			before = marks[k-1]
		}
		m[usages[i].Name] = power.Count{Visits: now.Visits - before.Visits, Bytes: now.Bytes - before.Bytes, Busy: now.Time - before.Time}
	}
	return m
}

// measured says whether the span that ends at an instant is wholly within the measured window.
func (s *delivery) measured(end units.Time) bool {
	return !end.Add(-s.window.Every).Before(s.window.From) && !end.After(s.window.To)
}

// close looks at the spans of the measured window after the run. The governors also get the spans in which nothing came.
func (s *delivery) close(e *sim.Engine, usages []station.Usage) {
	for at := s.ticked.Add(s.window.Every); len(s.governors) > 0 && !at.After(s.window.To); at = at.Add(s.window.Every) {
		s.tick(e, at)
	}
	for k := 1; k <= s.window.Spans(); k++ {
		end := units.At(s.window.Every * units.Duration(k))
		if !s.measured(end) {
			continue
		}
		counts := s.counts(usages, end)
		for i := range s.plans {
			w := s.plans[i].Charge(s.window.Every, counts).Total(nil).Over(s.window.Every)
			s.spans++
			s.peak = max(s.peak, w)
			if s.budget > 0 && w > s.budget {
				s.over++
			}
		}
	}
}

// Metrics adds what is known of the spans; a run shorter than one has none.
func (s *delivery) Metrics(m map[string]float64) {
	if s.budget > 0 {
		m["power.budget"] = float64(s.budget) / 1000
	}
	if s.spans == 0 {
		return
	}
	m["power.dsn_peak"] = float64(s.peak) / 1000
	if s.budget > 0 {
		m["power.over_budget"] = float64(s.over) / float64(s.spans)
	}
	m["power.clock_ratio"] = 1
	if len(s.governors) > 0 {
		m["power.clock_ratio"] = float64(s.clocks) / float64(s.spans) / power.Steps
	}
}
