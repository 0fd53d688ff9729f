package scenarios

import (
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/scenarios/chain"
)

// checkServices checks the chain as a whole.
func (s *Scenario) checkServices(n *strict.Node) {
	items := n.At("services").Items()
	if !n.Has("services") || len(items) != len(s.Services) || n.At("services").TooLong() {
		return
	}
	c := chain.Chain{Services: s.Services, Items: items, VMs: s.Rack.Server.VMs}
	c.Check()
}

// Chain lists what the services are on a chip.
func (s *Scenario) Chain() []service.Service { return chain.Chips(s.Services) }

// Stack returns the tunnels of the chain with the options that the services give them.
func (s *Scenario) Stack() tunnel.Stack { return chain.Stack(s.Services) }

// TunnelsEach is how many tunnels a server has in one direction: one for each VM unless the scenario says.
func (s *Scenario) TunnelsEach() uint32 { return chain.Tunnels(s.Services, s.Rack.Server.VMs) }
