package scenarios

import (
	"slices"

	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/units"
)

// overlayNames lists the services that carry a tenant's frames in a tunnel, with the names that people know.
var overlayNames = [][2]string{{"vxlan", "VXLAN"}, {"geneve", "Geneve"}, {"gre", "GRE"}}

func isOverlay(service string) bool {
	return slices.ContainsFunc(overlayNames, func(o [2]string) bool { return o[0] == service })
}

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

// overlayOptions are the options of vxlan and geneve, greOptions the options of gre.
type overlayOptions struct {
	// VNI is the number of the first tenant's network of each server; the others follow it.
	VNI *units.Count `yaml:"vni"`
	// DSCP is as in Service.
	DSCP string `yaml:"dscp" strict:"oneof=pipe|uniform"`
}

type greOptions struct {
	// Key is that of the first tenant of each server; the others follow it.
	Key *units.Count `yaml:"key"`
	// DSCP is as in Service.
	DSCP string `yaml:"dscp" strict:"oneof=pipe|uniform"`
}

// ipsec decodes the options of ipsec.
func (s *Service) ipsec(n *strict.Node) {
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

// overlay decodes the options of vxlan, geneve and gre: the number of the first tenant's network.
func (s *Service) overlay(n *strict.Node) {
	key, highest := "vni", units.Count(tunnel.MaxVNI)
	var base *units.Count
	if s.Name == "gre" {
		key, highest = "key", 1<<32-1
		var o greOptions
		n.Decode(&o)
		base, s.DSCP = o.Key, o.DSCP
	} else {
		var o overlayOptions
		n.Decode(&o)
		base, s.DSCP = o.VNI, o.DSCP
	}
	if base == nil {
		return
	}
	if *base < 1 || *base > highest {
		n.At(key).Errorf("expected a number from 1 to %d, got %s", int64(highest), *base)
		return
	}
	s.FirstTenant = uint32(*base)
}

// checkTunnels checks that the tunnels of the chain can be one in the other. first has the place of each service.
func (s *Scenario) checkTunnels(items []*strict.Node, first map[string]int) {
	overlay := -1
	for i, service := range s.Services {
		if !isOverlay(service.Name) {
			continue
		}
		if overlay >= 0 && service.Name != s.Services[overlay].Name {
			items[i].Errorf("%s and %s cannot be in one chain: a tenant's frame is carried by one overlay; leave one out "+
				"(ipsec around it makes a second level of tunnels)", s.Services[overlay].Name, service.Name)
		}
		overlay = max(overlay, i)
		s.checkOverlay(items[i], i, first)
	}
	telemetry, found := first["telemetry"]
	geneve, carried := first["geneve"]
	switch {
	case found && !carried:
		items[telemetry].Errorf("telemetry needs geneve before it: what it writes travels in an option of the Geneve header")
	case found && telemetry < geneve:
		items[telemetry].Errorf("telemetry cannot come before geneve: its option is in the Geneve header, which must be read first; " +
			"list services from the network to the VM")
	}
}

func (s *Scenario) checkOverlay(at *strict.Node, i int, first map[string]int) {
	service := &s.Services[i]
	if ipsec, found := first["ipsec"]; found && i < ipsec {
		k := slices.IndexFunc(overlayNames, func(o [2]string) bool { return o[0] == service.Name })
		at.Errorf("%s cannot come before ipsec: the %s packet is inside the ESP tunnel, which must be decrypted first; "+
			"list services from the network to the VM", service.Name, overlayNames[k][1])
	}
	if last := int64(service.FirstTenant) + s.TunnelsEach() - 1; service.Name != "gre" && last > tunnel.MaxVNI {
		at.Errorf("the networks of %d tenants from %d on go beyond the highest, %d", s.TunnelsEach(), service.FirstTenant, tunnel.MaxVNI)
	} else if last >= 1<<32 {
		at.Errorf("the keys of %d tenants from %d on go beyond 32 bits", s.TunnelsEach(), service.FirstTenant)
	}
}

// TunnelsEach is how many tunnels a server has in one direction, and how many numbers an overlay needs: one for each VM unless the scenario
// says.
func (s *Scenario) TunnelsEach() int64 {
	for i := range s.Services {
		if v := &s.Services[i]; v.Name == "ipsec" && v.Tunnels > 0 {
			return int64(v.Tunnels)
		}
	}
	return int64(max(1, s.Rack.Server.VMs))
}

// Stack returns the tunnels of the chain with the options that the services give them.
func (s *Scenario) Stack() tunnel.Stack {
	stack := service.StackOf(s.Chain())
	for i := range s.Services {
		v := &s.Services[i]
		switch {
		case v.Name == "ipsec":
			if v.KeyBits > 0 {
				stack.KeyLen = v.KeyBits / 8
			}
			stack.ESN, stack.Window, stack.UniformESP = v.ESN, v.AntiReplay, v.DSCP == "uniform"
		case isOverlay(v.Name):
			if stack.Uniform = v.DSCP == "uniform"; v.FirstTenant > 0 {
				stack.FirstTenant = v.FirstTenant
			}
		}
	}
	return stack
}
