package placement

import (
	"github.com/dsnsim/dsnsim/asic/management"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/pcie/firewall"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim/units"
)

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
