package demand

import (
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Pattern says who the tenants of a server exchange a class's packets with. Each share is of the class's load, in each
// direction of it; all shares add up to 100%.
type Pattern struct {
	// NorthSouth goes through the uplink, as Traffic.Direction says.
	NorthSouth units.Ratio `yaml:"north_south"`
	// EastWest goes to the VMs of the other servers of the rack, and as much comes from them: a flow keeps its server.
	EastWest units.Ratio `yaml:"east_west"`
	// SameServer goes from VM to VM in one server.
	SameServer units.Ratio `yaml:"same_server"`
	// Set says that the scenario has a pattern. Without one all traffic is north-south.
	Set bool `yaml:"-"`
}

// UnmarshalStrict decodes the shares and checks their sum.
func (p *Pattern) UnmarshalStrict(n *strict.Node) {
	type plain Pattern
	p.Set = true
	if !n.Decode((*plain)(p)) {
		return
	}
	shares := []struct {
		key   string
		share units.Ratio
	}{{"north_south", p.NorthSouth}, {"east_west", p.EastWest}, {"same_server", p.SameServer}}
	sum := units.Ratio(0)
	for _, s := range shares {
		if s.share < 0 || s.share > units.Whole {
			n.At(s.key).Errorf("expected a share from 0%% to 100%%, got %s", s.share)
			return
		}
		sum += s.share
	}
	if sum != units.Whole {
		n.Errorf("expected shares that add up to 100%%, such as {north_south: 50%%, east_west: 40%%, same_server: 10%%}; these add up to %s", sum)
	}
}

// checkPattern checks an item's pattern against the rest of the item.
func (t *Traffic) checkPattern(n *strict.Node) {
	if !n.Has("pattern") {
		return
	}
	if !n.Has("direction") {
		t.Direction = "both"
	}
	at := n.At("pattern")
	for _, key := range []string{"syn_flood", "on_wire", "keys", "decapsulate"} {
		if n.Has(key) {
			at.Errorf("a pattern does not go with %s: such packets come through the uplink", key)
		}
	}
	if n.Has("pcap") && !n.Has("load") {
		at.Errorf("a pattern divides a load, such as load: 40%%, and the capture has none")
	}
	if n.Has("direction") && t.Pattern.NorthSouth == 0 {
		n.At("direction").Errorf("direction is that of north_south traffic, and the pattern has none")
	}
}

// InPattern is a load's part for one of the pattern's shares. Packets and bits that are left over by rounding are fewer than
// one each second.
func (l Load) InPattern(share units.Ratio) Load {
	if share == units.Whole {
		return l
	}
	part := func(n int64) int64 {
		whole := int64(units.Whole)
		return n/whole*int64(share) + n%whole*int64(share)/whole
	}
	l.Ratio, l.Rate, l.Packets = units.Ratio(part(int64(l.Ratio))), units.Rate(part(int64(l.Rate))), units.PacketRate(part(int64(l.Packets)))
	return l
}
