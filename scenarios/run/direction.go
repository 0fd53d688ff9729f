package run

import (
	"slices"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim/units"
)

// direction is the way of a source's packets through the rack.
type direction int

// The directions, in the order of the reports: through the uplink and back, then from VM to VM in two servers and in one.
const (
	inbound direction = iota
	outbound
	eastWest
	sameServer
	directionCount
)

// String returns the name in reports.
func (d direction) String() string {
	return [...]string{"inbound", "outbound", "east-west", "same-server"}[d]
}

// seen is the direction as services see it where the packets begin: from a VM, or from the network.
func (d direction) seen() direction { return min(d, outbound) }

// across reports whether packets go from VM to VM.
func (d direction) across() bool { return d >= eastWest }

// directions lists those of a traffic entry.
func directions(t *scenarios.Traffic) []direction {
	var list []direction
	if t.TCP != nil {
		return []direction{inbound, outbound} // data and acknowledgements
	}
	if !t.Pattern.Set || t.Pattern.NorthSouth > 0 {
		list = map[string][]direction{"inbound": {inbound}, "outbound": {outbound}, "both": {inbound, outbound}}[t.Direction]
	}
	list = slices.Clone(list)
	if t.Pattern.EastWest > 0 {
		list = append(list, eastWest)
	}
	if t.Pattern.SameServer > 0 {
		list = append(list, sameServer)
	}
	return list
}

// share returns the part of an entry's load that goes in a direction.
func share(t *scenarios.Traffic, dir direction) units.Ratio {
	switch {
	case !t.Pattern.Set:
		return units.Whole
	case dir == eastWest:
		return t.Pattern.EastWest
	case dir == sameServer:
		return t.Pattern.SameServer
	}
	return t.Pattern.NorthSouth
}
