package placement

import (
	"fmt"
	"slices"

	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim/units"
)

// What takes power in a placement. Each charge names the station that counts it, so that it is made by the visit that
// costs the time.

// chargeChip charges a DSN chip whose stations carry the name, and the card or board around it.
func (r *Rack) chargeChip(name string, owner int) {
	p, d := &r.Profile.Power, &r.Profile.DSN
	stages := units.Energy(len(r.Chain.Stages))
	r.Power.Draws = append(r.Power.Draws, power.Draw{Operation: "at rest", Component: power.Static, Owner: owner, Power: p.Static.Value})
	charge := func(operation string, c power.Component, station string, visit, perByte units.Energy) {
		r.Power.Charges = append(r.Power.Charges, power.Charge{Operation: operation, Component: c, Owner: owner,
			Resource: name + station, PerVisit: visit, PerByte: perByte})
	}
	charge("parse", power.Parser, ".parser", 0, p.ParserByte.Value)
	charge("deparse", power.Parser, ".deparser", 0, p.ParserByte.Value)
	charge(fmt.Sprintf("PHV through %d stages", len(r.Chain.Stages)), power.Parser, ".parser", p.PHVStage.Value*stages, 0)
	charge("SRAM and TCAM", power.Stages, ".parser", r.Chain.Map.Energy, 0)
	if r.Chain.Crypto {
		charge("AES-GCM", power.Crypto, ".crypto", 0, 8*p.CryptoBit.Value)
	}
	bytes := 8 * p.MemoryBit.Value
	if r.Chain.Crypto && d.Memory.Channels.Value > 0 {
		charge("contexts "+d.Memory.Kind.Value, power.Memory, ".crypto-contexts", 0, bytes)
	}
	if r.Chain.FlowTable {
		charge("tables "+d.Memory.Kind.Value, power.Memory, ".flow-memory", 0, bytes)
	}
}

// chargeFlows charges a chip that enters flows: the write of each entry and, where cores of the chip do it, their cycles; and
// the reads of ageing.
func (r *Rack) chargeFlows(dsn *asic.DSN, name string, owner int) {
	if !dsn.Learns() {
		return
	}
	p, d := &r.Profile.Power, &r.Profile.DSN
	add := func(c power.Charge) {
		c.Owner, c.Resource = owner, name+c.Resource
		r.Power.Charges = append(r.Power.Charges, c)
	}
	by := ".learner"
	if r.Chain.Insertion != asic.ByHardware {
		by = ".arm"
		// 1 fJ a cycle at 1 THz is 1 mW.
		add(power.Charge{Operation: "cores of the chip", Component: power.ARM, Resource: by,
			PerBusy: units.Power(int64(p.ARMCycle.Value) * int64(d.ARM.Clock.Value/units.MHz) / 1_000_000)})
	}
	access := 8 * asic.Burst * p.MemoryBit.Value
	if r.Chain.FlowTable {
		add(power.Charge{Operation: "new flows " + d.Memory.Kind.Value, Component: power.Memory, Resource: by, PerVisit: access})
	} else {
		add(power.Charge{Operation: "new flows SRAM", Component: power.Stages, Resource: by, PerVisit: d.Stage.SRAMWrite.Value})
	}
	if dsn.Ages() {
		add(power.Charge{Operation: "ageing " + d.Memory.Kind.Value, Component: power.Memory, Resource: ".ageing", PerVisit: access})
	}
}

// chargeHandshakes charges the engine that a row of chips has for handshakes, to each chip its share.
func (r *Rack) chargeHandshakes(dsn *asic.DSN, name string) {
	if _, keyed := dsn.Handshakes(); !keyed {
		return
	}
	n, all := dsn.Chips(), r.Profile.Power.AsymmetricUnit.Value
	if r.Chain.Homes != nil && n > 1 { // each has its own
		for i := range n {
			r.Power.Charges = append(r.Power.Charges, power.Charge{Operation: "handshakes", Component: power.Crypto, Owner: r.dsns + i,
				Resource: asic.ChipName(name, i, n) + ".handshake", PerBusy: all})
		}
		return
	}
	for i := range n {
		share := all*units.Power(i+1)/units.Power(n) - all*units.Power(i)/units.Power(n) // they add up
		r.Power.Charges = append(r.Power.Charges, power.Charge{Operation: "handshakes", Component: power.Crypto, Owner: r.dsns + i,
			Resource: name + ".handshake", PerBusy: share})
	}
}

// chargeBuffer charges a port of a chip whose packets the traffic manager holds: each byte is written to a block of SRAM and read
// from it.
func (r *Rack) chargeBuffer(owner int, port string) {
	const blockBytes = 16 // source: 1024 x 128 bit (p4lang/p4c backends/tofino specs/mau_spec.h)
	s := &r.Profile.DSN.Stage
	r.Power.Charges = append(r.Power.Charges, power.Charge{Operation: "buffer", Component: power.Buffer, Owner: owner, Resource: port,
		PerByte: (s.SRAMWrite.Value + s.SRAMRead.Value) / blockBytes})
}

// perBit is the power of a line of a rate that takes an energy for each bit, while bits pass.
func perBit(e units.Energy, rate units.Rate) units.Power {
	// 1 fJ a bit at 1 Tbps is 1 mW.
	const tbps = 1000 * units.Gbps
	return units.Power(int64(e) * int64(rate/units.Mbps) / int64(tbps/units.Mbps))
}

// chargePort charges one end of a link for the bits of the stations that send along it, in either direction.
func (r *Rack) chargePort(c power.Component, owner int, rate units.Rate, stations ...string) {
	for _, s := range stations {
		r.Power.Charges = append(r.Power.Charges, power.Charge{Operation: "SerDes " + rate.String(), Component: c, Owner: owner, Resource: s,
			PerBusy: perBit(r.Profile.Power.EthernetBit.Value, rate)})
	}
}

// chargeModule draws the module at one end of a cable.
func (r *Rack) chargeModule(c power.Component, owner int, rate units.Rate, length units.Length) {
	name, draw := module(r.Profile, rate, length)
	r.Power.Draws = append(r.Power.Draws, power.Draw{Operation: name, Component: c, Owner: owner, Power: draw})
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

// chargeSlot charges one end of a server's PCIe link.
func (r *Rack) chargeSlot(c power.Component, server int) {
	for _, half := range []string{"pcie.up", "pcie.down"} {
		r.Power.Charges = append(r.Power.Charges, power.Charge{Operation: "PCIe lanes", Component: c, Owner: server, Resource: of(half, server),
			PerBusy: perBit(r.Profile.Power.PCIeBit.Value, r.link.Rate())})
	}
}

// chargeNIC charges the ordinary NIC of a server, at its end of the slot and of the link whose senders are named.
func (r *Rack) chargeNIC(server int, cable units.Length, senders ...string) {
	if r.Scenario.Rack.Deployment != "brownfield" { // there it is in the server already
		r.Bill.Add(prices.NIC, 1)
	}
	rate := r.Scenario.Rack.Server.NIC.Rate
	r.Power.Draws = append(r.Power.Draws, power.Draw{Operation: "at rest", Component: power.HostNIC, Owner: server, Power: r.Profile.Power.HostNIC.Value})
	r.chargeModule(power.HostNIC, server, rate, cable)
	r.chargePort(power.HostNIC, server, rate, senders...)
	r.chargeSlot(power.HostNIC, server)
}

// chargeServerLink charges a card of a server for the link to the ToR.
func (r *Rack) chargeServerLink(c power.Component, server int) {
	rate := r.Scenario.Rack.Server.NIC.Rate
	r.chargeModule(c, server, rate, r.Scenario.Rack.Cables.ServerToR)
	r.chargePort(c, server, rate, of("tor.port", server), of("server.port", server))
}

// chargeServerNIC charges the ordinary NIC that a server has towards the ToR.
func (r *Rack) chargeServerNIC(server int) {
	r.chargeNIC(server, r.Scenario.Rack.Cables.ServerToR, of("tor.port", server), of("server.port", server))
}

// chargeCores draws the host cores that poll for the DSN of one server.
func (r *Rack) chargeCores(server, cores int) {
	r.Bill.Add(prices.HostCore, cores)
	r.Power.Draws = append(r.Power.Draws, power.Draw{Operation: fmt.Sprintf("%d cores polling", cores), Component: power.HostCores, Owner: server,
		Power: r.Profile.Power.HostCore.Value * units.Power(cores)})
}

// chargeToRPorts draws ports of the merchant switch beside those of servers and uplink.
func (r *Rack) chargeToRPorts(ports int) {
	r.Bill.Add(prices.ToRPort, ports)
	r.Power.Draws = append(r.Power.Draws, power.Draw{Operation: fmt.Sprintf("%d ports", ports), Component: power.ToRPorts,
		Power: r.Profile.Power.ToRPort.Value * units.Power(ports)})
}

// Governed is DSNs whose clocks a governor changes: the owners in the power plan count up from First.
type Governed struct {
	*asic.DSN
	First int
}

// govern lets the clocks of a DSN be changed, if the scenario slows those that take more than they may.
func (r *Rack) govern(dsn *asic.DSN, name string, first int) {
	p := &r.Scenario.DSN.Power
	if p.Over != "throttle" {
		return
	}
	dsn.Govern(r.Engine, r.Profile, name, asic.Domains{Pipeline: slices.Contains(p.Domains, "pipeline"), Crypto: slices.Contains(p.Domains, "crypto")})
	r.Governed = append(r.Governed, Governed{dsn, first})
}
