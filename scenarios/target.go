package scenarios

import (
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/scenarios/chain"
	"github.com/dsnsim/dsnsim/sim/units"
)

// target is what a kind of user has where the scenario says nothing. docs/targets.md has the sources of each value.
type target struct {
	nic, uplink units.Rate
	// vms is how many tenants a server has, each with a VM; 0 for the default.
	vms int
	// Preset is what services have: where it says 0, rules and routes are those that the model gives each VM.
	chain.Preset
	// flows is how many flows a synthetic class has open for each server.
	flows units.Count
}

// presetOf returns the preset of a name; the zero value for none.
func presetOf(name string) target {
	// source: book chapter 9.1.3, flows of 1 Mbit, so 25,000 and 100,000 new ones a second at the rate of the NIC. assumed: each is
	// open for a second
	switch name {
	case "enterprise":
		// source: 9.1.3, the rate that enterprises move to, and the slower backbone; 9.1.2, the rules and routes of one tenant
		return target{nic: 25 * units.Gbps, uplink: 100 * units.Gbps, Preset: chain.Preset{PerServer: 1000}, flows: 25_000}
	case "cloud", "service-provider":
		// source: 9.1.3, the rate that providers move to, and the faster backbone; 9.1.2, 100 tenants. 9.3.2 asks the same of both kinds.
		// assumed: a million flows for each chip, where 9.1.2 has tens of millions for 40 servers, so that a rack can be simulated
		return target{nic: 100 * units.Gbps, uplink: 400 * units.Gbps, vms: 100, Preset: chain.Preset{Tracked: 1_000_000}, flows: 100_000}
	}
	return target{}
}

// targeted returns the preset that a scenario asks for, if any.
func targeted(n *strict.Node) target {
	if !n.Has("target") {
		return target{}
	}
	return presetOf(n.At("target").Text())
}

// rack changes the defaults of the rack, before the file is read over them.
func (t *target) rack(r *Rack) {
	if t.nic > 0 {
		r.Server.NIC.Rate, r.Uplink = t.nic, t.uplink
	}
	if t.vms > 0 {
		r.Server.VMs = t.vms
	}
}

// complete fills in what items of lists leave out, once they are read.
func (t *target) complete(s *Scenario, n *strict.Node) {
	if items := n.At("services").Items(); len(items) == len(s.Services) {
		for i := range s.Services {
			v, item := &s.Services[i], items[i]
			if v.Kind != nil && v.Kind.Preset != nil {
				v.Kind.Preset(v, t.Preset, func(key string) bool { return item.Has(v.Name) && item.At(v.Name).Has(key) })
			}
		}
	}
	if items := n.At("traffic").Items(); len(items) == len(s.Traffic) {
		for i := range s.Traffic {
			says := items[i].Has("flows") && items[i].At("flows").Has("concurrent")
			if c := &s.Traffic[i]; t.flows > 0 && !says && len(c.Sizes) > 0 && c.Incast == nil {
				c.Flows.Concurrent = t.flows
			}
		}
	}
}
