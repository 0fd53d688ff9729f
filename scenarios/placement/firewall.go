package placement

import (
	"fmt"

	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/units"
)

// checked is the PCIe firewall of a DSN on a card: n checks of a packet's accesses that follow each other. It takes a
// check each cycle, so that its latency is all that a packet sees of it, unless an attacker keeps it busy.
func (w *Way) checked(server, n int) *Way {
	d := w.rack.checkTime()
	if s := w.rack.sieges[server]; s != nil {
		if n > 1 && d > 0 {
			w.delay("PCIe firewall, checks before", d*units.Duration(n-1))
		}
		return w.steps(w.rack.check(s))
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

// check is the firewall of a server under attack.
func (r *Rack) check(s *Siege) []sim.Hop {
	return []sim.Hop{{Op: sim.OpSpecial, Node: s.node(r.Engine, s.checker)}}
}

// chargeFirewall charges the checks of packets where they meet the slot: each reads a word of the windows. What an attack
// is refused is left out: 100 M checks a second would take 2 mW.
func (r *Rack) chargeFirewall(server int) {
	if r.Scenario.DSN.PCIeFirewall {
		r.Power.Charges = append(r.Power.Charges, power.Charge{Operation: "PCIe firewall", Component: power.PCIe, Owner: server,
			Resource: of("pcie.up", server), PerVisit: checksOfPacket * r.Profile.DSN.Stage.SRAMRead.Value})
	}
}

// checkTime is the latency of one check, 0 where the firewall is off.
func (r *Rack) checkTime() units.Duration {
	if !r.Scenario.DSN.PCIeFirewall {
		return 0
	}
	return r.Profile.DSN.Clock.Value.Span(r.Profile.DSN.PCIeFirewall.CheckCycles.Value)
}
