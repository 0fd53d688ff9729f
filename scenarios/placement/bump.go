package placement

import (
	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// bumpInTheWire: the DSN is a second card in the server, between the ToR and an ordinary NIC.
func bumpInTheWire(r *Rack, server int) (inbound, outbound *PathBuilder) {
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
	r.Account.ServerLink(power.Ethernet, server)
	r.Account.Port(power.Ethernet, server, rate, between...)
	r.Account.Module(power.Ethernet, server, rate, jumper)
	r.Account.NIC(server, jumper, between...)
	return inbound, outbound
}

// jumper is the cable between the two cards of one server.
// assumed: half a metre of copper, the shortest that reaches from slot to slot outside the chassis.
const jumper = 500 // mm

// bumpAcross: in one server packets leave the ordinary NIC, by its virtual functions' tags, for the DSN and come back.
func bumpAcross(r *Rack, from, to int) *PathBuilder {
	if from != to {
		return r.betweenServers(from, to)
	}
	rate := r.Scenario.Rack.Server.NIC.Rate
	towardsNIC := r.egress(of("dsn", from), r.portSpec(of("dsn.port", from), rate, stats.DropDSNQueue))
	nicBox := of("nic", from)
	return r.from(nicBox, packet.Plain).
		memory(from).nicSend(from).
		wire(r.port(of("nic.port", from), rate, stats.DropNICQueue), rate).cable("dsn_nic", jumper, of("server", from)).
		entrance(from).steps(r.ruled(from, r.copied(from, r.built[from].chip.Within()))).
		turn().
		leave(towardsNIC, rate).cable("dsn_nic", jumper, nicBox).
		memory(from).nicReceive(from)
}
