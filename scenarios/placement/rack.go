// Package placement holds the ways of a packet through a rack, one file for each place where a DSN can be. Each file
// reads top to bottom as the packet goes.
package placement

import (
	"fmt"

	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/asic/management"
	"github.com/dsnsim/dsnsim/hw"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/pcie"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/placement/account"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Rack is a rack under construction: the scenario, the constants, and the engine that gets the stations.
type Rack struct {
	*sim.Engine
	Scenario *scenarios.Scenario
	Profile  *profile.Profile
	Chain    *asic.Chain
	// Seed and Replication name the random streams of the hardware.
	Seed        uint64
	Replication int
	// ExtraPorts is how many ToR ports the placement takes beyond servers and uplink.
	ExtraPorts int
	// Cores is how many host cores of one server the DSN burns by polling.
	Cores int
	*account.Account
	// Governed are the DSNs whose clocks can be changed.
	Governed []Governed
	programs
	watched

	link   pcie.Link
	names  map[string]int32 // stations and schedulers made so far
	made   chipsMade
	core   int32   // the first of the host cores made last
	built  []built // by server
	slots  slots
	rdma   rdmaBlocks
	keying keyMakers
	queues queues
	soft   softHost
	// onHost says that the DSN is software on the host, carries that it is the card that VMs reach.
	onHost, carries bool
}

// NewRack checks the profile against the scenario and returns an empty rack.
func NewRack(e *sim.Engine, s *scenarios.Scenario, p *profile.Profile, chain *asic.Chain) (*Rack, error) {
	r := &Rack{Engine: e, Scenario: s, Profile: p, Chain: chain, names: map[string]int32{},
		queues: queues{buffers: map[string]*sim.Buffer{}, owners: map[string]int{}}}
	if t := s.DSN.TrafficManager; t != nil {
		r.queues.manager = t.Model(p.DSN.IngressBuffer.Value)
		if err := r.queues.manager.Check(); err != nil {
			return nil, s.Fault(t.Position, err.Error())
		}
	}
	link, err := pcie.NewLink(s.Rack.Server.PCIe.Gen, s.Rack.Server.PCIe.Lanes, p.PCIe.MPS.Value, p.PCIe.MRRS.Value, p.PCIe.RCB.Value)
	if err != nil {
		return nil, fmt.Errorf("rack.server.pcie: %w", err)
	}
	r.link, r.Account = link, account.New(p, s, link.Rate())
	for _, rate := range []units.Rate{s.Rack.Uplink, s.Rack.Server.NIC.Rate, p.DSN.SwitchPortRate.Value} {
		if _, err := hw.PHY(p, rate); err != nil {
			return nil, err
		}
	}
	r.chargeUplinks()
	return r, nil
}

// Interrupts returns how many interrupts the cards of all servers sent in the measured window, and whether they send any.
func (r *Rack) Interrupts() (n int64, any bool) {
	all := r.Coalescers()
	for _, i := range r.slots.interrupts {
		n += all[i].Batches
	}
	return n, len(r.slots.interrupts) > 0
}

// Build lays out the ways of one server's packets.
func (r *Rack) Build(p Placement, server int) (inbound, outbound *PathBuilder) {
	r.onHost, r.carries = p.place == management.HostMemory, p.carries
	inbound, outbound = p.build(r, server)
	copies := r.mirror(server, inbound, outbound)
	r.built = append(r.built, built{inbound: inbound, outbound: outbound, chip: r.made.last, core: r.core, copies: copies})
	return inbound, outbound
}

// station returns the station of a name, making it the first time.
func (r *Rack) station(spec station.Spec) int32 {
	if n, ok := r.names[spec.Name]; ok {
		return n
	}
	n := r.AddFIFO(spec)
	r.names[spec.Name] = n
	return n
}

func of(name string, i int) string { return fmt.Sprintf("%s[%d]", name, i) }

// built is what Build has made for a server: its ways, its chip or those of the shared box, its first host core, and the path
// of the copies that its packets leave (-1 without mirrors).
type built struct {
	inbound, outbound *PathBuilder
	chip              *asic.DSN
	core              int32
	copies            int
}
