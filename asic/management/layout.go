package management

import (
	"github.com/dsnsim/dsnsim/pcie/firewall"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Where things are in the address spaces of a card. assumed: no vendor publishes its map; what counts is that everything
// has a place of its own, aligned to pages, large enough for 4,096 functions.
const (
	registersShift = 16              // 64 KiB of BAR for each function
	policyAt       = uint64(1) << 32 // behind the registers of all functions
	policySize     = uint64(256) << 20
	windowsAt      = uint64(2) << 32
	windowsSize    = uint64(1) << 20
	storeAt        = uint64(3) << 32 // where the key store takes requests
	storeSize      = uint64(1) << 20
	memoryAt       = uint64(1) << 40
	contextsSize   = uint64(64) << 20 // the first part of the memory: contexts of tunnels, with the keys that cores fetch
	leastMemory    = uint64(256) << 20
	buffersShift   = 32 // 4 GiB of server memory behind each function
)

// QueuesPerFunction is how many queue pairs a function has.
// assumed: one for each virtual CPU of a usual virtual machine
const QueuesPerFunction = 8

// Region is where a resource is: addresses [From, To) of a space.
type Region struct {
	Space    firewall.Space
	From, To uint64
}

// Region returns where a resource of the card is, and whether it is on the card at all. f counts for what each function
// has one of.
func (d *Domain) Region(r Resource, f firewall.Function) (Region, bool) {
	if d.setup.Place != Card || r.PerFunction() && int(f) > d.setup.VFs {
		return Region{}, false
	}
	n := uint64(f)
	switch r {
	case Policy:
		return Region{firewall.BAR, policyAt, policyAt + policySize}, true
	case Windows:
		return Region{firewall.BAR, windowsAt, windowsAt + windowsSize}, true
	case Keys:
		return Region{firewall.BAR, memoryAt, memoryAt + contextsSize}, true
	case Memory:
		return Region{firewall.BAR, memoryAt + contextsSize, memoryAt + max(uint64(d.setup.Memory), leastMemory)}, true
	case Registers:
		return Region{firewall.BAR, n << registersShift, (n + 1) << registersShift}, true
	case Queues:
		return Region{firewall.Queue, n * QueuesPerFunction, (n + 1) * QueuesPerFunction}, true
	case Buffers:
		return Region{firewall.DMA, n << buffersShift, (n + 1) << buffersShift}, true
	}
	return Region{}, false
}

// Access returns the transaction by which a function reaches n bytes of a resource at an offset from its beginning,
// which wraps where the resource ends.
func (g Region) Access(by firewall.Function, right firewall.Right, offset uint64, n units.Bytes) firewall.Access {
	if room := g.To - g.From; uint64(n) < room {
		offset %= room - uint64(n) + 1
	} else {
		offset = 0
	}
	return firewall.Access{Requester: by, Space: g.Space, Right: right, Addr: g.From + offset, Len: n}
}

// storeRegion is where the key store takes requests.
func storeRegion() Region { return Region{firewall.BAR, storeAt, storeAt + storeSize} }

// windows lists what is set when a card starts: each function has its own registers, queues and buffers, and the DSN
// what is the DSN's. When the host manages the card, the PF reaches the policy and the key store's requests.
func (d *Domain) windows() []firewall.Window {
	var list []firewall.Window
	claim := func(owner firewall.Function, g Region, rights firewall.Right) {
		list = append(list, firewall.Window{Space: g.Space, Function: owner, From: g.From, To: g.To, Rights: rights})
	}
	add := func(owner firewall.Function, r Resource, f firewall.Function, rights firewall.Right) {
		g, _ := d.Region(r, f)
		claim(owner, g, rights)
	}
	const both = firewall.Read | firewall.Write
	for f := range firewall.Function(d.setup.VFs + 1) {
		add(f, Registers, f, both)
		add(f, Queues, f, firewall.Write)
		add(f, Buffers, f, both)
	}
	for _, r := range []Resource{Policy, Windows, Keys, Memory} {
		add(firewall.Internal, r, 0, both)
	}
	claim(firewall.Internal, storeRegion(), both)
	if d.setup.Mode == Host {
		add(firewall.PF, Policy, 0, both)
		claim(firewall.PF, storeRegion(), both)
	}
	return list
}
