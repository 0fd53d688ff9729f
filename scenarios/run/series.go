package run

import (
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/units"
)

// series is the replications of a placement, of the scenario as it is or of a variant.
type series struct {
	variant  trial.Variant
	Jobs     []*trial.Job
	Outcomes []*trial.Outcome
	prepare  func(replication int) *trial.Job
	// rows, where set, are those of the report: each outcome is settled as it comes.
	rows   []trial.Selection
	window units.Duration
}

// grow adds replications until there are n.
func (s *series) grow(n int) {
	for r := len(s.Jobs); r < n; r++ {
		s.Jobs, s.Outcomes = append(s.Jobs, s.prepare(r)), append(s.Outcomes, nil)
	}
}

// done takes in the outcome of a replication.
func (s *series) done(i int, o *trial.Outcome) {
	if len(s.rows) > 0 {
		o.Summarise(s.rows, s.window)
	}
	s.Outcomes[i], s.Jobs[i] = o, nil // what the job worked on is not needed any more
}

// Finished lists the outcomes that there are.
func (s *series) Finished() []*trial.Outcome { return trial.Finished(s.Outcomes) }

// whole reports whether all are finished.
func (s *series) whole() bool { return len(s.Finished()) == len(s.Jobs) }
