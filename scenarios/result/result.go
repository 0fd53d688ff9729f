// Package result holds what a run found, in the shape that every report format prints.
// Nothing in it depends on the wall clock, so that the same scenario and seed give the same bytes.
package result

// The values of Result.Status.
const (
	OK           = "ok"
	Undeployable = "undeployable"
	Unsupported  = "unsupported"
)

// All names the row that sums over the classes, or over the directions.
const All = "all"

// Report is everything that one invocation found.
type Report struct {
	Tool     Tool     `json:"tool"`
	Scenario Scenario `json:"scenario"`
	// Complete is false when the run was interrupted: what is here was finished, the rest is missing.
	Complete bool `json:"complete"`
	// States says of each placement what its figures are worth; Cautions what of the input does not come to what it seems to say. Both
	// are what a reader must know first.
	States       []State       `json:"states"`
	Cautions     []string      `json:"cautions"`
	Results      []Result      `json:"results"`
	Sources      []Source      `json:"sources"`
	Expectations []Expectation `json:"expectations"`
	// Comparisons are those of the placements with each other, where they have two replications or more.
	Comparisons []Comparison `json:"comparisons"`
	// Attacks are those of the scenario in each placement.
	Attacks []Attack `json:"attacks"`
	// Notes tells what a reader must know to trust the figures, one sentence each.
	Notes []string `json:"notes"`
	// AllowUndecided is set where an undecided expectation is no failure, since the user said so.
	AllowUndecided bool `json:"allow_undecided,omitempty"`
	// Baseline is what changed against an earlier report; nil where there is none to compare with.
	Baseline *Diff `json:"baseline,omitempty"`
	// Table91 is the chapter's Table 9-1; nil unless it was asked for.
	Table91 *Table91 `json:"table91,omitempty"`
}

// Row returns the row of a placement, a class and a direction, nil where there is none.
func (r *Report) Row(placement, class, direction string) *Result {
	for i := range r.Results {
		if x := &r.Results[i]; x.Placement == placement && x.Class == class && x.Direction == direction {
			return x
		}
	}
	return nil
}

// Tool is the program that made the report.
type Tool struct {
	Version  string `json:"version"`
	Revision string `json:"revision"`
}

// Scenario is what was simulated. SHA256 is of the scenario as it ran, after every override.
type Scenario struct {
	Name   string `json:"name"`
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
	Seed   uint64 `json:"seed"`
}

// Result is what one placement gave for one traffic class and one direction, or for their sum.
type Result struct {
	Placement    string `json:"placement"`
	Class        string `json:"class"`
	Direction    string `json:"direction"`
	Replications int    `json:"replications"`
	Status       string `json:"status"`
	// Reasons say why the status is not "ok". Where it is, and Forced, they say why the placement cannot be deployed: it was
	// simulated because somebody insisted.
	Reasons []string `json:"reasons,omitempty"`
	Forced  bool     `json:"forced,omitempty"`
	// State is that of the placement, as in Report.States; "" where it was not simulated.
	State string `json:"state,omitempty"`
	// Bottleneck is the name of the station with the highest utilisation on the way of these packets.
	Bottleneck string `json:"bottleneck,omitempty"`
	// Metrics maps a name of the metric catalogue to its mean over the replications, in the unit of the CSV column.
	Metrics map[string]float64 `json:"metrics"`
	// CI95 maps the same names to the half-width of the 95% confidence interval; a name is absent with fewer than two replications.
	CI95 map[string]float64 `json:"ci95"`
	// Samples maps the same names to the values by replication. Replications of the same number meet the same packets in every
	// placement, so their differences can be taken pair by pair. No format writes them.
	Samples  map[string][]float64 `json:"-"`
	Stations []Station            `json:"stations"`
	// Sections are the tables of the placement's parts; only the row of all classes and directions has them.
	Sections []Section `json:"-"` // see MarshalJSON
}

// Station is one queueing station on the way of the packets: what it did in the measured window.
type Station struct {
	Name        string  `json:"name"`
	Servers     int     `json:"servers"`
	Visits      float64 `json:"visits"`
	Utilization float64 `json:"utilization"`
	// ServiceMeanNs and WaitMeanNs are the means over visits; WaitMaxNs is the longest wait of any packet.
	ServiceMeanNs float64 `json:"service_mean_ns"`
	WaitMeanNs    float64 `json:"wait_mean_ns"`
	WaitMaxNs     float64 `json:"wait_max_ns"`
	Drops         float64 `json:"drops"`
	DropReason    string  `json:"drop_reason,omitempty"`
}

// Source is what one traffic source really offered, against what the scenario asked for.
type Source struct {
	Class     string `json:"class"`
	Direction string `json:"direction"`
	// Packets is how many packets entered in the measured window, and OfferedGbps the frame bits that they carried.
	Packets     uint64  `json:"packets"`
	OfferedGbps float64 `json:"offered_gbps"`
	// LinkLoad is the realised load: the share of a server's link that the packets take, with preamble and gap, in the mean over the servers
	// that have the class. Wanted is what the scenario asks for, 0 where it asks for packets or recorded times.
	LinkLoad float64 `json:"link_load"`
	Wanted   float64 `json:"wanted_link_load"`
	// Spaced is how many packets asked to start before the wire was free and were moved to line rate.
	Spaced uint64 `json:"spaced"`
	// Stream is a hash of all packets of the run's first replication: when each was sent, how long it is, of which flow. It is
	// the same in every placement.
	Stream string `json:"stream"`
}

// Expectation is one line of the scenario's expect list and its verdict: "holds", "fails" or "undecided".
type Expectation struct {
	Text    string `json:"text"`
	Verdict string `json:"verdict"`
	// Value is what was measured for the left side, in the unit of the CSV column, which Unit names; that is "" for a ratio.
	Value float64 `json:"value"`
	Unit  string  `json:"unit,omitempty"`
	// Against is the value of the right side where that is a metric too.
	Against *float64 `json:"against,omitempty"`
	// CI95 is the half-width of the 95% confidence interval of the difference of both, 0 where there is none.
	CI95 float64 `json:"ci95,omitempty"`
	Why  string  `json:"why,omitempty"`
	// LeftOut is set where it is undecided since the command line left out a placement that it is about: no failure.
	LeftOut bool `json:"left_out,omitempty"`
	// Line and Col are where the scenario file has it; 0 when an override does.
	Line int `json:"line,omitempty"`
	Col  int `json:"col,omitempty"`
	// File is the file of Line where the scenario has it from one that it extends; else "".
	File string `json:"file,omitempty"`
}
