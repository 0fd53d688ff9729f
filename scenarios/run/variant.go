package run

import (
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/units"
)

// variant is the replications of a placement with some of the scenario's attacks.
type variant struct {
	Jobs     []*trial.Job
	Outcomes []*trial.Outcome
	prepare  func(replication int) *trial.Job
	// rows, where set, are those of the report: each outcome is settled as it comes, so that memory does not grow with the
	// replications.
	rows   []trial.Selection
	window units.Duration
}

// grow adds replications until there are n.
func (v *variant) grow(n int) {
	for r := len(v.Jobs); r < n; r++ {
		v.Jobs, v.Outcomes = append(v.Jobs, v.prepare(r)), append(v.Outcomes, nil)
	}
}

func (v *variant) Finished() []*trial.Outcome {
	var list []*trial.Outcome
	for _, o := range v.Outcomes {
		if o != nil {
			list = append(list, o)
		}
	}
	return list
}
