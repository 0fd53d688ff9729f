package placement

import (
	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// bumpInTheWire: the DSN is a second card in the server, between the ToR and an ordinary NIC.
func bumpInTheWire(r *Rack, server int) (inbound, outbound *Way) {
	chip := of("dsn", server)
	dsn := r.newDSN(chip, 1)
	rate := r.Scenario.Rack.Server.NIC.Rate
	towardsNIC := r.egress(chip, r.portSpec(of("dsn.port", server), rate, stats.DropDSNQueue))
	towardsDSN := r.port(of("nic.port", server), rate, stats.DropNICQueue)
	nicBox := of("nic", server)

	inbound = r.fromSpine().
		toServer(server).
		entrance(server).steps(r.ruled(server, dsn.Inbound())).plain().
		leave(towardsNIC, rate).cable("dsn_nic", jumper, nicBox).
		memory(server).nicReceive(server)

	outbound = r.from(nicBox, packet.Plain).
		memory(server).nicSend(server).
		wire(towardsDSN, rate).cable("dsn_nic", jumper, of("server", server)).
		entrance(server).steps(r.ruled(server, dsn.Outbound())).tunnelled().
		dsnToToR(chip, server).
		toSpine()
	between := []string{of("dsn.port", server), of("nic.port", server)}
	r.Bill.Add(prices.DSNCard, 1)
	r.chargeServerLink(power.Ethernet, server)
	r.chargePort(power.Ethernet, server, rate, between...)
	r.chargeModule(power.Ethernet, server, rate, jumper)
	r.chargeNIC(server, jumper, between...)
	return inbound, outbound
}

// jumper is the cable between the two cards of one server.
// assumed: half a metre of copper, the shortest that reaches from slot to slot outside the chassis.
const jumper = 500 // mm
