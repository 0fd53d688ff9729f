package run

import (
	"fmt"
	"slices"

	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/parts"
	"github.com/dsnsim/dsnsim/scenarios/parts/workloads"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/trial"
)

// Plan is what is to be done for one placement.
type Plan struct {
	Placement placement.Placement
	Status    string
	Reasons   []string
	fitness
	variant                // the scenario as it is
	points   []*variant    // the sizes of workloads; the first is the scenario as it is
	refused  [][]string    // by workload: why it cannot run
	needs    *result.Cores // of software; nil without
	besieged *besieged     // what its attacks are compared with; nil without attacks
}

// done takes in the outcome of a replication.
func (v *variant) done(i int, o *trial.Outcome) {
	if len(v.rows) > 0 {
		o.Settle(v.rows, v.window)
	}
	v.Outcomes[i], v.Jobs[i] = o, nil // what the job worked on is not needed any more
}

// Plans lists the jobs of each placement, or why it has none.
func Plans(s *scenarios.Scenario, p *profile.Profile, spec *steps.Spec, inputs []*input.Input, opt Options) ([]*Plan, error) {
	tables, err := input.Contents(s, inputs)
	if err != nil {
		return nil, err
	}
	var list []*Plan
	for _, name := range s.Placements {
		pl, ok := placement.Find(name)
		if !ok {
			return nil, fmt.Errorf("placement %q is not known", name)
		}
		todo := &Plan{Placement: pl}
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
			todo.Placement = pl
		}
		reasons, runs, err := workloads.Bears(s, p, pl)
		if err != nil {
			todo.refuse(err.Error())
			continue
		}
		todo.refused = reasons
		if len(inputs) == 0 && !slices.Contains(runs, true) {
			todo.refuse(slices.Compact(slices.Concat(reasons...))...)
			continue
		}
		replicate := func(attacks trial.AttackSet, point int) variant {
			trace := opt.TraceSeq
			if attacks != trial.AllAttacks || point > 0 {
				trace = -1 // only the main run is traced
			}
			v := variant{prepare: func(r int) *trial.Job {
				return &trial.Job{Makers: parts.AllParts, Bears: runs, Scenario: s, Profile: p, Chain: chain, Spec: spec, Inputs: inputs, Attacks: attacks,
					Placement: pl, Replication: r, Stepwise: opt.Stepwise, TraceSeq: trace, Point: point}
			}}
			v.grow(s.Run.Replications)
			return v
		}
		todo.variant = replicate(trial.AllAttacks, 0)
		if todo.besieged, err = besiege(s, p, pl, &todo.variant, func(a trial.AttackSet) variant { return replicate(a, 0) }); err != nil {
			todo.refuse(err.Error())
			todo.variant = variant{}
			continue
		}
		todo.points = []*variant{&todo.variant}
		for point := 1; point < s.Points(); point++ {
			v := replicate(trial.AllAttacks, point)
			todo.points = append(todo.points, &v)
		}
		if opt.Taps != nil && len(todo.Jobs) > 0 {
			todo.Jobs[0].Tap = opt.Taps.Recorder(name)
		}
	}
	return list, nil
}

// variants lists all that is to be simulated for a placement.
func (p *Plan) variants() []*variant {
	list := append([]*variant{&p.variant}, p.besieged.variants()...)
	if len(p.points) > 1 {
		list = append(list, p.points[1:]...)
	}
	return list
}
