package run

import (
	"fmt"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/parts"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Plan is what is to be done for one placement.
type Plan struct {
	*trial.Setup
	Status  string
	Reasons []string
	fitness
	features []trial.Feature
	series             // the scenario as it is
	variants []*series // of the features
}

// Plans lists what is to be simulated of each placement, or why nothing is.
func Plans(s *scenarios.Scenario, set *input.Setting, opt Options) ([]*Plan, error) {
	tables, err := input.Contents(s, set.Inputs)
	if err != nil {
		return nil, err
	}
	var list []*Plan
	for _, name := range s.Placements {
		pl, ok := placement.Find(name)
		if !ok {
			return nil, fmt.Errorf("placement %q is not known", name)
		}
		p := &Plan{Setup: &trial.Setup{Setting: set, Scenario: s, Placement: pl}}
		list = append(list, p)
		if !p.admit(pl.Fit(s, set.Profile), opt.Force) {
			continue
		}
		if p.Chain, err = pl.Chain(s, set.Profile, tables); err != nil {
			p.refuse(err.Error())
			continue
		}
		if opt.Topology != nil {
			p.Placement = opt.Topology(pl)
		}
		if p.feature(); p.Status == result.OK {
			p.lay(&opt)
		}
	}
	return list, nil
}

// feature plans the features, the first of which that cannot be refuses the placement.
func (p *Plan) feature() {
	for _, plan := range parts.All {
		f := plan(p.Setup)
		if f == nil {
			continue
		}
		p.features = append(p.features, f)
		if r, ok := f.(trial.Refuser); ok {
			if why := r.Refuse(); len(why) > 0 {
				p.refuse(why...)
				return
			}
		}
	}
}

// lay lays out the jobs: of the scenario as it is, and of the variants of its features.
func (p *Plan) lay(opt *Options) {
	p.series = p.seriesOf(trial.Variant{}, opt, opt.TraceSeq)
	for _, f := range p.features {
		if v, ok := f.(trial.Varied); ok {
			for n := range v.Variants() {
				one := p.seriesOf(trial.Variant{Of: f, Number: n + 1}, opt, -1)
				p.variants = append(p.variants, &one)
			}
		}
	}
	if opt.Taps != nil && len(p.Jobs) > 0 {
		p.Jobs[0].Tap = opt.Taps.Recorder(p.Placement.Name)
	}
}

// seriesOf lays out the replications of a variant.
func (p *Plan) seriesOf(v trial.Variant, opt *Options, trace int64) series {
	s := series{variant: v, prepare: func(r int) *trial.Job {
		return &trial.Job{Setup: p.Setup, Features: p.features, Variant: v, Replication: r, Stepwise: opt.Stepwise, TraceSeq: trace}
	}}
	s.grow(p.Scenario.Run.Replications)
	return s
}

// Under returns the plan's simulations of the scenario as it is, with other traffic in another scenario; idle has nothing sent.
func (p *Plan) Under(s *scenarios.Scenario, inputs []*input.Input, idle bool) *Plan {
	q := &Plan{Setup: p.With(s, inputs), Status: p.Status, Reasons: p.Reasons}
	for _, j := range p.Jobs {
		own := *j
		own.Setup, own.Idle = q.Setup, idle
		q.Jobs = append(q.Jobs, &own)
	}
	q.Outcomes = make([]*trial.Outcome, len(q.Jobs))
	return q
}

// all lists all that is to be simulated for a placement.
func (p *Plan) all() []*series { return append([]*series{&p.series}, p.variants...) }

// runs returns what was simulated as a feature sees it.
func (p *Plan) runs(f trial.Feature) *trial.Runs {
	r := &trial.Runs{Window: p.Scenario.Run.Duration - p.Scenario.Run.Warmup}
	for _, s := range p.all() {
		if s.Jobs != nil && (s.variant.Of == nil || s.variant.Of == f) {
			r.ByVariant = append(r.ByVariant, s.Outcomes)
		}
	}
	return r
}

// ready has the features do what takes a while. Where none of them compares runs, the metrics of the rows are computed as each run ends,
// so that memory does not grow with the replications.
func (p *Plan) ready(rows []trial.Selection, window units.Duration) (err error) {
	p.rows, p.window = rows, window
	for _, f := range p.features {
		if _, ok := f.(trial.Comparer); ok {
			p.rows = nil
		}
		if one, ok := f.(trial.Preparer); ok && err == nil {
			err = one.Prepare()
		}
	}
	return err
}

// compare has the features compare what was simulated.
func (p *Plan) compare() {
	for _, f := range p.features {
		if c, ok := f.(trial.Comparer); ok {
			c.Compare(p.runs(f))
		}
	}
}

// placementsOf lists the placements of plans.
func placementsOf(list []*Plan) (all []placement.Placement) {
	for _, p := range list {
		all = append(all, p.Placement)
	}
	return all
}
