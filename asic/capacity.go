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

// Holds implements sim.Capable: the cipher.
func (c *crypto) Holds(pkt *packet.Packet, _ sim.Population) []units.Duration {
	return []units.Duration{c.cost[pkt.Kind].Of(c.ciphered(pkt))}
}

// Holds implements sim.Capable: the memory of the contexts that the cache does not hold.
func (c *contextCache) Holds(_ *packet.Packet, p sim.Population) []units.Duration {
	if c.crypto.derives() {
		return nil
	}
	return []units.Duration{of(c.cache.MissShare(p.SAs), c.holds())}
}

// Weighs implements sim.Weighed: the bytes of those accesses.
func (f *flowMemory) Weighs(_ *packet.Packet, p sim.Population) []int64 {
	miss := min(units.Whole, f.cache.MissShare(p.Flows)+p.Fresh)
	return []int64{milliBytes(miss, f.reads)}
}

// Weighs implements sim.Weighed: the bytes that are ciphered.
func (c *crypto) Weighs(pkt *packet.Packet, _ sim.Population) []int64 {
	return []int64{1000 * int64(c.ciphered(pkt))}
}

// Weighs implements sim.Weighed: the bytes of the contexts that are fetched from the chip's memory.
func (c *contextCache) Weighs(_ *packet.Packet, p sim.Population) []int64 {
	if c.crypto.derives() {
		return nil
	}
	return []int64{milliBytes(c.cache.MissShare(p.SAs), c.accesses)}
}

// milliBytes are the bytes of a share of the packets, each with a number of accesses.
func milliBytes(share units.Ratio, accesses int) int64 {
	const perMilli = int64(units.Whole) / 1000
	return int64(share) * int64(accesses) * Burst / perMilli
}
