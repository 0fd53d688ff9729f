package asic

import (
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// of scales a time by a share, rounded up.
func of(share units.Ratio, d units.Duration) units.Duration {
	return (d*units.Duration(share) + units.Duration(units.Whole) - 1) / units.Duration(units.Whole)
}

// Holds is sim.Capable: the accesses of the flows that the cache does not hold, and of those that begin.
func (f *flowMemory) Holds(_ *packet.Packet, p sim.Population) []units.Duration {
	miss := min(units.Whole, f.cache.MissShare(p.Flows)+p.Fresh)
	return []units.Duration{of(miss, f.mem.occupancy*units.Duration(f.reads))}
}

// Holds is sim.Capable: the cipher, and the memory of the contexts that the cache does not hold. A core does nothing while it
// waits for a context, but when the complex is busy, contexts come while their packets are in the queue.
func (c *crypto) Holds(pkt *packet.Packet, p sim.Population) []units.Duration {
	n := pkt.Bytes[packet.Tunnelled] - min(notCiphered, pkt.Bytes[packet.Tunnelled])
	miss := c.cache.MissShare(p.SAs)
	return []units.Duration{c.cost.Of(n), of(miss, c.contexts.holds())}
}
