package input

import (
	"slices"

	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Direction is the way of a source's packets through the rack.
type Direction int

// The directions, in the order of the reports: through the uplink and back, then from VM to VM in two servers and in one.
const (
	Inbound Direction = iota
	Outbound
	EastWest
	SameServer
	DirectionCount
)

// String returns the name in reports.
func (d Direction) String() string {
	return [...]string{"inbound", "outbound", "east-west", "same-server"}[d]
}

// Seen is the direction as services see it where the packets begin: from a VM, or from the network.
func (d Direction) Seen() Direction { return min(d, Outbound) }

// Across reports whether packets go from VM to VM.
func (d Direction) Across() bool { return d >= EastWest }

// Directions lists the directions of a traffic entry.
func Directions(t *demand.Traffic) []Direction {
	var list []Direction
	if t.TCP != nil {
		return []Direction{Inbound, Outbound} // data and acknowledgements
	}
	if !t.Pattern.Set || t.Pattern.NorthSouth > 0 {
		list = map[string][]Direction{"inbound": {Inbound}, "outbound": {Outbound}, "both": {Inbound, Outbound}}[t.Direction]
	}
	list = slices.Clone(list)
	if t.Pattern.EastWest > 0 {
		list = append(list, EastWest)
	}
	if t.Pattern.SameServer > 0 {
		list = append(list, SameServer)
	}
	return list
}

// Share returns the part of an entry's load that goes in a direction.
func Share(t *demand.Traffic, dir Direction) units.Ratio {
	switch {
	case !t.Pattern.Set:
		return units.Whole
	case dir == EastWest:
		return t.Pattern.EastWest
	case dir == SameServer:
		return t.Pattern.SameServer
	}
	return t.Pattern.NorthSouth
}
