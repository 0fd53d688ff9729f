package placement

import (
	"github.com/dsnsim/dsnsim/asic/management"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/pcie/firewall"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/fit"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Placement is one place for the DSN.
type Placement struct {
	Name string
	// build lays out the ways of one server's packets. It is called for each server in turn.
	build func(r *Rack, server int) (inbound, outbound *PathBuilder)
	// serves says how many servers' packets pass one DSN chip, which must be able to run the chain.
	serves reach
	// place is where the DSN is as seen from a server; carries says that packets pass through its PCIe functions.
	place   management.Place
	carries bool
	// endpoint lays out what a server's workloads take: from its card to the far side of the spine, and into its memory.
	endpoint func(r *Rack, server int) *RDMAEndpoint
	// cabled says that a PCIe link leads from a shared box into each server.
	cabled bool
	// across lays out the way of packets from the VMs of one server to those of another, or of the same. It comes behind build
	// for all servers.
	across func(r *Rack, from, to int) *PathBuilder
	// ports is how many ports of the ToR its boxes take beside those of servers and uplink; nil for none. replacesToR says that
	// its box is the ToR.
	ports       func(s *scenarios.Scenario) int
	replacesToR bool
}

// All lists the placements, from inside the server outwards, and what there was before DSNs.
var All = []Placement{
	{Name: "software", build: software, serves: noChip, place: management.HostMemory, endpoint: nicEndpoint, across: softwareAcross},
	{Name: "nic", build: nic, serves: oneServer, place: management.Card, carries: true, endpoint: cardEndpoint, across: nicAcross},
	{Name: "bump-in-the-wire", build: bumpInTheWire, serves: oneServer, place: management.Card, endpoint: cardEndpoint, across: bumpAcross},
	{Name: "tor", build: tor, serves: wholeRack, place: management.Box, replacesToR: true, endpoint: torEndpoint, across: torAcross},
	{Name: "appliance", build: appliance, serves: wholeRack, place: management.Box, ports: appliancePorts, endpoint: applianceEndpoint, across: applianceAcross},
	{Name: "discrete", build: discrete, serves: wholeRack, place: management.Box, ports: discretePorts, endpoint: noEndpoint, across: discreteAcross},
}

// Find returns the placement of a name.
func Find(name string) (Placement, bool) {
	for _, p := range All {
		if p.Name == name {
			return p, true
		}
	}
	return Placement{}, false
}

// Place returns what the placement takes of a scenario's rack.
func (p Placement) Place(s *scenarios.Scenario) fit.Place {
	place := fit.Place{Where: p.place, Carries: p.carries, Cabled: p.cabled, ReplacesToR: p.replacesToR}
	if p.ports != nil {
		place.Ports = p.ports(s)
	}
	if p.place == management.HostMemory {
		place.Cores = s.DSN.Software.Cores
	}
	place.Supply, _ = s.Budget(p.Name)
	return place
}

// Fit asks whether the placement can be deployed with the hardware of a profile.
func (p Placement) Fit(s *scenarios.Scenario, hw *profile.Profile) fit.Report {
	return fit.Assess(s, hw, p.Place(s))
}

// Refuse says why the placement cannot be deployed with the hardware of a profile, or nothing.
func (p Placement) Refuse(s *scenarios.Scenario, hw *profile.Profile) []string {
	return p.Fit(s, hw).Reasons()
}

// Domain returns who may do what to the placement's DSN from inside one server, or the reason why its firewall cannot
// hold the windows of so many functions.
func (p Placement) Domain(s *scenarios.Scenario, hw *profile.Profile) (*management.Domain, error) {
	setup := management.Setup{Place: p.place, VMs: s.Rack.Server.VMs, Memory: hw.DSN.Memory.Capacity.Value, Cabled: p.cabled,
		Unguarded: !s.DSN.PCIeFirewall, Firewall: FirewallSpec(s, hw)}
	if p.place == management.Card && s.Rack.Server.NIC.SRIOV {
		setup.VFs = setup.VMs
	}
	switch s.DSN.Management {
	case "out_of_band":
		setup.Mode = management.OutOfBand
	case "host":
		setup.Mode = management.Host
	}
	return management.New(setup)
}

// CarriesPackets reports whether the packets of a VM pass through its function of the DSN's card.
func (p Placement) CarriesPackets() bool { return p.carries }

// dmaBurst is how much a function may move at once above its share.
// assumed: 16 pages, about what one large request of a storage queue moves
const dmaBurst = 64 * units.KiB

// FirewallSpec declares the PCIe firewall of a card. What a function may move by itself, beside the packets that the
// card sends and receives for it, is an equal share of the port.
func FirewallSpec(s *scenarios.Scenario, hw *profile.Profile) firewall.Spec {
	f := &hw.DSN.PCIeFirewall
	every := func(rate int) units.Duration { return units.Second / units.Duration(rate) }
	return firewall.Spec{
		Windows: f.Windows.Value,
		Reports: firewall.Reports{Every: every(f.ReportRate.Value), Burst: f.ReportBurst.Value},
		Limit: firewall.Limit{Doorbell: every(f.DoorbellRate.Value), Burst: f.DoorbellBurst.Value,
			DMA: s.Rack.Server.NIC.Rate / units.Rate(s.Rack.Server.VMs), Bytes: dmaBurst},
	}
}

// Across lays out the way of packets from the VMs of one server to those of another, or of the same. It comes behind Build for
// all servers. Where each server has a DSN of its own, packets between servers pass both, in the tunnel between them: they
// leave the one as outbound packets do and come to the other as inbound packets do. Where the rack shares a DSN they pass
// it once, and need no tunnel, since both servers are on one network with it (book chapter 9.4.4).
func (r *Rack) Across(p Placement, from, to int) *PathBuilder {
	r.onHost, r.carries = p.place == management.HostMemory, p.carries
	return p.across(r, from, to)
}

// CanCross reports whether the placement has ways between VMs.
func (p Placement) CanCross() bool { return p.across != nil }
