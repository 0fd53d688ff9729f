package result

// The values of Attack.Outcome and AttackTarget.Outcome, in the order of what an attacker achieves.
const (
	NoPath      = "no path"          // nothing leads from the attacker to what it is after
	Tolerated   = "within its share" // a flood that is none
	RefusedHow  = "refused"
	BreachedHow = "succeeded"
)

// Attack is what one attack of the scenario achieved in one placement, by itself: the run is compared with the same run
// without it, packet for packet. Counts are of one replication, in the mean.
type Attack struct {
	Placement string `json:"placement"`
	// Number is the attack's place in the scenario, from 0.
	Number int    `json:"number"`
	Kind   string `json:"kind"`
	Server int    `json:"server"`
	// VF is the attacker's virtual function; nil for a compromised host.
	VF      *int   `json:"vf,omitempty"`
	Outcome string `json:"outcome"`
	// Why says why there is no path.
	Why       string  `json:"why,omitempty"`
	Tried     float64 `json:"tried"`
	Refused   float64 `json:"refused"`
	Succeeded float64 `json:"succeeded"`
	// Targets are what it was after, one by one.
	Targets []AttackTarget `json:"targets"`
	// Reported is how many refusals telemetry was told of; the others, Silent, were only counted.
	Reported float64 `json:"reported"`
	Silent   float64 `json:"silent"`
	// Victims is what the others felt; nil without a path.
	Victims *Victims `json:"victims,omitempty"`
}

// AttackTarget is what became of an attack on one target.
type AttackTarget struct {
	Target  string `json:"target"`
	Outcome string `json:"outcome"`
	// Way is how the attacker gets there, Why why it does not.
	Way       string  `json:"way,omitempty"`
	Why       string  `json:"why,omitempty"`
	Tried     float64 `json:"tried"`
	Refused   float64 `json:"refused"`
	Succeeded float64 `json:"succeeded"`
	// What PCIe answered to what was refused: a completion with status UR or CA, or nothing to a posted write. Throttled
	// are those of them that came too fast.
	UnsupportedRequests float64 `json:"unsupported_requests"`
	CompleterAborts     float64 `json:"completer_aborts"`
	DroppedWrites       float64 `json:"dropped_writes"`
	Throttled           float64 `json:"throttled"`
	// Effect is what a success brings about, in words.
	Effect string `json:"effect,omitempty"`
}

// Victims is what became of the packets of the other virtual functions of the server from when the attack began, with it
// and without it.
type Victims struct {
	ThroughputGbps        float64 `json:"throughput_gbps"`
	ThroughputWithoutGbps float64 `json:"throughput_without_gbps"`
	LossRatio             float64 `json:"loss_ratio"`
	LossWithoutRatio      float64 `json:"loss_without_ratio"`
	// The 99th percentiles of latency are of the packets that arrived; absent where fewer than 100 did in some replication.
	LatencyP99Ns        *float64 `json:"latency_p99_ns,omitempty"`
	LatencyP99WithoutNs *float64 `json:"latency_p99_without_ns,omitempty"`
	// The changes are ratios, in the mean over the replications' pairs; CI95 are the half-widths of their confidence
	// intervals, absent with fewer than two replications.
	ThroughputChange     float64  `json:"throughput_change"`
	ThroughputChangeCI95 *float64 `json:"throughput_change_ci95,omitempty"`
	LatencyP99Change     *float64 `json:"latency_p99_change,omitempty"`
	LatencyP99ChangeCI95 *float64 `json:"latency_p99_change_ci95,omitempty"`
}
