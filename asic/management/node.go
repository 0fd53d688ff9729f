package management

import (
	"fmt"

	"github.com/dsnsim/dsnsim/pcie/firewall"
)

// Resource is a kind of thing that only its owner should reach. Scenarios name it as a target.
type Resource uint8

// The resources. Those from Registers on belong to one function of the card each; the others are the DSN's own.
const (
	Process     Resource = iota // the DSN where it is software: a process, or a virtual machine
	Policy                      // rules, routes, tunnels
	Windows                     // the PCIe firewall's windows
	Keys                        // keys of the tunnels, where they lie
	Memory                      // the DSN's other memory: tables, flows, packets
	Connections                 // entries of the flow table, which strangers' packets make
	Registers                   // a function's BAR
	Queues                      // a function's queues, by their doorbells
	Buffers                     // the server's memory behind a function, by DMA
	resources
)

var resourceNames = [resources]string{"software", "policy", "windows", "keys", "memory", "connections", "bar", "queue", "iova"}

// String returns the name of the target in a scenario.
func (r Resource) String() string { return resourceNames[r] }

// ResourceOf returns the resource of a name.
func ResourceOf(name string) (Resource, bool) {
	for r, n := range resourceNames {
		if n == name {
			return Resource(r), true
		}
	}
	return 0, false
}

// PerFunction reports whether each function has a resource of this kind.
func (r Resource) PerFunction() bool { return r >= Registers }

// nodeKind tells nodes apart.
type nodeKind uint8

const (
	kernel nodeKind = iota
	guest
	manager
	hostMemory
	function
	chip
	store
	network
	port
	outsider
	ports
	target
)

// Node is a principal, a resource, or something on the way between them.
type Node struct {
	kind nodeKind
	// n is the number of a guest, or the function of a function or a target.
	n        int
	resource Resource
}

// Kernel is what runs with all rights on the server: the host's kernel, the hypervisor, the PF's driver.
func Kernel() Node { return Node{kind: kernel} }

// Guest is virtual machine n, counted from 0; it has virtual function n, where there are any.
func Guest(n int) Node { return Node{kind: guest, n: n} }

// Manager is the policy manager in the network, which holds the credential.
func Manager() Node { return Node{kind: manager} }

// Outsider is anyone in the network whose packets reach the DSN like all others.
func Outsider() Node { return Node{kind: outsider} }

// Chip is the DSN where it is a chip, as one that acts by itself.
func Chip() Node { return Node{kind: chip} }

// DSN is a resource of the DSN's own.
func DSN(r Resource) Node { return Node{kind: target, resource: r} }

// Of is the resource of a function.
func Of(r Resource, f firewall.Function) Node { return Node{kind: target, resource: r, n: int(f)} }

// String names the node in words.
func (n Node) String() string {
	switch n.kind {
	case guest:
		return fmt.Sprintf("VM %d", n.n)
	case function:
		return firewall.Function(n.n).String()
	case target:
		if n.resource.PerFunction() {
			return fmt.Sprintf("%s of %s", n.resource, firewall.Function(n.n))
		}
		return n.resource.String()
	}
	return [...]string{kernel: "kernel", manager: "policy manager", hostMemory: "host memory", chip: "chip",
		store: "key store", network: "network", port: "management port", outsider: "outsider", ports: "ports of the DSN"}[n.kind]
}
