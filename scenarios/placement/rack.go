// Package placement holds the ways of a packet through a rack, one file for each place where a DSN can be. Each file
// reads top to bottom as the packet goes.
package placement

import (
	"fmt"

	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/asic/management"
	"github.com/dsnsim/dsnsim/asic/rdma"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/hw"
	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/pcie"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Placement is one place for the DSN.
type Placement struct {
	Name string
	// build lays out the ways of one server's packets. It is called for each server in turn.
	build func(r *Rack, server int) (inbound, outbound *Way)
	// serves says how many servers' packets pass one DSN chip, which must be able to run the chain.
	serves reach
	// place is where the DSN is as seen from a server; carries says that packets pass through its PCIe functions.
	place   management.Place
	carries bool
	// bay lays out what a server's workloads take: from its card to the far side of the spine, and into its memory.
	bay func(r *Rack, server int) *Bay
	// cabled says that a PCIe link leads from a shared box into each server.
	cabled bool
	// across lays out the way of packets from the VMs of one server to those of another, or of the same. It comes behind build
	// for all servers.
	across func(r *Rack, from, to int) *Way
	// ports is how many ports of the ToR its boxes take beside those of servers and uplink; nil for none. replacesToR says that
	// its box is the ToR.
	ports       func(s *scenarios.Scenario) int
	replacesToR bool
}

// All lists the placements, from inside the server outwards, and what there was before DSNs.
var All = []Placement{
	{Name: "software", build: software, serves: noChip, place: management.HostMemory, bay: nicBay, across: softwareAcross},
	{Name: "nic", build: nic, serves: oneServer, place: management.Card, carries: true, bay: cardBay, across: nicAcross},
	{Name: "bump-in-the-wire", build: bumpInTheWire, serves: oneServer, place: management.Card, bay: cardBay, across: bumpAcross},
	{Name: "tor", build: tor, serves: wholeRack, place: management.Box, replacesToR: true, bay: torBay, across: torAcross},
	{Name: "appliance", build: appliance, serves: wholeRack, place: management.Box, ports: appliancePorts, bay: applianceBay, across: applianceAcross},
	{Name: "discrete", build: discrete, serves: wholeRack, place: management.Box, ports: discretePorts, bay: noBay, across: discreteAcross},
}

// Find returns the placement of a name.
func Find(name string) (Placement, bool) {
	for _, p := range All {
		if p.Name == name {
			return p, true
		}
	}
	return Placement{}, false
}

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
	// Power lists what takes power, Governed the DSNs whose clocks can be changed.
	Power    power.Plan
	Governed []Governed
	// Bill lists what is bought for the placement.
	Bill prices.Bill
	// Program makes the services that keep state on a side of one chip or core, which are nil without any there; it is nil
	// itself without any at all.
	Program func(at steps.Side, m steps.Member) *steps.Program
	// ProgramOf does the same for chips that run the n-th service of the chain only.
	ProgramOf func(n int) func(at steps.Side, m steps.Member) *steps.Program

	link  pcie.Link
	names map[string]int32 // stations and schedulers made so far
	dsn   *asic.DSN        // shared chips, in the ToR or the appliance
	boxes []*box           // of single services
	dsns  int              // chips made so far
	chip  *asic.DSN        // the chips made last
	core  int32            // the first of the host cores made last
	built []built          // by server
	// onHost says that the DSN is software on the host, carries that it is the card that VMs reach.
	onHost, carries bool
	cards           map[int]*card // by server
	interrupts      []int32       // gathers
	slots           map[int]*card // by server: of a DSN that carries no packets over its slot
	// blocks are those of workloads by name, and places the Specials that they are.
	blocks map[string]*rdma.Block
	places map[string]int32
	// Watch, where set, returns what watches a point of a server's packets, or nil; watching are those added to the engine.
	Watch    func(server int, at Point) sim.Special
	watching map[sim.Special]int32
	// keyed and hostKeys are what makes the handshakes of tunnels.
	keyed    []*asic.DSN
	hostKeys []*hostKeys

	soft softHost

	manager *asic.TrafficManager // nil without one
	buffers map[string]*sim.Buffer
	owners  map[string]int // of the power plan, by the chip's name in buffers
}

// NewRack checks the profile against the scenario and returns an empty rack.
func NewRack(e *sim.Engine, s *scenarios.Scenario, p *profile.Profile, chain *asic.Chain) (*Rack, error) {
	r := &Rack{Engine: e, Scenario: s, Profile: p, Chain: chain, names: map[string]int32{}, buffers: map[string]*sim.Buffer{},
		owners: map[string]int{}}
	if t := s.DSN.TrafficManager; t != nil {
		r.manager = t.Model(p.DSN.IngressBuffer.Value)
		if err := r.manager.Check(); err != nil {
			return nil, s.Fault(t.Position, err.Error())
		}
	}
	link, err := pcie.NewLink(s.Rack.Server.PCIe.Gen, s.Rack.Server.PCIe.Lanes, p.PCIe.MPS.Value, p.PCIe.MRRS.Value, p.PCIe.RCB.Value)
	if err != nil {
		return nil, fmt.Errorf("rack.server.pcie: %w", err)
	}
	r.link = link
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
	all := r.Gathers()
	for _, i := range r.interrupts {
		n += all[i].Batches
	}
	return n, len(r.interrupts) > 0
}

// DSNs returns how many DSN chips there are.
func (r *Rack) DSNs() int { return r.dsns }

// Build lays out the ways of one server's packets.
func (r *Rack) Build(p Placement, server int) (inbound, outbound *Way) {
	r.onHost, r.carries = p.place == management.HostMemory, p.carries
	inbound, outbound = p.build(r, server)
	copies := r.mirror(server, inbound, outbound)
	r.built = append(r.built, built{inbound: inbound, outbound: outbound, chip: r.chip, core: r.core, copies: copies})
	return inbound, outbound
}

// station returns the station of a name, making it the first time.
func (r *Rack) station(spec sim.Spec) int32 {
	if n, ok := r.names[spec.Name]; ok {
		return n
	}
	n := r.AddStation(spec)
	r.names[spec.Name] = n
	return n
}

// port returns the sending side of an Ethernet port.
func (r *Rack) port(name string, rate units.Rate, reason stats.DropReason) int32 {
	return r.station(r.portSpec(name, rate, reason))
}

// phy returns the PHY, MAC and FEC time of a link. NewRack has checked the rates.
func (r *Rack) phy(rate units.Rate) units.Duration {
	d, err := hw.PHY(r.Profile, rate)
	if err != nil {
		panic(err)
	}
	return d
}

// chips returns the DSN chips of a box that all servers share, making them, and charging the box, the first time.
func (r *Rack) chips(name string, count int, charge func(count int)) *asic.DSN {
	if r.dsn == nil {
		r.dsn = r.newDSN(name, count)
		r.Bill.Add(prices.DSNASIC, count)
		charge(count)
	}
	return r.dsn
}

func of(name string, i int) string { return fmt.Sprintf("%s[%d]", name, i) }
