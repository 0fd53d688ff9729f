package chain

import (
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/internal/strict"
)

// Chain is the services of a scenario, with what is known where they stand in its file. Services go from the network to the VM: in front of
// a tunnel service, packets are in the tunnel in both directions.
type Chain struct {
	Services []Service
	Items    []*strict.Node
	// VMs is how many a server has.
	VMs int
}

// Check checks a chain as a whole.
func (c *Chain) Check() {
	seen := map[*Kind]bool{}
	for i := range c.Services {
		k := c.Services[i].Kind
		if k != nil && seen[k] && !k.Repeats {
			c.Items[i].Errorf("duplicate service %q", k.Chip.Name)
		}
		seen[k] = true
	}
	c.checkTunnels()
	for i := range c.Services {
		if k := c.Services[i].Kind; k != nil && k.Place != nil {
			k.Place(c, i)
		}
	}
}

// checkTunnels checks that the tunnels of the chain can be one in the other: a tenant's frame in one overlay, and that in one that
// ciphers.
func (c *Chain) checkTunnels() {
	overlay, cipher := -1, -1
	for i := range c.Services {
		switch v := &c.Services[i]; {
		case v.overlay():
			c.checkOverlay(i, overlay)
			overlay = max(overlay, i)
		case v.ciphers():
			if cipher >= 0 && v.Kind != c.Services[cipher].Kind {
				c.Items[i].Errorf("%s and %s cannot be in one chain: a packet is ciphered once; leave one out", c.Services[cipher].Name, v.Name)
			}
			cipher = max(cipher, i)
		}
	}
}

// checkOverlay complains about an overlay beside another one, and in front of a tunnel that ciphers.
func (c *Chain) checkOverlay(i, earlier int) {
	v := &c.Services[i]
	if earlier >= 0 && v.Kind != c.Services[earlier].Kind {
		c.Items[i].Errorf("%s and %s cannot be in one chain: a tenant's frame is carried by one overlay; leave one out "+
			"(ipsec around it makes a second level of tunnels)", c.Services[earlier].Name, v.Name)
	}
	for j := i + 1; j < len(c.Services); j++ {
		if later := &c.Services[j]; later.ciphers() {
			c.Items[i].Errorf("%s cannot come before %s: the %s packet is inside the %s tunnel, which must be decrypted first; "+
				"list services from the network to the VM", v.Name, later.Name, v.Kind.Chip.Tunnel.Title, later.Kind.Chip.Tunnel.Title)
			return
		}
	}
}

// find returns where the first service of a kind is, -1 for nowhere.
func (c *Chain) find(k *Kind) int {
	for i := range c.Services {
		if c.Services[i].Kind == k {
			return i
		}
	}
	return -1
}

// tunnelAround returns the tunnel service that the i-th service stands in front of, nil for none: of several the one that ciphers, else
// the first.
func (c *Chain) tunnelAround(i int) (inside *Service) {
	for j := i + 1; j < len(c.Services); j++ {
		if later := &c.Services[j]; later.ciphers() || later.overlay() && inside == nil {
			inside = later
		}
	}
	return inside
}

func (s *Service) overlay() bool { return s.Kind != nil && s.Kind.Chip.Overlay() }
func (s *Service) ciphers() bool { return s.Kind != nil && s.Kind.Chip.Ciphers() }

// Chips lists what the services of a chain are on a chip.
func Chips(list []Service) []service.Service {
	var chips []service.Service
	for i := range list {
		if k := list[i].Kind; k != nil {
			chips = append(chips, *k.Chip)
		}
	}
	return chips
}

// Stack returns the tunnels of a chain with the options that the services give them.
func Stack(list []Service) tunnel.Stack {
	stack := service.StackOf(Chips(list))
	for i := range list {
		if k := list[i].Kind; k != nil && k.Stack != nil {
			k.Stack(&stack, &list[i])
		}
	}
	return stack
}

// Tunnels returns how many tunnels a server has in each direction: one for each VM unless a service says.
func Tunnels(list []Service, vms int) uint32 {
	for i := range list {
		if list[i].Tunnels > 0 {
			return uint32(list[i].Tunnels)
		}
	}
	return uint32(max(1, vms))
}
