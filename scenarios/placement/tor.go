package placement

import (
	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// tor: n DSN chips sit behind the merchant switch in the ToR and serve the whole rack. A flow stays on its chip.
func tor(r *Rack, server int) (inbound, outbound *PathBuilder) {
	n := r.Scenario.DSN.Count.ToR
	dsn := r.chips("tor.dsn", n, r.chargeBoard)

	inbound = r.fromSpine().
		spread(server, n).toChip("tor.dsn-port", n).
		steps(dsn.Inbound()).plain().
		fromChip("tor.dsn", n).
		toServer(server)
	inbound.nicReceive(server)

	outbound = r.from(of("server", server), packet.Plain).
		nicSend(server).
		toToR(server).
		spread(server, n).toChip("tor.dsn-port", n).
		steps(dsn.Outbound()).tunnelled().
		fromChip("tor.dsn", n).
		toSpine()
	r.Account.ServerNIC(server)
	return inbound, outbound
}

// toChip takes the packet from the merchant switch to the chosen chip over a link on the board.
func (w *PathBuilder) toChip(name string, n int) *PathBuilder {
	rate := w.rack.Profile.DSN.SwitchPortRate.Value
	return w.forward(rate).wireTo(w.rack.ports(name, n), n, rate).phy()
}

// fromChip takes it back.
func (w *PathBuilder) fromChip(chip string, n int) *PathBuilder {
	rate := w.rack.Profile.DSN.SwitchPortRate.Value
	return w.leave(w.rack.egresses(chip, "tor.dsn-return", n, rate, stats.DropDSNQueue), rate).phy()
}

// chargeBoard charges the links on the board between the merchant switch and the chips, and bills the switch.
func (r *Rack) chargeBoard(n int) {
	r.Bill.Add(prices.ToRPremium, 1)
	if r.Scenario.Rack.Deployment == "brownfield" { // the switch that is there goes
		r.Bill.Add(prices.ToRSwitch, 1)
	}
	for i := range n {
		r.Account.Port(power.Ethernet, i, r.Profile.DSN.SwitchPortRate.Value, of("tor.dsn-port", i), of("tor.dsn-return", i))
	}
}

// ports returns the first of n equal ports of the chips' links.
func (r *Rack) ports(name string, n int) int32 {
	rate := r.Profile.DSN.SwitchPortRate.Value
	first := r.port(of(name, 0), rate, stats.DropDSNQueue)
	for i := 1; i < n; i++ {
		r.port(of(name, i), rate, stats.DropDSNQueue)
	}
	return first
}

// torAcross: packets between VMs, of one server or two, go to a chip and on to the receiver, past the uplink.
func torAcross(r *Rack, from, to int) *PathBuilder {
	n := r.Scenario.DSN.Count.ToR
	return r.from(of("server", from), packet.Plain).
		nicSend(from).
		toToR(from).
		within(from, to, n,
			func(w *PathBuilder) *PathBuilder { return w.toChip("tor.dsn-port", n) },
			func(w *PathBuilder) *PathBuilder { return w.fromChip("tor.dsn", n) }).
		toServer(to).
		nicReceive(to)
}
