package chain

import (
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/hw/profile"
)

// Telemetry is in-band telemetry in an option of Geneve.
var Telemetry = Kind{Chip: &service.Telemetry, Place: behindGeneve,
	Work:  func(costs *profile.Software, _ *Service) profile.Work { return costs.Telemetry },
	NoBox: "telemetry cannot have a box of its own: its option is in the Geneve header, which the box of geneve takes off"}

func behindGeneve(c *Chain, i int) {
	switch geneve := c.find(&Geneve); {
	case geneve < 0:
		c.Items[i].Errorf("telemetry needs geneve before it: what it writes travels in an option of the Geneve header")
	case i < geneve:
		c.Items[i].Errorf("telemetry cannot come before geneve: its option is in the Geneve header, which must be read first; " +
			"list services from the network to the VM")
	}
}
