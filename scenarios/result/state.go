package result

// The values of State.State.
const (
	// Steady: what is offered is carried or refused by rules, and no queue grows.
	Steady = "steady"
	// Overloaded: more is offered than is carried; queues grow, or are full and lose packets.
	Overloaded = "overloaded"
	// Cold: packets meet tables or caches that are still filling.
	Cold = "cold"
	// TooShort: the window shows nothing, or only the time in which queues fill.
	TooShort = "too_short"
	// Incomplete: the run was interrupted before all replications were done.
	Incomplete = "incomplete"
)

// State says what the figures of a placement are worth, and what that is seen by. The numbers are those of the class and direction that misses
// most of what is offered to it; connections (tcp) and workloads are left out, since they send what is carried.
type State struct {
	Placement string `json:"placement"`
	State     string `json:"state"`
	// Summary says it in a sentence or two.
	Summary   string `json:"summary"`
	Class     string `json:"class,omitempty"`
	Direction string `json:"direction,omitempty"`
	// Offered and Carried are frames, without what rules refuse.
	Offered Load `json:"offered"`
	Carried Load `json:"carried"`
	// QueueLoss is the share of the offered packets that found no room; Backlog the packets on their way at the beginning and the end of the
	// window, and Growth by which share of what is offered queues grew over it, without bursts.
	QueueLoss    float64 `json:"queue_loss"`
	BacklogBegin float64 `json:"backlog_begin_packets"`
	BacklogEnd   float64 `json:"backlog_end_packets"`
	Growth       float64 `json:"backlog_growth"`
	// Station limits, or would as the first. StationLoad is the work that comes to it against what it can do.
	Station     string  `json:"station,omitempty"`
	StationLoad float64 `json:"station_load"`
	// FirstPackets is the share of packets whose flow was in no table; FirstExpected the share that begins a flow.
	FirstPackets  float64 `json:"first_packets"`
	FirstExpected float64 `json:"first_packets_expected"`
}

// Load is a rate of packets and of the bits of their frames, FCS included.
type Load struct {
	Mpps float64 `json:"mpps"`
	Gbps float64 `json:"gbps"`
}
