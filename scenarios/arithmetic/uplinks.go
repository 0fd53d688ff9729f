package arithmetic

import (
	"github.com/dsnsim/dsnsim/scenarios"
)

// multiple returns the least number that two numbers of devices divide, so that samples with evenly spread hashes load all of
// either alike.
func multiple(a, b int) int {
	x, y := a, b
	for y != 0 {
		x, y = y, x%y
	}
	return a / x * b
}

// uplinksOf describes what leads out of the rack.
func uplinksOf(s *scenarios.Scenario) Uplinks {
	r := &s.Rack
	return Uplinks{Count: r.Uplinks, Gbps: float64(r.Uplink) / 1e9, Servers: r.Servers, ServerGbps: float64(r.Server.NIC.Rate) / 1e9,
		Oversubscription: r.Oversubscription()}
}
