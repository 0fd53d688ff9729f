package demand

import (
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// ConnectionsClass is the name of the class that Connections returns.
const ConnectionsClass = "connections"

// Connections returns a class of connections that come to the VMs in equal gaps, at a rate for each server. Each is a number
// of frames of one size, a gap apart, both at least 1; the frames of both its sides are sent inbound.
func Connections(perSecond float64, frame units.Bytes, frames int, gap units.Duration) Traffic {
	wire := 8 * float64(frame+traffic.Overhead)
	t := Traffic{Name: ConnectionsClass, Sizes: Sizes{{frame, 1}}, Direction: "inbound", Arrivals: "constant"}
	t.Flows = Flows{Concurrent: 1, Size: units.Bits(8 * int64(frame) * int64(frames)), Distribution: "fixed", Rate: max(1, units.Rate(wire/gap.Seconds())), Arrivals: "constant",
		sizes: traffic.FixedFlows(frame * units.Bytes(frames))}
	t.Load = Load{Packets: max(1, units.PacketRate(perSecond*float64(frames)+0.5)), Set: true}
	return t
}
