package placement

import (
	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/hw"
	"github.com/dsnsim/dsnsim/sim"
)

// newDSN adds chips, with the services that keep state if there are any.
func (r *Rack) newDSN(name string, count int) *asic.DSN {
	dsn := asic.New(r.Engine, r.Profile, r.Chain, name, count)
	r.govern(dsn, name, r.dsns)
	for i := range count {
		r.chargeChip(asic.ChipName(name, i, count), r.dsns)
		r.dsns++
	}
	if r.Program != nil {
		dsn.Load(r.Program)
	}
	return dsn
}

// load gives one of a number of cores its share of the services' state: that of the flows that are steered to it.
func (r *Rack) load(c *hw.Core, index, cores int) {
	if r.Program != nil {
		c.Judge = r.Program(steps.Member{Index: index, Of: cores, Shared: true})
	}
}

// filtered is the end of the chain in software: what a service refuses has cost the core as much as the rest.
func (r *Rack) filtered(onCore sim.Hop) []sim.Hop {
	hops := []sim.Hop{onCore}
	filters := opens(r.Scenario)
	for _, s := range r.Scenario.Services {
		filters = filters || s.Name == "firewall" || s.Name == "route"
	}
	if filters {
		hops = append(hops, sim.Hop{Op: sim.OpFilter, Name: "filter"})
	}
	return append(hops, sim.Hop{Op: sim.OpLeaveChain})
}
