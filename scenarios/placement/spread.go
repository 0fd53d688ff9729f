package placement

import (
	"errors"
	"slices"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/chain"
	"github.com/dsnsim/dsnsim/sim/rng"
)

// How a box that servers share picks the chip for a packet. By default that is the flow's hash, so that each chip gets an even
// share of the traffic and needs the tables of all servers. dsn.spread: port and server pin servers to chips: a chip needs
// the tables of its servers only, and gets what they send, however uneven that is.
//
// Both pin by the server's port in both directions. Inbound packets come in by an uplink, and if the switch went by that
// port, the two directions of a connection would meet different chips, whose tables each know half of it. So the switch goes
// by the port that an inbound packet will leave by, which it knows from the address, and by the one that an outbound packet
// came in by.

// With dsn.spread: polarised the chip goes by the flow's hash as with flow, but so do the uplink, the VM and its tunnel: as in
// networks whose switches all hash alike. Each of four chips then meets the flows of one uplink in four and of a quarter of the tunnels.

// salt returns that of a choice, none where all choices go by the same bits.
func (r *Rack) salt(s rng.Salt) rng.Salt { return Salt(r.Scenario, s) }

// Salt returns that of a choice, none in a scenario where all choices go by the same bits.
func Salt(s *scenarios.Scenario, of rng.Salt) rng.Salt {
	if s.DSN.Spread == "polarised" {
		return 0
	}
	return of
}

// chips returns how many chips a box that servers share has, 0 for a placement without.
func (p Placement) chips(s *scenarios.Scenario) int {
	switch p.Name {
	case "tor":
		return s.DSN.Count.ToR
	case "appliance":
		return s.DSN.Count.Appliance
	case "discrete":
		return s.DSN.Count.Discrete
	}
	return 0
}

// home returns which of n chips all packets of a server go to, and false where each flow has a chip of its own.
func home(s *scenarios.Scenario, server, n int) (chip int, pinned bool) {
	switch s.DSN.Spread {
	case "server":
		return server % n, true
	case "port":
		// A switch that divides traffic by ports hashes their numbers, which are the servers'; the hash itself is assumed.
		return int(rng.Mix(uint64(server)+1) >> 32 * uint64(n) >> 32), true
	}
	return 0, false
}

// homes returns the chip of each server, nil where servers are not pinned to chips.
func (p Placement) homes(s *scenarios.Scenario) []int {
	n := p.chips(s)
	if n == 0 {
		return nil
	}
	var list []int
	for server := range s.Rack.Servers {
		chip, pinned := home(s, server, n)
		if !pinned {
			return nil
		}
		list = append(list, chip)
	}
	return list
}

// most returns how many servers the chip with most of them has.
func most(homes []int) int {
	var count []int
	for _, chip := range homes {
		for len(count) <= chip {
			count = append(count, 0)
		}
		count[chip]++
	}
	return slices.Max(count)
}

// errPinnedVIP is why a load balancer does not go with chips that servers are pinned to.
var errPinnedVIP = errors.New("dsn.spread: which server a packet to a virtual address of lb goes to is known behind lb only, so the switch " +
	"cannot pick its chip by that; use spread: flow")

// pinnable says why the servers of a scenario cannot be pinned to chips, or nil.
func pinnable(s *scenarios.Scenario) error {
	if slices.ContainsFunc(s.Services, func(v chain.Service) bool { return v.LB != nil }) {
		return errPinnedVIP
	}
	return nil
}

// spread picks one of n chips for the packets of a server, as the scenario says.
func (w *PathBuilder) spread(server, n int) *PathBuilder {
	w.choose(n)
	if chip, pinned := home(w.rack.Scenario, server, n); pinned {
		w.Hops[len(w.Hops)-1].Pinned = uint16(chip + 1)
	}
	return w
}

// within takes a packet from VM to VM through the chips of a shared box; in and out lead to the chosen chip and back. It passes
// one chip. Where the two servers are pinned to two, it passes the sender's and then the receiver's, as it does with a DSN in
// each server: neither has the tables of the other's, and either sees both directions of a connection.
func (w *PathBuilder) within(from, to, n int, in, out func(w *PathBuilder) *PathBuilder) *PathBuilder {
	r := w.rack
	in(w.spread(from, n)).steps(r.copied(from, r.made.shared.Within()))
	sender, pinned := home(r.Scenario, from, n)
	receiver, _ := home(r.Scenario, to, n)
	if !pinned || sender == receiver {
		return out(w.turn())
	}
	in(out(w).turn().spread(to, n)).steps(r.copiedIn("inbound", to, r.made.shared.Within()))
	return out(w)
}
