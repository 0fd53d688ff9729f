package account

import (
	"fmt"

	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Account is what a placement takes: power for each visit and at rest, and what is bought.
type Account struct {
	Power    power.Plan
	Bill     prices.Bill
	profile  *profile.Profile
	scenario *scenarios.Scenario
	slot     units.Rate // of a server's PCIe link
}

// New returns an account with nothing in it.
func New(p *profile.Profile, s *scenarios.Scenario, slot units.Rate) *Account {
	return &Account{profile: p, scenario: s, slot: slot}
}

// What takes power in a placement. Each charge names the station that counts it, so that it is made by the visit that
// costs the time.

// Chip charges a DSN chip whose stations carry the name, and the card or board around it.
func (a *Account) Chip(c *asic.Chain, name string, owner int) {
	p, d := &a.profile.Power, &a.profile.DSN
	stages := units.Energy(len(c.Stages))
	a.Power.Draws = append(a.Power.Draws, power.Draw{Operation: "at rest", Component: power.Static, Owner: owner, Power: p.Static.Value})
	charge := func(operation string, c power.Component, station string, visit, perByte units.Energy) {
		a.Power.Charges = append(a.Power.Charges, power.Charge{Operation: operation, Component: c, Owner: owner,
			Resource: name + station, PerVisit: visit, PerByte: perByte})
	}
	charge("parse", power.Parser, ".parser", 0, p.ParserByte.Value)
	charge("deparse", power.Parser, ".deparser", 0, p.ParserByte.Value)
	charge(fmt.Sprintf("PHV through %d stages", len(c.Stages)), power.Parser, ".parser", p.PHVStage.Value*stages, 0)
	charge("SRAM and TCAM", power.Stages, ".parser", c.Map.Energy, 0)
	if c.Crypto {
		charge("AES-GCM", power.Crypto, ".crypto", 0, 8*p.CryptoBit.Value)
	}
	bytes := 8 * p.MemoryBit.Value
	if c.Contexts() && d.Memory.Channels.Value > 0 {
		charge("contexts "+d.Memory.Kind.Value, power.Memory, ".crypto-contexts", 0, bytes)
	}
	if c.FlowTable {
		charge("tables "+d.Memory.Kind.Value, power.Memory, ".flow-memory", 0, bytes)
	}
}

// Flows charges a chip that enters flows: the write of each entry and, where cores of the chip do it, their cycles; and
// the reads of ageing.
func (a *Account) Flows(c *asic.Chain, dsn *asic.DSN, name string, owner int) {
	if !dsn.Learns() {
		return
	}
	p, d := &a.profile.Power, &a.profile.DSN
	add := func(c power.Charge) {
		c.Owner, c.Resource = owner, name+c.Resource
		a.Power.Charges = append(a.Power.Charges, c)
	}
	by := ".learner"
	if c.Insertion != asic.ByHardware {
		by = ".arm"
		// 1 fJ a cycle at 1 THz is 1 mW.
		add(power.Charge{Operation: "cores of the chip", Component: power.ARM, Resource: by,
			PerBusy: units.Power(int64(p.ARMCycle.Value) * int64(d.ARM.Clock.Value/units.MHz) / 1_000_000)})
	}
	access := 8 * asic.Burst * p.MemoryBit.Value
	if c.FlowTable {
		add(power.Charge{Operation: "new flows " + d.Memory.Kind.Value, Component: power.Memory, Resource: by, PerVisit: access})
	} else {
		add(power.Charge{Operation: "new flows SRAM", Component: power.Stages, Resource: by, PerVisit: d.Stage.SRAMWrite.Value})
	}
	if dsn.Ages() {
		add(power.Charge{Operation: "ageing " + d.Memory.Kind.Value, Component: power.Memory, Resource: ".ageing", PerVisit: access})
	}
}

// Handshakes charges the engine that a row of chips has for handshakes, to each chip its share.
func (a *Account) Handshakes(c *asic.Chain, dsn *asic.DSN, name string, first int) {
	if _, keyed := dsn.Handshakes(); !keyed {
		return
	}
	n, all := dsn.Chips(), a.profile.Power.AsymmetricUnit.Value
	if c.Homes != nil && n > 1 { // each has its own
		for i := range n {
			a.Power.Charges = append(a.Power.Charges, power.Charge{Operation: "handshakes", Component: power.Crypto, Owner: first + i,
				Resource: asic.ChipName(name, i, n) + ".handshake", PerBusy: all})
		}
		return
	}
	for i := range n {
		share := all*units.Power(i+1)/units.Power(n) - all*units.Power(i)/units.Power(n) // they add up
		a.Power.Charges = append(a.Power.Charges, power.Charge{Operation: "handshakes", Component: power.Crypto, Owner: first + i,
			Resource: name + ".handshake", PerBusy: share})
	}
}

// Buffer charges a port of a chip whose packets the traffic manager holds: each byte is written to a block of SRAM and read
// from it.
func (a *Account) Buffer(owner int, port string) {
	const blockBytes = 16 // source: 1024 x 128 bit (p4lang/p4c backends/tofino specs/mau_spec.h)
	s := &a.profile.DSN.Stage
	a.Power.Charges = append(a.Power.Charges, power.Charge{Operation: "buffer", Component: power.Buffer, Owner: owner, Resource: port,
		PerByte: (s.SRAMWrite.Value + s.SRAMRead.Value) / blockBytes})
}

// perBit is the power of a line of a rate that takes an energy for each bit, while bits pass.
func perBit(e units.Energy, rate units.Rate) units.Power {
	// 1 fJ a bit at 1 Tbps is 1 mW.
	const tbps = 1000 * units.Gbps
	return units.Power(int64(e) * int64(rate/units.Mbps) / int64(tbps/units.Mbps))
}

// Port charges one end of a link for the bits of the stations that send along it, in either direction.
func (a *Account) Port(c power.Component, owner int, rate units.Rate, stations ...string) {
	for _, s := range stations {
		a.Power.Charges = append(a.Power.Charges, power.Charge{Operation: "SerDes " + rate.String(), Component: c, Owner: owner, Resource: s,
			PerBusy: perBit(a.profile.Power.EthernetBit.Value, rate)})
	}
}

// Module draws the module at one end of a cable.
func (a *Account) Module(c power.Component, owner int, rate units.Rate, length units.Length) {
	name, draw := module(a.profile, rate, length)
	a.Power.Draws = append(a.Power.Draws, power.Draw{Operation: name, Component: c, Owner: owner, Power: draw})
}

// module returns what is plugged in at the end of a cable.
func module(p *profile.Profile, rate units.Rate, length units.Length) (string, units.Power) {
	const largestSFP = 50 * units.Gbps
	switch {
	case length <= p.Cable.CopperMax.Value:
		return "copper module", p.Power.CopperModule.Value
	case rate <= largestSFP:
		return "SFP module", p.Power.SFPModule.Value
	}
	return "QSFP module", p.Power.QSFPModule.Value
}

// Slot charges one end of a server's PCIe link.
func (a *Account) Slot(c power.Component, server int) {
	for _, half := range []string{"pcie.up", "pcie.down"} {
		a.Power.Charges = append(a.Power.Charges, power.Charge{Operation: "PCIe lanes", Component: c, Owner: server, Resource: of(half, server),
			PerBusy: perBit(a.profile.Power.PCIeBit.Value, a.slot)})
	}
}

// NIC charges the ordinary NIC of a server, at its end of the slot and of the link whose senders are named.
func (a *Account) NIC(server int, cable units.Length, senders ...string) {
	if a.scenario.Rack.Deployment != "brownfield" { // there it is in the server already
		a.Bill.Add(prices.NIC, 1)
	}
	rate := a.scenario.Rack.Server.NIC.Rate
	a.Power.Draws = append(a.Power.Draws, power.Draw{Operation: "at rest", Component: power.HostNIC, Owner: server, Power: a.profile.Power.HostNIC.Value})
	a.Module(power.HostNIC, server, rate, cable)
	a.Port(power.HostNIC, server, rate, senders...)
	a.Slot(power.HostNIC, server)
}

// ServerLink charges a card of a server for the link to the ToR.
func (a *Account) ServerLink(c power.Component, server int) {
	rate := a.scenario.Rack.Server.NIC.Rate
	a.Module(c, server, rate, a.scenario.Rack.Cables.ServerToR)
	a.Port(c, server, rate, of("tor.port", server), of("server.port", server))
}

// ServerNIC charges the ordinary NIC that a server has towards the ToR.
func (a *Account) ServerNIC(server int) {
	a.NIC(server, a.scenario.Rack.Cables.ServerToR, of("tor.port", server), of("server.port", server))
}

// Cores draws the host cores that poll for the DSN of one server.
func (a *Account) Cores(server, cores int) {
	a.Bill.Add(prices.HostCore, cores)
	a.Power.Draws = append(a.Power.Draws, power.Draw{Operation: fmt.Sprintf("%d cores polling", cores), Component: power.HostCores, Owner: server,
		Power: a.profile.Power.HostCore.Value * units.Power(cores)})
}

// ToRPorts draws ports of the merchant switch beside those of servers and uplink.
func (a *Account) ToRPorts(ports int) {
	a.Bill.Add(prices.ToRPort, ports)
	a.Power.Draws = append(a.Power.Draws, power.Draw{Operation: fmt.Sprintf("%d ports", ports), Component: power.ToRPorts,
		Power: a.profile.Power.ToRPort.Value * units.Power(ports)})
}

func of(name string, i int) string { return fmt.Sprintf("%s[%d]", name, i) }
