package placement

import (
	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
)

// reach says whose packets pass a chip.
type reach uint8

const (
	noChip reach = iota
	oneServer
	wholeRack
)

// NeedsChip reports whether packets pass a DSN chip. Without one, the rack's chain may be nil.
func (p Placement) NeedsChip() bool { return p.serves != noChip }

// Serves returns how many servers' packets pass one chip, 0 without a chip. Any chip of a shared box can get any flow, so
// it needs the tables of all servers, however many chips there are.
func (p Placement) Serves(s *scenarios.Scenario) int {
	switch p.serves {
	case oneServer:
		return 1
	case wholeRack:
		return s.Rack.Servers
	}
	return 0
}

// Chain compiles the scenario's services for the placement's chip, with tables for the servers that it serves, or says why
// the chip cannot run them. flows is how many flows a server has open, both directions together. A placement without a
// chip has no chain.
func (p Placement) Chain(s *scenarios.Scenario, hw *profile.Profile, flows int64) (*asic.Chain, error) {
	servers := p.Serves(s)
	if servers == 0 {
		return nil, nil
	}
	sizes := asic.DefaultSizes(servers, s.Rack.Server.VMs)
	sizes.Flows = flows * int64(servers)
	var names []string
	for _, v := range s.Services {
		names = append(names, v.Name)
		if v.Rules > 0 {
			sizes.Rules = int64(v.Rules) * int64(servers)
		}
		if v.Routes > 0 {
			sizes.Routes = int64(v.Routes) * int64(servers)
		}
		if v.Tunnels > 0 {
			sizes.Tunnels = 2 * int64(v.Tunnels) * int64(servers)
		}
		sizes.Stateless = sizes.Stateless || v.Name == "firewall" && !v.Stateful
	}
	return asic.Compile(names, hw, sizes)
}
