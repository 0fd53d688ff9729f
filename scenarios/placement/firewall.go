package placement

import (
	"fmt"

	"github.com/dsnsim/dsnsim/sim/units"
)

// checked is the PCIe firewall of a DSN on a card: n checks of a packet's accesses that follow each other. It takes a
// check each cycle, so that its latency is all that a packet sees of it.
func (w *Way) checked(_, n int) *Way {
	d := w.rack.checkTime()
	if d == 0 {
		return w
	}
	name := fmt.Sprintf("PCIe firewall, %d checks", n)
	if n == 1 {
		name = "PCIe firewall, 1 check"
	}
	return w.delay(name, d*units.Duration(n))
}

// checkTime is the latency of one check, 0 where the firewall is off.
func (r *Rack) checkTime() units.Duration {
	if !r.Scenario.DSN.PCIeFirewall {
		return 0
	}
	return r.Profile.DSN.Clock.Value.Span(r.Profile.DSN.PCIeFirewall.CheckCycles.Value)
}
