package sim

import (
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// occupancy adds up how long the packets of a source are in the engine within the measured window: the integral of their number over
// time. It is the sum of the instants at which they leave minus the sum of the instants at which they come, each moved into the window; which
// packet left when does not matter. The sum wraps around: two that are compared are equal modulo 2^64 ps.
type occupancy uint64

// came notes that a source's packet comes.
func (e *Engine) came(source int, at units.Time) { e.sources[source].presence -= e.inWindow(at) }

// left notes that a packet is delivered or dropped. Copies are not their source's doing.
func (e *Engine) left(p *packet.Packet, at units.Time) {
	if p.Copy == 0 {
		e.sources[p.Source()].presence += e.inWindow(at)
	}
}

func (e *Engine) inWindow(at units.Time) occupancy {
	return occupancy(units.Earlier(units.Later(at, e.window.From), e.window.To).Ps())
}

// Occupancy returns the integral of the number of a source's packets in the engine over the measured window, in packets times ps,
// modulo 2^64. It is called after the run.
func (e *Engine) Occupancy(source int) uint64 { return uint64(e.sources[source].presence) }

// Sources returns the number of sources, responders included.
func (e *Engine) Sources() int { return len(e.sources) }
