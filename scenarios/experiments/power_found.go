package experiments

import (
	"github.com/dsnsim/dsnsim/scenarios/arithmetic"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// PowerCurves is what the placements of a scenario take, from idle to saturation.
type PowerCurves struct {
	Tool     result.Tool     `json:"tool"`
	Scenario result.Scenario `json:"scenario"`
	// Profile names the hardware.
	Profile string `json:"profile"`
	// Complete is false when the run was interrupted: what is here was finished, the rest is missing.
	Complete   bool         `json:"complete"`
	Placements []PowerCurve `json:"placements"`
	// Notes tells what a reader must know to trust the figures, one sentence each.
	Notes []string `json:"notes"`
}

// PowerCurve is one placement's power against load.
type PowerCurve struct {
	Placement string   `json:"placement"`
	Status    string   `json:"status"`
	Reasons   []string `json:"reasons,omitempty"`
	// Budget is what the place supplies to one DSN; nil where no DSN has a place of its own. Throttled says that a governor
	// holds each DSN to it.
	Budget    *arithmetic.Budget `json:"budget,omitempty"`
	Throttled bool               `json:"throttled"`
	Points    []PowerPoint       `json:"points"`
	// Fit says what would have to change, at the highest load; nil without a budget.
	Fit *PowerFit `json:"fit,omitempty"`
}

// PowerPoint is one load and what comes of it, in the mean over the replications. What has no value, such as the energy of
// packets where none arrived, is absent.
type PowerPoint struct {
	// Load is the share of a server's link that the tenants' frames take in the busier direction, with preamble and gap.
	Load           float64 `json:"load"`
	OfferedGbps    float64 `json:"offered_gbps"`
	ThroughputMpps float64 `json:"throughput_mpps"`
	ThroughputGbps float64 `json:"throughput_gbps"`
	LossRatio      float64 `json:"loss_ratio"`
	// DSNWatts is of the DSN that takes most, FreeWatts the same without a governor; the others are of all servers.
	DSNWatts    float64  `json:"dsn_watts"`
	FreeWatts   float64  `json:"dsn_watts_free"`
	HostWatts   float64  `json:"host_watts"`
	TotalWatts  float64  `json:"total_watts"`
	NJPerPacket *float64 `json:"nj_per_packet,omitempty"`
	PJPerBit    *float64 `json:"pj_per_bit,omitempty"`
	ClockRatio  *float64 `json:"clock_ratio,omitempty"`
	JunctionC   *float64 `json:"junction_c,omitempty"`
	// OverBudget says that FreeWatts is more than the budget.
	OverBudget bool `json:"over_budget"`
	// Components is the section of power.
	Components *result.Section `json:"components"`
}

// PowerFit is what would have to change for a DSN to fit its budget at a load, at its full clock.
type PowerFit struct {
	Load  float64 `json:"load"`
	Watts float64 `json:"watts"`
	// ExcessWatts is how much must go; what is to spare where it is negative.
	ExcessWatts float64 `json:"excess_watts"`
	// FitsUpTo is the load at which the budget is just used up, between two that were simulated; absent where every load fits, and
	// where none does.
	FitsUpTo *float64 `json:"fits_up_to,omitempty"`
	// Contributors are the components that take most, the first first.
	Contributors []Contributor `json:"contributors"`
}

// Contributor is a component of the DSN that takes most.
type Contributor struct {
	Component string  `json:"component"`
	Watts     float64 `json:"watts"`
	Share     float64 `json:"share"`
	// NJPerPacket is over the packets that were delivered, what is drawn at rest included; absent where none were.
	NJPerPacket *float64    `json:"nj_per_packet,omitempty"`
	Operations  []Operation `json:"operations"`
}

// Operation is a part of what a component takes.
type Operation struct {
	Operation string  `json:"operation"`
	Watts     float64 `json:"watts"`
	// AtRest says that it is drawn whether packets come or not.
	AtRest bool `json:"at_rest"`
}
