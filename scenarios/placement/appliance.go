package placement

import (
	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// appliance: n DSN chips sit in a box on ToR ports of their own. Each packet leaves the ToR for the box and comes
// back: each chip has one port towards the spine's side and one towards the servers'.
func appliance(r *Rack, server int) (inbound, outbound *PathBuilder) {
	n := r.Scenario.DSN.Count.Appliance
	dsn := r.chips("appliance.dsn", n, r.chargeAppliance)
	r.ExtraPorts = appliancePorts(r.Scenario)

	inbound = r.fromSpine().
		spread(server, n).toAppliance("spine", n).
		steps(dsn.Inbound()).plain().
		fromAppliance("server", n).
		toServer(server)
	inbound.nicReceive(server)

	outbound = r.from(of("server", server), packet.Plain).
		nicSend(server).
		toToR(server).
		spread(server, n).toAppliance("server", n).
		steps(dsn.Outbound()).tunnelled().
		fromAppliance("spine", n).
		toSpine()
	r.Account.ServerNIC(server)
	return inbound, outbound
}

// applianceArms is how many ToR ports one chip of the appliance takes.
const applianceArms = 2

// appliancePorts is how many ports of the ToR it takes.
func appliancePorts(s *scenarios.Scenario) int { return applianceArms * s.DSN.Count.Appliance }

// applianceRate is the rate of the links between ToR and appliance. source: book chapter 9.4.5, 100 Gbps.
const applianceRate = 100 * units.Gbps

// toAppliance takes the packet through a ToR port to the chosen chip.
func (w *PathBuilder) toAppliance(side string, n int) *PathBuilder {
	return w.forward(applianceRate).
		wireTo(w.rack.armPorts("tor.arm-"+side, n), n, applianceRate).
		cable("tor_appliance", w.rack.Scenario.Rack.Cables.ToRAppliance, "appliance")
}

// fromAppliance takes it back to the ToR.
func (w *PathBuilder) fromAppliance(side string, n int) *PathBuilder {
	return w.leave(w.rack.egresses("appliance.dsn", "appliance.arm-"+side, n, applianceRate, stats.DropApplianceQueue), applianceRate).
		cable("tor_appliance", w.rack.Scenario.Rack.Cables.ToRAppliance, "tor")
}

// chargeAppliance charges the box, its arms, and the ports of the ToR that they take.
func (r *Rack) chargeAppliance(n int) {
	cable := r.Scenario.Rack.Cables.ToRAppliance
	for i := range n {
		for _, side := range []string{"spine", "server"} {
			r.Account.Module(power.Ethernet, i, applianceRate, cable)
			r.Account.Port(power.Ethernet, i, applianceRate, of("tor.arm-"+side, i), of("appliance.arm-"+side, i))
		}
	}
	r.Account.ToRPorts(appliancePorts(r.Scenario))
	r.Bill.Add(prices.Chassis, 1)
	r.Power.Draws = append(r.Power.Draws, power.Draw{Operation: "1U chassis", Component: power.Chassis, Power: r.Profile.Power.Chassis.Value})
}

// armPorts returns the first of n equal ports of the appliance's links.
func (r *Rack) armPorts(name string, n int) int32 {
	first := r.port(of(name, 0), applianceRate, stats.DropTorQueue)
	for i := 1; i < n; i++ {
		r.port(of(name, i), applianceRate, stats.DropTorQueue)
	}
	return first
}

// applianceAcross: packets between VMs go to the appliance and come back on the servers' side.
func applianceAcross(r *Rack, from, to int) *PathBuilder {
	n := r.Scenario.DSN.Count.Appliance
	return r.from(of("server", from), packet.Plain).
		nicSend(from).
		toToR(from).
		within(from, to, n,
			func(w *PathBuilder) *PathBuilder { return w.toAppliance("server", n) },
			func(w *PathBuilder) *PathBuilder { return w.fromAppliance("server", n) }).
		toServer(to).
		nicReceive(to)
}
