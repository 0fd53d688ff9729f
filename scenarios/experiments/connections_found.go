package experiments

import (
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// ConnectionsReport is what searches for the most connections a second, and at a time, found.
type ConnectionsReport struct {
	Tool     result.Tool     `json:"tool"`
	Scenario result.Scenario `json:"scenario"`
	// Profile names the hardware.
	Profile string `json:"profile"`
	// Complete is false when the search was interrupted: what is here was finished, the rest is missing.
	Complete bool             `json:"complete"`
	Rows     []ConnectionsRow `json:"rows"`
	// Notes tells what a reader must know to trust the figures, one sentence each.
	Notes []string `json:"notes"`
}

// ConnectionsRow is one placement.
type ConnectionsRow struct {
	Placement string   `json:"placement"`
	Status    string   `json:"status"`
	Reasons   []string `json:"reasons,omitempty"`
	// Goals are the rates found, one for each share that may fail.
	Goals []ConnectionsGoal `json:"goals"`
	// Trials is how many trials were made, TrialSeconds the simulated time that they measured; BisectionTrials and
	// BisectionSeconds is how long bisection simulated, 0 without it.
	Trials           int     `json:"trials"`
	TrialSeconds     float64 `json:"trial_seconds"`
	BisectionTrials  int     `json:"bisection_trials,omitempty"`
	BisectionSeconds float64 `json:"bisection_seconds,omitempty"`
	// Held is how many connections are open at a time; nil where it was not measured, or no rate was found to open them at.
	Held *Held `json:"concurrent,omitempty"`
}

// ConnectionsGoal is the highest rate at which no more than a share of the connections fails.
type ConnectionsGoal struct {
	Failing float64 `json:"failing_ratio"`
	// PerServer is how many connections a second come to each server, UpTo the lowest rate that was seen to fail more, 0 where the
	// link is full before. PerSecond is for all servers.
	PerServer  float64 `json:"per_second_and_server"`
	UpTo       float64 `json:"failing_per_second_and_server"`
	PerSecond  float64 `json:"per_second"`
	Bottleneck string  `json:"bottleneck"`
	// Done says that PerServer and UpTo are as close as wanted.
	Done bool `json:"done"`
}

// Held is how many connections a placement follows at a time.
type Held struct {
	// Connections is how many there were when the first one found no room of its own; at the end of the trial where none did.
	Connections int64 `json:"connections"`
	// Full says that one found no room.
	Full bool `json:"full"`
	// Servers is how many servers opened them: one where each has a DSN of its own, else all.
	Servers int `json:"servers"`
	// Sustained is how many connections a second can come for ever when each holds its entry for ClosingSeconds after its end.
	Sustained      float64 `json:"sustained_per_second"`
	ClosingSeconds float64 `json:"closing_seconds"`
}
