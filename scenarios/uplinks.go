package scenarios

import "github.com/dsnsim/dsnsim/sim/units"

// Oversubscription is the rate of all servers' links divided by the rate of all uplinks: above 1 the rack can send more than leads out of
// it.
func (r *Rack) Oversubscription() float64 {
	return float64(r.Servers) * float64(r.Server.NIC.Rate) / (float64(max(1, r.Uplinks)) * float64(r.Uplink))
}

// OutOfRack returns the rate of all uplinks together, but no more than a rate that one of them does not exceed.
func (r *Rack) OutOfRack(most units.Rate) units.Rate {
	if r.Uplinks <= 1 || r.Uplink >= most {
		return r.Uplink
	}
	return min(most, r.Uplink*units.Rate(r.Uplinks))
}
