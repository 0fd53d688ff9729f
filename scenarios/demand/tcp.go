package demand

import (
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/tcp"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// TCP makes a class of connections that send as much as windows, losses and marks let them: a closed loop, whose load is what the
// placement makes of it.
type TCP struct {
	// Connections is how many each server has.
	Connections int `yaml:"connections" strict:"min=1,max=10000"`
	// Congestion is reno, cubic or dctcp.
	Congestion string `yaml:"congestion" strict:"oneof=reno|cubic|dctcp"`
	// InitialWindow and MaxWindow are in segments of the class's size.
	InitialWindow int `yaml:"initial_window" strict:"min=1,max=10000"`
	MaxWindow     int `yaml:"max_window" strict:"min=1,max=100000"`
	// ECN answers the marks of a traffic manager (ecn_threshold); dctcp always does.
	ECN bool `yaml:"ecn"`
	// DelayedAck is how many segments are acknowledged together.
	DelayedAck int `yaml:"delayed_ack" strict:"min=1,max=64"`
	// MinRTO is the shortest time after which a sender without answers sends again.
	MinRTO units.Duration `yaml:"min_rto"`
	// Think is the pause between the transfers of a connection, where they have sizes.
	Think units.Duration `yaml:"think"`
}

// SetDefaults fills what need not be said.
func (t *TCP) SetDefaults() {
	// assumed: a data centre's shortest timeout; hosts have 200 ms by default, longer than runs here
	*t = TCP{Connections: 8, Congestion: "cubic", InitialWindow: 10, MaxWindow: 700, ECN: true, DelayedAck: 2, MinRTO: units.Millisecond}
}

// UnmarshalStrict decodes and checks it.
func (t *TCP) UnmarshalStrict(n *strict.Node) {
	type plain TCP
	if !n.Decode((*plain)(t)) {
		return
	}
	switch {
	case t.InitialWindow > t.MaxWindow:
		n.At("initial_window").Errorf("expected at most max_window, %d, got %d", t.MaxWindow, t.InitialWindow)
	case t.MinRTO <= 0:
		n.At("min_rto").Errorf("expected a time above 0, such as 1ms, got %s", t.MinRTO)
	case t.Think < 0:
		n.At("think").Errorf("expected a pause of 0s or more, got %s", t.Think)
	}
}

// Config returns what the ends of a connection agree on.
func (t *TCP) Config() tcp.Config {
	return tcp.Config{Control: map[string]tcp.Control{"reno": tcp.Reno, "cubic": tcp.Cubic, "dctcp": tcp.DCTCP}[t.Congestion],
		Initial: t.InitialWindow, Max: t.MaxWindow, ECN: t.ECN, DelayedAck: t.DelayedAck, MinRTO: t.MinRTO}
}

// closedLoop checks a class of connections.
func (t *Traffic) closedLoop(n *strict.Node) {
	for _, key := range []string{"pcap", "syn_flood", "incast", "load", "arrivals", "pattern", "on_off", "mmpp", "loop", "multiply", "mtu", "inside", "on_wire", "keys", "decapsulate", "interface"} {
		if n.Has(key) {
			n.At(key).Errorf("%s does not go with tcp, whose windows and acknowledgements say what is sent", key)
		}
	}
	if n.Has("direction") && t.Direction == "both" {
		n.At("direction").Errorf("expected inbound or outbound, the way of the data; acknowledgements go the other way")
	}
	if !n.Has("sizes") {
		t.Sizes = Sizes{{traffic.MaxStandard, 1}}
	}
	if len(t.Sizes) > 1 || len(t.Sizes) == 1 && t.Sizes[0].Size < minSegment {
		n.At("sizes").Errorf("expected one size of at least %dB, that of a full segment", minSegment)
	}
	if at := n.At("flows"); n.Has("flows") {
		for _, key := range []string{"concurrent", "rate", "arrivals"} {
			if at.Has(key) {
				at.At(key).Errorf("%s is of open-loop flows; a connection's transfers follow each other (tcp.connections, tcp.think)", key)
			}
		}
		if at.Has("size") && !at.Has("distribution") {
			t.Flows.Distribution = exponential
		}
	}
	t.Load = Load{Rate: 1, Set: true} // no source asks
	if t.TCP != nil {
		t.Flows.Concurrent = units.Count(t.TCP.Connections)
	}
}

// minSegment is the shortest full segment. Assumed: headers of 58 B and as much again.
const minSegment = 128

// FlowSizes returns the sizes of a class's flows or transfers, nil where they have no end or one size.
func (t *Traffic) FlowSizes() *traffic.FlowSizes { return t.Flows.sizes }

// Answered says that what an entry sends depends on what it hears: its load is not set, and both ends have the same flows.
func (t *Traffic) Answered() bool { return t.TCP != nil }
