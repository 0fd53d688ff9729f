package run

import (
	"fmt"
	"slices"

	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

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

// done takes in the outcome of a replication.
func (v *variant) done(i int, o *outcome) {
	if len(v.rows) > 0 {
		o.settle(v.rows, v.window)
	}
	v.outcomes[i], v.jobs[i] = o, nil // what the job worked on is not needed any more
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
				return &job{makers: allParts, bears: runs, scenario: s, profile: p, chain: chain, spec: spec, inputs: inputs, attacks: attacks,
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

// variants lists all that is to be simulated for a placement.
func (p *plan) variants() []*variant {
	list := append([]*variant{&p.variant}, p.besieged.variants()...)
	if len(p.points) > 1 {
		list = append(list, p.points[1:]...)
	}
	return list
}
