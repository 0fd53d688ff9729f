package management

import (
	"fmt"

	"github.com/dsnsim/dsnsim/asic/keystore"
	"github.com/dsnsim/dsnsim/pcie/firewall"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Place is where a DSN is, as seen from a server.
type Place uint8

// The places.
const (
	HostMemory Place = iota // software on the server's CPU
	Card                    // a chip with PCIe functions in the server
	Box                     // a chip in another box, which no PCIe leads to
)

// Mode is how the DSN is managed.
type Mode uint8

// The modes. InBand is over the network that carries the traffic, OutOfBand over one of its own, Host through the card's
// physical function. A DSN without a PCIe function cannot be managed by the host: there Host is as InBand.
const (
	InBand Mode = iota
	OutOfBand
	Host
)

// Setup declares a DSN and the server that looks at it.
type Setup struct {
	Place Place
	Mode  Mode
	// VMs is how many virtual machines the server runs, and VFs how many of them, the first ones, have a virtual function of
	// the card.
	VMs, VFs int
	// Memory is the size of the chip's memory.
	Memory units.Bytes
	// Cabled says that a PCIe link leads from the Box into the server.
	Cabled bool
	// Unguarded leaves the PCIe firewall off.
	Unguarded bool
	// Firewall declares it; Functions and PassUnclaimed are set here.
	Firewall firewall.Spec
}

// Domain is one DSN as one server can reach it.
type Domain struct {
	setup Setup
	edges []edge
	// Firewall is the card's; nil where there is no card.
	Firewall *firewall.Firewall
}

// edge leads from a node to another.
type edge struct {
	from, to Node
	guard    guard
}

// guard is what stands in the way of an edge.
type guard uint8

const (
	free       guard = iota
	windowed         // the PCIe firewall, if it is on
	stored           // the key store, which gives keys to its cores only
	credential       // only the policy manager passes
)

// New makes the graph of a setup, and its firewall with the windows that a card starts with. The error says that the
// windows do not fit.
func New(s Setup) (*Domain, error) {
	d := &Domain{setup: s}
	if s.Place == Box && s.Mode == Host {
		d.setup.Mode = InBand
	}
	switch s.Place {
	case HostMemory:
		d.connectSoftware()
	case Card:
		d.connectCard()
		if err := d.startFirewall(); err != nil {
			return nil, err
		}
	case Box:
		if s.Cabled {
			d.edge(Chip(), Of(Buffers, firewall.PF), free)
		}
	}
	d.connectManagement()
	d.edge(Outsider(), Node{kind: ports}, free)
	d.edge(Node{kind: ports}, DSN(Connections), free)
	return d, nil
}

func (d *Domain) edge(from, to Node, g guard) { d.edges = append(d.edges, edge{from, to, g}) }

// connectSoftware is a DSN in the host's memory: the owner of the host owns it.
func (d *Domain) connectSoftware() {
	memory := Node{kind: hostMemory}
	d.edge(Kernel(), memory, free)
	for _, r := range []Resource{Process, Policy, Memory} {
		d.edge(memory, DSN(r), free)
	}
	d.edge(memory, DSN(Keys), stored)
}

// connectCard is a chip behind PCIe functions. What a function may reach is not in the graph but in the windows: the bus
// leads everywhere.
func (d *Domain) connectCard() {
	bus := Node{kind: chip}
	d.edge(Kernel(), Node{kind: function, n: int(firewall.PF)}, free)
	for n := range d.setup.VFs {
		d.edge(Guest(n), Node{kind: function, n: int(firewall.VF(n))}, free)
	}
	for f := range d.setup.VFs + 1 {
		d.edge(Node{kind: function, n: f}, bus, free)
		for _, r := range []Resource{Registers, Queues, Buffers} {
			d.edge(bus, Of(r, firewall.Function(f)), windowed)
		}
	}
	for _, r := range []Resource{Policy, Windows, Keys, Memory} {
		d.edge(bus, DSN(r), windowed)
	}
	d.edge(bus, Node{kind: store}, windowed)
	d.edge(Node{kind: store}, DSN(Keys), stored)
}

// connectManagement is the port to which the policy manager speaks, and who else can speak to it.
func (d *Domain) connectManagement() {
	door := Node{kind: port}
	switch d.setup.Mode {
	case Host:
		// An agent on the host: from there on as the placement and the windows have it.
		d.edge(Manager(), Kernel(), free)
		return
	case InBand:
		d.edge(Kernel(), Node{kind: network}, free)
		for n := range d.setup.VMs {
			d.edge(Guest(n), Node{kind: network}, free)
		}
		d.edge(Node{kind: network}, door, credential)
	}
	d.edge(Manager(), door, free)
	d.edge(door, DSN(Keys), stored)
	list := []Resource{Policy, Memory}
	if d.setup.Place == HostMemory {
		list = append(list, Process)
	} else {
		list = append(list, Windows)
	}
	for _, r := range list {
		d.edge(door, DSN(r), free)
	}
}

// home is where the keys are and who manages them, as the key store has it.
func (d *Domain) home() keystore.Home {
	switch {
	case d.setup.Place == HostMemory:
		return keystore.HostMemory
	case d.setup.Mode == Host:
		return keystore.ChipManagedByHost
	}
	return keystore.ChipManagedByNetwork
}

// startFirewall sets the windows from the inside, as the card's own firmware does before PCIe is up. Unclaimed addresses
// pass: what has no window is not protected, and shows as a breach.
func (d *Domain) startFirewall() error {
	spec := d.setup.Firewall
	spec.Functions, spec.PassUnclaimed = d.setup.VFs+1, true
	d.Firewall = firewall.New(spec)
	config := d.Firewall.Open(firewall.Network)
	for _, w := range d.windows() {
		if err := config.Add(w); err != nil {
			return fmt.Errorf("PCIe firewall for %d virtual functions: %w", d.setup.VFs, err)
		}
	}
	if d.setup.Unguarded {
		return config.Disable()
	}
	return nil
}
