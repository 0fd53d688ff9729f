package chain

import (
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/units"
)

// IPsec is ESP in tunnel mode.
var IPsec = Kind{Chip: &service.IPsec, Options: ipsecOptionsOf, Keys: ipsecOptions{},
	Work: func(costs *profile.Software, s *Service) profile.Work {
		if s.KeyBits > 128 {
			return costs.IPsec256
		}
		return costs.IPsec
	},
	Size: func(sizes *service.Sizes, s *Service, at Site) {
		if s.Tunnels > 0 {
			sizes.Tunnels = 2 * int64(s.Tunnels) * at.Servers
		}
		sizes.KeyBits, sizes.Window = s.KeyBits, s.AntiReplay
	},
	Stack: func(t *tunnel.Stack, s *Service) {
		if s.KeyBits > 0 {
			t.KeyLen = s.KeyBits / 8
		}
		t.ESN, t.Window, t.UniformCipher = s.ESN, s.AntiReplay, s.DSCP == "uniform"
	}}

// shortestRekey bounds rekeying. Assumed: no engine makes a handshake in less.
const shortestRekey = 10 * units.Microsecond

// ipsecOptions are the options of ipsec.
type ipsecOptions struct {
	// Tunnels is how many security associations there are for each server and direction; 0 for one for each VM.
	Tunnels units.Count `yaml:"tunnels"`
	// KeyBits is the length of the AES keys.
	KeyBits int `yaml:"key_bits" strict:"oneof=128|256"`
	// ESN asks for extended sequence numbers of 64 bits.
	ESN bool `yaml:"esn"`
	// AntiReplay is the window of a receiver in packets, 0 for none.
	AntiReplay units.Count `yaml:"anti_replay"`
	// Setup says when tunnels get their keys: at_start or on_demand, by the first packet. Without it they have them.
	Setup string `yaml:"setup" strict:"oneof=at_start|on_demand"`
	// Rekey is how long after a handshake the next one is made.
	Rekey units.Duration `yaml:"rekey"`
	// DSCP is as in Service.
	DSCP string `yaml:"dscp" strict:"oneof=pipe|uniform"`
}

// ipsec decodes the options of ipsec.
func ipsecOptionsOf(s *Service, n *strict.Node) {
	o := ipsecOptions{AntiReplay: tunnel.WindowSize}
	n.Decode(&o)
	s.Tunnels = entries(n, "tunnels", o.Tunnels, maxTunnels)
	s.KeyBits, s.ESN = o.KeyBits, o.ESN
	s.Setup, s.Rekey, s.DSCP = o.Setup, o.Rekey, o.DSCP
	if n.Has("rekey") && (o.Rekey < shortestRekey || o.Rekey > longestTimeout) {
		n.At("rekey").Errorf("expected a time from %s to %s, got %s", shortestRekey, longestTimeout, o.Rekey)
	}
	if n.Has("rekey") && !n.Has("setup") {
		n.At("rekey").Errorf("rekey needs setup: at_start or on_demand, which say when the first keys are made")
	}
	switch {
	case o.AntiReplay < 0 || o.AntiReplay > tunnel.MaxWindow:
		n.At("anti_replay").Errorf("expected a window from 1 to %d sequence numbers, or 0 for none, got %s", tunnel.MaxWindow, o.AntiReplay)
	case o.AntiReplay == 0 && o.ESN:
		n.At("anti_replay").Errorf("esn needs the anti-replay window: a packet carries half of an extended number, and the window tells the rest")
	case o.AntiReplay == 0:
		s.AntiReplay = tunnel.NoWindow
	case n.Has("anti_replay"):
		s.AntiReplay = int(o.AntiReplay)
	}
}
