package policy

import "github.com/dsnsim/dsnsim/sim/header"

// Tenant says which network of its server a packet is in. Tenants may use the same addresses, so all that is found by a packet's
// headers is found by its network too: connections, bindings, flows. It is the same in both directions and in every placement.
type Tenant struct {
	// Network is the number of the VM whose network it is, from 0. An entry of the traffic that names VMs is of the network of the
	// first of them, and one that names none of the first VM's: its flows are spread over the VMs to load their queues, but they
	// are one tenant's. A packet out of an overlay is in the network that the overlay's header names, counted from the first VM's.
	Network uint32
	// VLAN are the VLAN ids of the tenant's frame, the outer first. A tag with id 0 has a priority only and is left out.
	VLAN [header.MaxVLANs]uint16
}

// NewTenant returns the tenant of a network whose frames have the given tags.
func NewTenant(network uint32, tags [header.MaxVLANs]uint16) Tenant {
	t := Tenant{Network: network}
	n := 0
	for _, id := range tags {
		if id != 0 {
			t.VLAN[n] = id
			n++
		}
	}
	return t
}

// Tenants numbers the tenants that appear, by which tables know them: table.Tuple.Network. The first VM's untagged network is 0.
type Tenants struct{ numbers map[Tenant]uint32 }

// NewTenants returns a list with tenant 0 in it.
func NewTenants() *Tenants { return &Tenants{map[Tenant]uint32{{}: 0}} }

// Number returns the number of a tenant, the next one for a tenant that is new.
func (l *Tenants) Number(t Tenant) uint32 {
	n, known := l.numbers[t]
	if !known {
		n = uint32(len(l.numbers))
		l.numbers[t] = n
	}
	return n
}
