package placement

import (
	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/sim/packet"
)

// nic: the DSN is the server's network adapter; each VM has a virtual function of it.
func nic(r *Rack, server int) (inbound, outbound *PathBuilder) {
	chip := of("dsn", server)
	dsn := r.newDSN(chip, 1)

	inbound = r.fromSpine().
		toServer(server).
		entrance(server).steps(r.ruled(server, dsn.Inbound())).plain().
		memory(server).checked(server, 1).dmaWrite(server) // the data; the completion is checked beside it

	outbound = r.from(of("server", server), packet.Plain).
		memory(server).checked(server, 3).dmaRead(server). // doorbell, descriptor, data
		entrance(server).steps(r.ruled(server, dsn.Outbound())).tunnelled().
		dsnToToR(chip, server).
		toSpine()
	if rack := &r.Scenario.Rack; rack.Deployment != "brownfield" || !rack.Server.NIC.DSNCapable { // else it is there already
		r.Bill.Add(prices.DSNCard, 1)
	}
	r.Account.ServerLink(power.Ethernet, server)
	r.Account.Slot(power.PCIe, server)
	r.chargeFirewall(server)
	return inbound, outbound
}

// nicAcross: in one server the card's switch turns packets round between two virtual functions.
func nicAcross(r *Rack, from, to int) *PathBuilder {
	if from != to {
		return r.betweenServers(from, to)
	}
	return r.from(of("server", from), packet.Plain).
		memory(from).checked(from, 3).dmaRead(from).
		entrance(from).steps(r.ruled(from, r.copied(from, r.built[from].chip.Within()))).
		turn().
		memory(from).checked(from, 1).dmaWrite(from)
}
