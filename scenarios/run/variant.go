package run

import "github.com/dsnsim/dsnsim/sim/units"

// variant is the replications of a placement with some of the scenario's attacks.
type variant struct {
	jobs     []*job
	outcomes []*outcome
	prepare  func(replication int) *job
	// rows, where set, are those of the report: each outcome is settled as it comes, so that memory does not grow with the
	// replications.
	rows   []selection
	window units.Duration
}

// grow adds replications until there are n.
func (v *variant) grow(n int) {
	for r := len(v.jobs); r < n; r++ {
		v.jobs, v.outcomes = append(v.jobs, v.prepare(r)), append(v.outcomes, nil)
	}
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
