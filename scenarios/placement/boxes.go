package placement

import (
	"errors"
	"fmt"

	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// What a chain is like when each of its services is in a box of its own, and which chains cannot be.

// apart reports whether each service is on a chip of its own.
func (p Placement) apart() bool { return p.Name == "discrete" }

// boxNames names the boxes after their services; the second of a kind has a number.
func boxNames(services []service.Service) []string {
	var names []string
	seen := map[string]int{}
	for i := range services {
		name := services[i].Name
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s-%d", name, seen[name])
		}
		names = append(names, name)
	}
	return names
}

// sizeAt says what packets are like on the network's side of the n-th service, or behind all services: in all tunnels, in the
// overlay that ESP was taken off, or as the tenants exchange them.
func sizeAt(c *asic.Chain, n int) size {
	overlay := uint32(0)
	for i := range c.Services {
		switch {
		case i >= n && c.Services[i].Ciphers():
			return size{form: packet.Tunnelled}
		case i >= n && c.Services[i].Overlay():
			overlay = uint32(c.Services[i].Headers())
		}
	}
	return size{form: packet.Plain, more: overlay}
}

// refusedElsewhere lists the reasons that are known before a packet comes to the box of the n-th service, and for which other
// boxes refuse it: what rules and routes say is worked out before the run, and so is what becomes of tunnels. What the headers of
// a tenant are like is seen by boxes only whose parser gets to them.
func refusedElsewhere(c *asic.Chain, n int) (bits uint32) {
	for i := range c.Services {
		s := &c.Services[i]
		if i == n {
			continue
		}
		if bits |= s.Foreseen; s.Tunnel != nil {
			bits |= s.Tunnel.Refuses
		}
		if s.Overlay() && c.Services[n].Ciphers() {
			bits |= 1 << stats.DropParser
		}
	}
	return bits
}

// boxed says why the services of a scenario cannot be in a box each, or nil.
func boxed(s *scenarios.Scenario, c *asic.Chain, hw *profile.Profile) error {
	if len(s.Services) == 0 {
		return errors.New("there is no service to put in a box")
	}
	for i := range s.Services {
		if err := ownBox(s, i); err != nil {
			return err
		}
		if _, err := c.Alone(i, hw); err != nil {
			return err
		}
	}
	return follows(s)
}

// ownBox says why a service cannot be in a box of its own.
func ownBox(s *scenarios.Scenario, n int) error {
	v := &s.Services[n]
	k := v.Kind.Chip
	switch {
	case v.Kind.NoBox != "":
		return errors.New(v.Kind.NoBox)
	case k.Tunnel != nil || k.Step != nil && k.Step.OnCipherText: // these need not see the tenants' headers
		return nil
	}
	for i := n + 1; i < len(s.Services); i++ {
		if later := &s.Services[i]; later.Kind.Chip.Tunnel != nil {
			return fmt.Errorf("%s in a box of its own in front of %s sees the tunnel's headers only; list it behind %s", v.Name, later.Name, later.Name)
		}
	}
	return nil
}

// follows says why services cannot work in boxes one after the other. What nat and lb make of a packet's headers is followed
// inside one device only, so nobody behind them may go by the headers.
func follows(s *scenarios.Scenario) error {
	rewrites, judges := "", ""
	for i := range s.Services {
		v := &s.Services[i]
		switch step := v.Kind.Chip.Step; {
		case step == nil || !step.Rewrites:
			if v.JudgesHeaders() {
				judges = v.Name
			}
		case rewrites != "":
			judges = v.Name
		default:
			rewrites = v.Name
		}
	}
	if rewrites == "" || judges == "" {
		return nil
	}
	return fmt.Errorf("%s and %s cannot be in a box each: the headers that %s rewrites are followed inside one DSN only, and %s goes by them",
		rewrites, judges, rewrites, judges)
}
