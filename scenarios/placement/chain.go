package placement

import (
	"slices"

	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/demand"
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

// Serves returns how many servers' packets pass one chip, 0 without a chip. Where flows are spread over the chips of a shared
// box, any chip can get any flow, so it needs the tables of all servers, however many chips there are. Where servers are
// pinned to chips, it is what the chip with most of them has.
func (p Placement) Serves(s *scenarios.Scenario) int {
	switch p.serves {
	case oneServer:
		return 1
	case wholeRack:
		if homes := p.homes(s); homes != nil {
			return most(homes)
		}
		return s.Rack.Servers
	}
	return 0
}

// Shared reports whether all servers share the DSN.
func (p Placement) Shared() bool { return p.serves == wholeRack }

// Contents is what goes into tables beside the counts that a scenario gives.
type Contents struct {
	// Flows is how many flows a server has open, both directions together.
	Flows int64
	// Rules and Routes are those of lists and files, as TCAM entries: one set for all servers. 0 where there is none.
	Rules, Routes int64
}

// Chain compiles the scenario's services for the placement's chip, with tables for the servers that it serves, or says why
// the chip cannot run them. A placement without a chip has no chain.
func (p Placement) Chain(s *scenarios.Scenario, hw *profile.Profile, c Contents) (*asic.Chain, error) {
	servers := int64(p.Serves(s))
	if servers == 0 {
		return nil, nil
	}
	homes := p.homes(s)
	if err := pinnable(s); homes != nil && err != nil {
		return nil, err
	}
	sizes := service.DefaultSizes(int(servers), s.Rack.Server.VMs)
	sizes.Flows = c.Flows * servers
	for i := range s.Services {
		v := &s.Services[i]
		switch v.Name {
		case "ipsec":
			if v.Tunnels > 0 {
				sizes.Tunnels = 2 * int64(v.Tunnels) * servers
			}
			sizes.KeyBits, sizes.Window = v.KeyBits, int(v.AntiReplay)
		case "firewall":
			sizeFirewall(&sizes, v, c.Rules, servers)
		case "route":
			if v.Routes > 0 {
				sizes.Routes = int64(v.Routes) * servers
			}
			if c.Routes > 0 {
				sizes.Routes, sizes.SharedRoutes = c.Routes, true
			}
		case "nat":
			sizes.Sessions, sizes.Static = int64(v.NAT.Sessions), int64(len(v.NAT.Static))
		case "lb":
			sizes.Balanced, sizes.VIPs, sizes.Backends = int64(v.LB.Flows), int64(len(v.LB.VIPs)), int64(v.LB.Backends())
			sizes.Places = sizes.VIPs * int64(v.LB.Table)
		case "policer":
			sizes.Meters = append(sizes.Meters, servers*meters(s, v.Policer))
		case "mirror":
			sizes.Mirrored = append(sizes.Mirrored, mirrored(v.Mirror))
		}
	}
	chain, err := p.compile(s.Chain(), hw, sizes)
	if err == nil {
		chain.Opens, chain.Insertion, chain.Keying = opens(s), insertion(&s.DSN), keyed(s)
		chain.Homes = homes
		chain.Punts = s.DSN.Parser.TooDeep == "punt" || s.DSN.Parser.Fragments == "punt"
		chain.DropsDeep = s.DSN.Parser.TooDeep == "drop"
	}
	if err == nil && p.apart() {
		err = boxed(s, chain, hw)
	}
	return chain, err
}

// compile compiles the services for one chip, or leaves them to be compiled one by one.
func (p Placement) compile(services []service.Service, hw *profile.Profile, sizes service.Sizes) (*asic.Chain, error) {
	if p.apart() {
		return asic.Apart(services, sizes), nil
	}
	return asic.Compile(services, hw, sizes)
}

// opens reports whether packets of some traffic are really taken out of their tunnels.
func opens(s *scenarios.Scenario) bool {
	return slices.ContainsFunc(s.Traffic, func(t demand.Traffic) bool { return t.Opened() })
}

// meters returns how many meters a policer has for each server.
func meters(s *scenarios.Scenario, p *scenarios.Policer) int64 {
	n := map[string]int{"vm": s.Rack.Server.VMs, "server": 1, "class": len(s.Traffic)}[p.Per]
	if p.Direction == "both" {
		n *= 2
	}
	return int64(n)
}

// mirrored returns how many TCAM entries a mirror's rules take, -1 where it has none.
func mirrored(m *scenarios.Mirror) int64 {
	if len(m.Rules) == 0 {
		return -1
	}
	n := int64(0)
	for i := range m.Rules {
		for _, r := range m.Rules[i].Tables() {
			n += int64(r.TCAMEntries())
		}
	}
	return n
}

// insertion says who enters flows.
func insertion(d *scenarios.DSN) asic.Insertion {
	switch {
	case d.Insertion != "arm":
		return asic.ByHardware
	case d.Upcall == "pass":
		return asic.ByCores
	}
	return asic.ByUpcall
}

// sizeFirewall sizes the tables of a firewall. One that follows connections has room for as many as it may track, on
// each chip; another for the flows that there are.
func sizeFirewall(sizes *service.Sizes, v *scenarios.Service, listed, servers int64) {
	if v.Rules > 0 {
		sizes.Rules = int64(v.Rules) * servers
	}
	if listed > 0 {
		sizes.Rules, sizes.SharedRules = listed, true
	}
	sizes.Stateless = !v.Stateful
	if v.Tracks {
		sizes.Flows = policy.DefaultFlows
		if v.FlowEntries > 0 {
			sizes.Flows = int64(v.FlowEntries)
		}
	}
}
