package chain

import (
	"github.com/dsnsim/dsnsim/asic/psp"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/units"
)

// PSP is Google's PSP in tunnel mode.
var PSP = Kind{Chip: &psp.Service, Options: pspOptionsOf, Keys: pspOptions{},
	Work: func(costs *profile.Software, s *Service) profile.Work {
		w := IPsec.Work(costs, s) // the same cipher
		w.Cycles.Value += psp.SoftwareKeyCycles
		return w
	},
	Size: func(sizes *service.Sizes, s *Service, at Site) {
		if s.Tunnels > 0 {
			sizes.Tunnels = 2 * int64(s.Tunnels) * at.Servers
		}
		sizes.KeyBits = s.KeyBits
	},
	Stack: func(t *tunnel.Stack, s *Service) {
		if s.KeyBits > 0 {
			t.KeyLen = s.KeyBits / 8
		}
		t.UniformCipher = s.DSCP == "uniform"
	}}

// pspOptions are the options of psp.
type pspOptions struct {
	// Tunnels is how many tunnels there are for each server and direction; 0 for one for each VM.
	Tunnels units.Count `yaml:"tunnels"`
	// KeyBits is the length of the AES keys: 128 is version 0 of the protocol, 256 version 1.
	KeyBits int `yaml:"key_bits" strict:"oneof=128|256"`
	// DSCP is as in Service.
	DSCP string `yaml:"dscp" strict:"oneof=pipe|uniform"`
}

// pspOptionsOf decodes the options of psp.
func pspOptionsOf(s *Service, n *strict.Node) {
	var o pspOptions
	n.Decode(&o)
	s.Tunnels = entries(n, "tunnels", o.Tunnels, maxTunnels)
	s.KeyBits, s.DSCP = o.KeyBits, o.DSCP
}
