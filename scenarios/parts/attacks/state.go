package attacks

import (
	"github.com/dsnsim/dsnsim/asic/management"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
)

// State is a server under attack: the way in, and what has become of its DSN so far. The places that read and change it
// are Sharing, so that they see packets and accesses of all ways in one order of time.
type State struct {
	*management.Domain
	server   int
	carries  bool // the card's functions carry the packets
	accesses []*Access
	first    int // the source of accesses[0]

	stopped, corrupt bool
	rewritten        string // permit, deny or ""
	lost             []bool // by VF: its queues or registers are the attacker's
	overwritten      []bool // by VF: so is the memory that its packets lie in

	// effects are by the point of a packet's way where it feels what has become of the DSN; checker is nil without a PCIe firewall.
	effects map[placement.Point]*effect
	checker *checker
}

// arm has the rack's packets and accesses pass through the states of the servers that attacks are in. It comes before the ways are laid out.
func (p *part) arm() error {
	rack, scenario := p.run.Rack, p.run.Scenario
	if p.setup.Placement.Shared() {
		return nil // no server reaches the DSN
	}
	for i := range scenario.Attacks {
		server := scenario.Attacks[i].Server
		if p.states[server] != nil || scenario.Attacks[i].Kind == scenarios.SYNFlood {
			continue // packets take the way of all packets
		}
		domain, err := p.setup.Placement.Domain(scenario, p.run.Profile)
		if err != nil {
			return err
		}
		p.states[server] = newState(domain, server, scenario.Rack.Server.VMs, p.setup.Placement.CarriesPackets(), rack)
	}
	rack.Watch = func(server int, at placement.Point) sim.Station {
		s := p.states[server]
		switch {
		case s == nil:
			return nil
		case at != placement.PCIeFirewall:
			return s.effects[at]
		case s.checker != nil:
			return s.checker
		}
		return nil
	}
	return nil
}

func newState(d *management.Domain, server, vms int, carries bool, rack *placement.Rack) *State {
	s := &State{Domain: d, server: server, carries: carries, lost: make([]bool, vms), overwritten: make([]bool, vms), effects: map[placement.Point]*effect{}}
	for _, at := range []placement.Point{placement.Entrance, placement.Filter, placement.Memory} {
		s.effects[at] = &effect{s, at}
	}
	if d.Firewall != nil {
		s.checker = newChecker(rack, s)
	}
	return s
}

// addSource says that a source makes accesses of a sort. All sorts of a server are added one after the other.
func (s *State) addSource(source int, a *Access) {
	if len(s.accesses) == 0 {
		s.first = source
	}
	s.accesses = append(s.accesses, a)
}

// accessOf returns the sort of access that a packet is, or nil.
func (s *State) accessOf(p *packet.Packet) *Access {
	if i := p.Source() - s.first; len(s.accesses) > 0 && i >= 0 && i < len(s.accesses) {
		return s.accesses[i]
	}
	return nil
}
