package placement

import (
	"github.com/dsnsim/dsnsim/sim/packet"
)

// nic: the DSN is the server's network adapter; each VM has a virtual function of it.
func nic(r *Rack, server int) (inbound, outbound *Way) {
	dsn := r.newDSN(of("dsn", server), 1)

	inbound = r.fromSpine().
		toServer(server).
		steps(dsn.Inbound()).plain().
		dmaWrite(server)

	outbound = r.from(of("server", server), packet.Plain).
		dmaRead(server).
		steps(dsn.Outbound()).tunnelled().
		toToR(server).
		toSpine()
	return inbound, outbound
}
