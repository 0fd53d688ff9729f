package asic

import "github.com/dsnsim/dsnsim/sim/packet"

// Warm implements sim.Warmer: the services make the flow's entries without the learner, and the cache has what they answered.
func (f *flowMemory) Warm(p *packet.Packet) {
	key := uint64(p.Source())<<32 | uint64(p.Flow)
	if f.program != nil {
		f.warming = true
		found := f.program.Warmed(p)
		f.warming = false
		if found.Skip || found.New {
			return
		}
		if found.Keyed {
			key = found.Key
		}
	}
	if f.tables {
		f.cache.Touch(key)
	}
}

// Warm implements sim.Warmer: the context of the packet's association has been fetched. Without keys it has none yet.
func (c *contextCache) Warm(p *packet.Packet) {
	if !c.keyed {
		c.cache.Touch(uint64(p.SA))
	}
}
