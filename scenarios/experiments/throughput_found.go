package experiments

import (
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// ThroughputReport is what searches for the highest load of each placement and frame size found.
type ThroughputReport struct {
	Tool     result.Tool     `json:"tool"`
	Scenario result.Scenario `json:"scenario"`
	// Profile names the hardware.
	Profile string `json:"profile"`
	// Complete is false when the search was interrupted: what is here was finished, the rest is missing.
	Complete bool            `json:"complete"`
	Rows     []ThroughputRow `json:"rows"`
	// Notes tells what a reader must know to trust the figures, one sentence each.
	Notes []string `json:"notes"`
}

// ThroughputRow is one placement with one frame size.
type ThroughputRow struct {
	Placement string   `json:"placement"`
	Status    string   `json:"status"`
	Reasons   []string `json:"reasons,omitempty"`
	// Frames names the frame sizes: 64B, imix, or scenario where its own traffic was used. MeanFrame is their mean with FCS.
	Frames    string  `json:"frames"`
	MeanFrame float64 `json:"mean_frame_bytes"`
	// Goals are the loads found, one for each loss.
	Goals []ThroughputGoal `json:"goals"`
	// Trials is how many trials were made, TrialSeconds the simulated time that they measured. BisectionTrials and
	// BisectionSeconds is how long bisection simulated for the same goals; 0 without it.
	Trials           int     `json:"trials"`
	TrialSeconds     float64 `json:"trial_seconds"`
	BisectionTrials  int     `json:"bisection_trials,omitempty"`
	BisectionSeconds float64 `json:"bisection_seconds,omitempty"`
	// Latency is against load, in shares of the load without loss; Loss against the load offered.
	Latency []LatencyPoint `json:"latency"`
	Loss    []LossPoint    `json:"frame_loss,omitempty"`
	// Burst is the longest burst at line rate without loss; Recovery how long losses go on after an overload. Nil where not measured.
	Burst    *Burst    `json:"back_to_back,omitempty"`
	Recovery *Recovery `json:"recovery,omitempty"`
}

// ThroughputGoal is the highest load whose loss is within a goal.
type ThroughputGoal struct {
	// Loss is the goal, a share of the packets. Load is of each server's link, with preamble and gap; UpTo the lowest load that was
	// seen to lose more, 0 where the link is full before.
	Loss float64 `json:"loss_ratio"`
	Load float64 `json:"load"`
	UpTo float64 `json:"failing_load"`
	Mpps float64 `json:"mpps"`
	Gbps float64 `json:"gbps"`
	// Bottleneck is the busiest station at Load.
	Bottleneck string `json:"bottleneck"`
	// Done says that Load and UpTo are as close as wanted.
	Done bool `json:"done"`
}

// LatencyPoint is the latency at a load.
type LatencyPoint struct {
	// Share is of the load without loss, Load of each server's link.
	Share  float64 `json:"share"`
	Load   float64 `json:"load"`
	Mpps   float64 `json:"mpps"`
	MeanNs float64 `json:"latency_mean_ns"`
	P50Ns  float64 `json:"latency_p50_ns"`
	P99Ns  float64 `json:"latency_p99_ns"`
	P999Ns float64 `json:"latency_p999_ns"`
	MaxNs  float64 `json:"latency_max_ns"`
}

// LossPoint is the loss at a load, of each server's link.
type LossPoint struct {
	Load  float64 `json:"load"`
	Ratio float64 `json:"loss_ratio"`
}

// Burst is the longest burst of frames at the rate of the sender's link that every source can send at once without a loss.
type Burst struct {
	Frames int64 `json:"frames"`
	// Unbounded says that no burst lost anything up to Frames, the longest that was tried.
	Unbounded bool `json:"unbounded"`
}

// Recovery is how long after an overload the last frame is lost.
type Recovery struct {
	// Overload is the load before, Load that after, of each server's link.
	Overload float64 `json:"overload"`
	Load     float64 `json:"load"`
	Ns       float64 `json:"recovery_ns"`
	// Lost says that the overload lost anything at all.
	Lost bool `json:"lost"`
}
