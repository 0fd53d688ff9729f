package placement

import (
	"fmt"

	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/pcie/adapter"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// checked is the PCIe firewall of a DSN on a card: n checks of a packet's accesses that follow each other. It takes a
// check each cycle, so that its latency is all that a packet sees of it, unless somebody keeps it busy.
func (w *PathBuilder) checked(server, n int) *PathBuilder {
	d := w.rack.CheckTime()
	if watched := w.rack.at(server, PCIeFirewall); watched != nil {
		if n > 1 && d > 0 {
			w.delay("PCIe firewall, checks before", d*units.Duration(n-1))
		}
		return w.steps(watched)
	}
	if d == 0 {
		return w
	}
	name := fmt.Sprintf("PCIe firewall, %d checks", n)
	if n == 1 {
		name = "PCIe firewall, 1 check"
	}
	return w.delay(name, d*units.Duration(n))
}

// ChecksOfPacket is how many checks a packet takes: two inbound (data and completion), three outbound. All take the
// larger number, at the time of the last.
const ChecksOfPacket = 3

// chargeFirewall charges the checks of packets where they meet the slot: each reads a word of the windows. What an attack
// is refused is left out: 100 M checks a second would take 2 mW.
func (r *Rack) chargeFirewall(server int) {
	if r.Scenario.DSN.PCIeFirewall {
		r.Power.Charges = append(r.Power.Charges, power.Charge{Operation: "PCIe firewall", Component: power.PCIe, Owner: server,
			Resource: of("pcie.up", server), PerVisit: ChecksOfPacket * r.Profile.DSN.Stage.SRAMRead.Value})
	}
}

// CheckTime is the latency of one check, 0 where the firewall is off.
func (r *Rack) CheckTime() units.Duration {
	if !r.Scenario.DSN.PCIeFirewall {
		return 0
	}
	return r.Profile.DSN.Clock.Value.Span(r.Profile.DSN.PCIeFirewall.CheckCycles.Value)
}

// AccessKind is how an access to a DSN's card from inside its server travels.
type AccessKind uint8

const (
	HostStore     AccessKind = iota // a store into the host's own memory
	AsPacket                        // a packet of the network, which takes the way of all packets
	RegisterWrite                   // posted, by the CPU or a peer
	RegisterRead                    // answered by a completion
	Doorbell                        // posted; the card fetches a descriptor for it
	DMARead
	DMAWrite
)

// Accesses returns the way of accesses of a kind from inside a server, once the ways of its packets are laid out. It passes the card's
// firewall, or the DSN's entrance where that is the host's memory.
func (r *Rack) Accesses(server int, kind AccessKind) []sim.Hop {
	w := r.from(of("server", server), packet.Plain)
	if kind == HostStore {
		return w.entrance(server).Hops
	}
	card := r.slots.carrying[server]
	if !r.carries { // the DSN is in a slot of its own
		card = r.slot("pcie.dsn", server)
	}
	c := &r.Profile.PCIe
	switch kind {
	case RegisterWrite, RegisterRead, Doorbell:
		w.delay("store until the device sees it", c.Doorbell.Value).special(card.down, adapter.Access)
		w.steps(r.at(server, PCIeFirewall))
	case DMARead, DMAWrite:
		w.steps(r.at(server, PCIeFirewall))
	}
	switch kind {
	case RegisterRead:
		w.upward(card, adapter.Ask) // a completion without data, about a request's size
	case Doorbell, DMARead:
		w.upward(card, adapter.Ask).delay("root complex", c.RootComplexRead.Value).special(card.down, adapter.Answer)
	case DMAWrite:
		w.upward(card, adapter.Raw)
	}
	return w.Hops
}
