package hw

import "github.com/dsnsim/dsnsim/sim/packet"

// Warmer is a Judge that keeps entries of flows.
type Warmer interface {
	// Warm shows it a packet of a flow that is open when the run begins.
	Warm(p *packet.Packet)
}

// Warm implements sim.Warmer: the services have the flow's entries, and the virtual switch and the NIC know where it belongs.
func (c *Core) Warm(p *packet.Packet) {
	for _, judge := range []Judge{c.Judge, c.Taken} {
		if w, ok := judge.(Warmer); ok {
			w.Warm(p)
		}
	}
	key := flowKey(p.Source(), p.Flow)
	if c.NIC != nil && p.Kind != WithoutTunnels {
		c.NIC.Table.Touch(key)
	}
	if f := c.Flows; f != nil && !f.Cold {
		f.All.table.Add(key)
		f.Exact.Touch(key)
	}
}
