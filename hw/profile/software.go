package profile

import (
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Batching is what a core does once for all packets that it takes from its ring together.
type Batching struct {
	Cycles        Constant[units.Cycles] `yaml:"cycles" strict:"required"`         // of the batch: polls and tail pointers
	ServiceCycles Constant[units.Cycles] `yaml:"service_cycles" strict:"required"` // of each service and pass of the virtual switch
	Full          Constant[int]          `yaml:"full" strict:"required"`           // packets of the batches that the cycles of a packet were measured with
}

// Wakeup is how a core that sleeps gets to its packets.
type Wakeup struct {
	Cycles     Constant[units.Cycles]   `yaml:"cycles" strict:"required"`     // interrupt, softirq and switch of context, in and out
	Latency    Constant[units.Duration] `yaml:"latency" strict:"required"`    // from the interrupt until the first packet is looked at
	Moderation Constant[units.Duration] `yaml:"moderation" strict:"required"` // least time from one interrupt of a core to its next
	Budget     Constant[int]            `yaml:"budget" strict:"required"`     // packets of one poll
	IdleStates Constant[[]IdleState]    `yaml:"idle_states" strict:"required"`
}

// IdleState is a state that a core goes into when it has nothing to do for as long as Residency; it takes Exit to come back.
type IdleState struct {
	Residency units.Duration `yaml:"residency" strict:"required"`
	Exit      units.Duration `yaml:"exit" strict:"required"`
}

// String returns the state as it is printed in a list of constants.
func (s IdleState) String() string { return s.Residency.String() + "=" + s.Exit.String() }

// SwitchFlows is how a virtual switch finds a packet's flow.
type SwitchFlows struct {
	Ways           Constant[int]          `yaml:"ways" strict:"required"`            // of the cache of exact matches
	MegaflowCycles Constant[units.Cycles] `yaml:"megaflow_cycles" strict:"required"` // more, when a flow is not in that cache
	UpcallCycles   Constant[units.Cycles] `yaml:"upcall_cycles" strict:"required"`   // of the slow path, when it is in no table
	Queue          Constant[int]          `yaml:"queue" strict:"required"`           // packets that wait for the slow path
}

// NUMA is what a core takes that is on another socket than the NIC.
type NUMA struct {
	Access   Constant[units.Duration] `yaml:"access" strict:"required"`   // an access to memory of the other socket, beyond one's own
	Accesses Constant[int]            `yaml:"accesses" strict:"required"` // of a packet that wait for each other
}

// Contention is how a scheduler shares a core among those who want it.
type Contention struct {
	Slice    Constant[units.Duration] `yaml:"slice" strict:"required"`    // that one may run while others wait
	Absences Constant[[]StallPoint]   `yaml:"absences" strict:"required"` // how long one waits on a host that has many others
}

// Offload is what an ordinary NIC does for the software of a host.
type Offload struct {
	Rate          Constant[units.Rate]     `yaml:"rate" strict:"required"`           // of its cipher, both directions together
	Latency       Constant[units.Duration] `yaml:"latency" strict:"required"`        // of its cipher
	HeaderLatency Constant[units.Duration] `yaml:"header_latency" strict:"required"` // of a tunnel's header, and of a look-up
	Flows         Constant[int]            `yaml:"flows" strict:"required"`          // entries of its flow table
	InsertCycles  Constant[units.Cycles]   `yaml:"insert_cycles" strict:"required"`  // of the host, to enter one
}

// checkSoftware refuses counts of zero and tables that do not rise.
func (p *Profile) checkSoftware(n *strict.Node) {
	h := &p.Host
	for _, v := range []struct {
		path  []string
		value int64
	}{
		{[]string{"host", "batching", "full"}, int64(h.Batching.Full.Value)},
		{[]string{"host", "wakeup", "budget"}, int64(h.Wakeup.Budget.Value)},
		{[]string{"host", "flows", "ways"}, int64(h.Flows.Ways.Value)},
		{[]string{"host", "flows", "queue"}, int64(h.Flows.Queue.Value)},
		{[]string{"host", "contention", "slice"}, int64(h.Contention.Slice.Value)},
		{[]string{"nic", "offload", "rate"}, int64(p.NIC.Offload.Rate.Value)},
		{[]string{"nic", "offload", "flows"}, int64(p.NIC.Offload.Flows.Value)},
	} {
		if v.value <= 0 {
			n.At(v.path...).Errorf("expected a value above 0")
		}
	}
	states := h.Wakeup.IdleStates.Value
	at := n.At("host", "wakeup", "idle_states", "value")
	for i := range states {
		if states[i].Exit < 0 || i > 0 && (states[i].Residency <= states[i-1].Residency || states[i].Exit < states[i-1].Exit) {
			at.Errorf("state %d (%s) is not deeper than the one before", i, states[i])
		}
	}
	checkQuantiles(n.At("host", "contention", "absences", "value"), h.Contention.Absences.Value)
}
