package placement

import (
	"slices"

	"github.com/dsnsim/dsnsim/asic/management"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/pcie/firewall"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Domain returns who may do what to the placement's DSN from inside one server, or the reason why its firewall cannot
// hold the windows of so many functions.
func (p Placement) Domain(s *scenarios.Scenario, hw *profile.Profile) (*management.Domain, error) {
	setup := management.Setup{Place: p.place, VMs: s.Rack.Server.VMs, Memory: hw.DSN.Memory.Capacity.Value, Cabled: p.cabled,
		Unguarded: !s.DSN.PCIeFirewall, Firewall: firewallSpec(s, hw)}
	if p.place == management.Card && s.Rack.Server.NIC.SRIOV {
		setup.VFs = setup.VMs
	}
	switch s.DSN.Management {
	case "out_of_band":
		setup.Mode = management.OutOfBand
	case "host":
		setup.Mode = management.Host
	}
	return management.New(setup)
}

// CarriesPackets reports whether the packets of a VM pass through its function of the DSN's card.
func (p Placement) CarriesPackets() bool { return p.carries }

// dmaBurst is how much a function may move at once above its share.
// assumed: 16 pages, about what one large request of a storage queue moves
const dmaBurst = 64 * units.KiB

// firewallSpec declares the PCIe firewall of a card. What a function may move by itself, beside the packets that the
// card sends and receives for it, is an equal share of the port.
func firewallSpec(s *scenarios.Scenario, hw *profile.Profile) firewall.Spec {
	f := &hw.DSN.PCIeFirewall
	every := func(rate int) units.Duration { return units.Second / units.Duration(rate) }
	return firewall.Spec{
		Windows: f.Windows.Value,
		Reports: firewall.Reports{Every: every(f.ReportRate.Value), Burst: f.ReportBurst.Value},
		Limit: firewall.Limit{Doorbell: every(f.DoorbellRate.Value), Burst: f.DoorbellBurst.Value,
			DMA: s.Rack.Server.NIC.Rate / units.Rate(s.Rack.Server.VMs), Bytes: dmaBurst},
	}
}

// Siege is a server under attack: the way in, and what has become of its DSN so far. The places that read and change it
// are Sharing, so that they see packets and accesses of all ways in one order of time.
type Siege struct {
	*management.Domain
	server, vms int
	carries     bool // the card's functions carry the packets
	probes      []*Probe
	first       int // the source of probes[0]

	stopped, corrupt bool
	rewritten        string // permit, deny or ""
	lost             []bool // by VF: its queues or registers are the attacker's
	overwritten      []bool // by VF: so is the memory that its packets lie in

	own                   *card // of a DSN in a slot of its own, once it is needed
	entrance, judge, last *impact
	checker               *checker
	nodes                 map[sim.Special]int32
}

// Besiege prepares the servers that a scenario's attacks are in. It comes before Build; without it ways are as if nobody
// attacked.
func (r *Rack) Besiege(p Placement) error {
	if p.place == management.Box {
		return nil // no server reaches the DSN
	}
	for i := range r.Scenario.Attacks {
		server := r.Scenario.Attacks[i].Server
		if r.sieges[server] != nil || r.Scenario.Attacks[i].Kind == scenarios.SYNFlood {
			continue // packets need no siege
		}
		domain, err := p.Domain(r.Scenario, r.Profile)
		if err != nil {
			return err
		}
		vms := r.Scenario.Rack.Server.VMs
		s := &Siege{Domain: domain, server: server, vms: vms, carries: p.carries, nodes: map[sim.Special]int32{},
			lost: make([]bool, vms), overwritten: make([]bool, vms)}
		s.entrance, s.judge, s.last = &impact{s, atEntrance}, &impact{s, atFilter}, &impact{s, atMemory}
		if domain.Firewall != nil {
			s.checker = newChecker(r, s)
		}
		if r.sieges == nil {
			r.sieges = map[int]*Siege{}
		}
		r.sieges[server] = s
	}
	return nil
}

// Siege returns that of a server, or nil.
func (r *Rack) Siege(server int) *Siege { return r.sieges[server] }

// node returns the number of a Special of the siege, adding it to the engine the first time.
func (s *Siege) node(e *sim.Engine, special sim.Special) int32 {
	n, ok := s.nodes[special]
	if !ok {
		n = e.AddSpecial(special)
		s.nodes[special] = n
	}
	return n
}

// ownCard returns the card of a DSN in a slot of its own.
func (s *Siege) ownCard(r *Rack) *card {
	if s.own == nil {
		s.own = r.slot("pcie.dsn", s.server)
	}
	return s.own
}

// AddProbe says that the engine's next source makes the accesses of a probe. All probes of a siege are added one after
// the other.
func (s *Siege) AddProbe(source int, p *Probe) {
	if len(s.probes) == 0 {
		s.first = source
	}
	s.probes = append(s.probes, p)
}

// probeOf returns the probe that a packet is an access of, or nil.
func (s *Siege) probeOf(p *packet.Packet) *Probe {
	if i := p.Source() - s.first; len(s.probes) > 0 && i >= 0 && i < len(s.probes) {
		return s.probes[i]
	}
	return nil
}

// The impacts on a way, which cost no time. A way without a siege has none.

// entrance is where packets reach the DSN: what has been stopped or overwritten loses them.
func (w *Way) entrance(server int) *Way {
	return w.through(server, func(s *Siege) *impact { return s.entrance })
}

// memory is where packets are in the memory of their VM.
func (w *Way) memory(server int) *Way {
	return w.through(server, func(s *Siege) *impact { return s.last })
}

func (w *Way) through(server int, which func(*Siege) *impact) *Way {
	if s := w.rack.sieges[server]; s != nil {
		w.Hops = append(w.Hops, sim.Hop{Op: sim.OpSpecial, Node: s.node(w.rack.Engine, which(s))})
	}
	return w
}

// ruled puts the impact of a rewritten policy in front of the filter, if there is one.
func (r *Rack) ruled(server int, hops []sim.Hop) []sim.Hop {
	s := r.sieges[server]
	i := slices.IndexFunc(hops, func(h sim.Hop) bool { return h.Op == sim.OpFilter })
	if s == nil || i < 0 {
		return hops
	}
	return slices.Insert(slices.Clone(hops), i, sim.Hop{Op: sim.OpSpecial, Node: s.node(r.Engine, s.judge)})
}
