package chain

import (
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/units"
)

// The tunnels that carry a tenant's frames, whole.
var (
	VXLAN = Kind{Chip: &service.VXLAN, Options: networks, Keys: overlayOptions{}, Place: enoughNetworks, Stack: carried,
		Work: func(costs *profile.Software, _ *Service) profile.Work { return costs.VXLAN }}
	Geneve = Kind{Chip: &service.Geneve, Options: networks, Keys: overlayOptions{}, Place: enoughNetworks, Stack: carried,
		Work: func(costs *profile.Software, _ *Service) profile.Work { return costs.Geneve }}
	GRE = Kind{Chip: &service.GRE, Options: keys, Keys: greOptions{}, Place: enoughKeys, Stack: carried,
		Work: func(costs *profile.Software, _ *Service) profile.Work { return costs.GRE }}
)

func carried(t *tunnel.Stack, s *Service) {
	if t.Uniform = s.DSCP == "uniform"; s.FirstTenant > 0 {
		t.FirstTenant = s.FirstTenant
	}
}

// overlayOptions are the options of vxlan and geneve, greOptions the options of gre.
type overlayOptions struct {
	// VNI is the number of the first tenant's network of each server; the others follow it.
	VNI *units.Count `yaml:"vni"`
	// DSCP is as in Service.
	DSCP string `yaml:"dscp" strict:"oneof=pipe|uniform"`
}

type greOptions struct {
	// Key is the first tenant's of each server; the others follow it.
	Key *units.Count `yaml:"key"`
	// DSCP is as in Service.
	DSCP string `yaml:"dscp" strict:"oneof=pipe|uniform"`
}

// networks decodes the options of vxlan and geneve, keys those of gre.
func networks(s *Service, n *strict.Node) {
	var o overlayOptions
	n.Decode(&o)
	s.DSCP = o.DSCP
	s.firstTenant(n, "vni", o.VNI, tunnel.MaxVNI)
}

func keys(s *Service, n *strict.Node) {
	var o greOptions
	n.Decode(&o)
	s.DSCP = o.DSCP
	s.firstTenant(n, "key", o.Key, 1<<32-1)
}

// firstTenant takes the number of the first tenant's network.
func (s *Service) firstTenant(n *strict.Node, key string, number *units.Count, highest units.Count) {
	switch {
	case number == nil:
	case *number < 1 || *number > highest:
		n.At(key).Errorf("expected a number from 1 to %d, got %s", int64(highest), *number)
	default:
		s.FirstTenant = uint32(*number)
	}
}

// enoughNetworks checks that there are numbers for all tenants, enoughKeys that there are keys.
func enoughNetworks(c *Chain, i int) {
	first, tenants := c.Services[i].FirstTenant, Tunnels(c.Services, c.VMs)
	if int64(first)+int64(tenants)-1 > tunnel.MaxVNI {
		c.Items[i].Errorf("the networks of %d tenants from %d on go beyond the highest, %d", tenants, first, tunnel.MaxVNI)
	}
}

func enoughKeys(c *Chain, i int) {
	first, tenants := c.Services[i].FirstTenant, Tunnels(c.Services, c.VMs)
	if int64(first)+int64(tenants)-1 >= 1<<32 {
		c.Items[i].Errorf("the keys of %d tenants from %d on go beyond 32 bits", tenants, first)
	}
}
