package placement

import (
	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/hw"
	"github.com/dsnsim/dsnsim/sim"
)

// newDSN adds chips, with the connections of a stateful firewall if there is one.
func (r *Rack) newDSN(name string, count int) *asic.DSN {
	dsn := asic.New(r.Engine, r.Profile, r.Chain, name, count)
	for i := range count {
		r.chargeChip(asic.ChipName(name, i, count), r.dsns)
		r.dsns++
	}
	if r.Tracker != nil {
		dsn.Track(func() *policy.Tracker { return r.Tracker(1) })
	}
	return dsn
}

// trackCore gives one of a number of cores its share of the connections: those of the flows that are steered to it.
func (r *Rack) trackCore(c *hw.Core, cores int) {
	if r.Tracker != nil {
		c.Judge = r.Tracker(cores)
	}
}

// filtered is the end of the chain in software: what firewall and route refuse has cost the core as much as the rest.
func (r *Rack) filtered(onCore sim.Hop) []sim.Hop {
	hops := []sim.Hop{onCore}
	for _, s := range r.Scenario.Services {
		if s.Name == "firewall" || s.Name == "route" {
			hops = append(hops, sim.Hop{Op: sim.OpFilter, Name: "filter"})
			break
		}
	}
	return append(hops, sim.Hop{Op: sim.OpLeaveChain})
}
