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

// Holds implements sim.Capable: the accesses of the flows that the cache does not hold, and of those that begin.
func (f *flowMemory) Holds(_ *packet.Packet, p sim.Population) []units.Duration {
	miss := min(units.Whole, f.cache.MissShare(p.Flows)+p.Fresh)
	return []units.Duration{of(miss, f.mem.occupancy*units.Duration(f.reads))}
}

// Holds implements sim.Capable: the cipher, and the memory of the contexts that the cache does not hold. A core does nothing while it
// waits for a context, but when the complex is busy, contexts come while their packets are in the queue.
func (c *crypto) Holds(pkt *packet.Packet, p sim.Population) []units.Duration {
	n := pkt.Bytes[packet.Tunnelled] - min(notCiphered, pkt.Bytes[packet.Tunnelled])
	miss := c.cache.MissShare(p.SAs)
	return []units.Duration{c.cost.Of(n), of(miss, c.contexts.holds())}
}

// Weighs implements sim.Weighed: the bytes of those accesses.
func (f *flowMemory) Weighs(_ *packet.Packet, p sim.Population) []int64 {
	miss := min(units.Whole, f.cache.MissShare(p.Flows)+p.Fresh)
	return []int64{milliBytes(miss, f.reads)}
}

// Weighs implements sim.Weighed: the ciphered bytes, and the bytes of contexts fetched from the chip's memory.
func (c *crypto) Weighs(pkt *packet.Packet, p sim.Population) []int64 {
	n := pkt.Bytes[packet.Tunnelled] - min(notCiphered, pkt.Bytes[packet.Tunnelled])
	return []int64{1000 * int64(n), milliBytes(c.cache.MissShare(p.SAs), c.contexts.accesses)}
}

// milliBytes are the bytes of a share of the packets, each with a number of accesses.
func milliBytes(share units.Ratio, accesses int) int64 {
	const perMilli = int64(units.Whole) / 1000
	return int64(share) * int64(accesses) * Burst / perMilli
}
