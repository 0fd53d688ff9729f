package placement

import (
	"slices"

	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/chain"
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
	at := chain.Site{Servers: servers, VMs: int64(s.Rack.Server.VMs), Classes: int64(len(s.Traffic)), Rules: c.Rules, Routes: c.Routes}
	for i := range s.Services {
		if v := &s.Services[i]; v.Kind.Size != nil {
			v.Kind.Size(&sizes, v, at)
		}
	}
	compiled, err := p.compile(s.Chain(), hw, sizes)
	if err == nil {
		compiled.Opens, compiled.Insertion, compiled.Keying = opens(s), insertion(&s.DSN), keyed(s)
		compiled.Homes = homes
		compiled.Punts = s.DSN.Parser.TooDeep == "punt" || s.DSN.Parser.Fragments == "punt"
		compiled.DropsDeep = s.DSN.Parser.TooDeep == "drop"
	}
	if err == nil && p.perService() {
		err = boxed(s, compiled, hw)
	}
	return compiled, err
}

// compile compiles the services for one chip, or leaves them to be compiled one by one.
func (p Placement) compile(services []service.Service, hw *profile.Profile, sizes service.Sizes) (*asic.Chain, error) {
	if p.perService() {
		return asic.PerService(services, sizes), nil
	}
	return asic.Compile(services, hw, sizes)
}

// opens reports whether packets of some traffic are really taken out of their tunnels.
func opens(s *scenarios.Scenario) bool {
	return slices.ContainsFunc(s.Traffic, func(t demand.Traffic) bool { return t.Decapsulates() })
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
