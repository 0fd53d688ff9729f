package scenarios

import (
	"github.com/dsnsim/dsnsim/internal/strict"
)

// OS is the operating system that drives a server's cards: the tenant's on bare metal, else the operator's hypervisor and what
// its VMs run.
type OS struct {
	// Legacy says that it is too old to have the drivers that were upstreamed since.
	Legacy bool `yaml:"legacy"`
	// Certified says that applications are certified with its kernel, to which no driver may be added.
	Certified bool `yaml:"certified"`
}

// Drivers says where the drivers of the cards are: in-box (in the distribution that the servers run), upstreamed (in current
// versions only), out-of-tree (to be installed by whoever owns the operating system) or none. Empty is not stated.
type Drivers struct {
	DSN string `yaml:"dsn" strict:"oneof=in-box|upstreamed|out-of-tree|none"`
	NIC string `yaml:"nic" strict:"oneof=in-box|upstreamed|out-of-tree|none"`
}

// Slots is what a server has free beside the slot of its NIC.
type Slots struct {
	Free int `yaml:"free" strict:"min=0,max=16"`
	// Form is what each of them is: a PCIe slot, two adjacent ones for a card of double width, or an OCP bay.
	Form string `yaml:"form" strict:"oneof=pcie|pcie-double|ocp"` // default: pcie
}

// ToR is the merchant switch of the rack. What is not stated is no constraint.
type ToR struct {
	// Ports is how many it has in all, 0 where not stated. Servers and uplinks take one each.
	Ports int `yaml:"ports" strict:"min=1,max=1024"`
	// FreePorts is how many nothing is plugged into; nil for all that servers and uplinks leave.
	FreePorts *int `yaml:"free_ports" strict:"min=0,max=1024"`
	// Replaceable says whether a ToR that is there already may be replaced; nil where not stated.
	Replaceable *bool `yaml:"replaceable"`
}

// UnmarshalStrict decodes the free slots.
func (s *Slots) UnmarshalStrict(n *strict.Node) {
	type plain Slots
	s.Form = "pcie"
	if n.Decode((*plain)(s)) && !n.Has("free") {
		n.Errorf("expected how many slots are free, such as {free: 1, form: pcie}")
	}
}

// FreeToRPorts returns how many ports of the ToR are left for boxes beside the servers; false where nobody says.
func (r *Rack) FreeToRPorts() (int, bool) {
	switch {
	case r.ToR.FreePorts != nil:
		return *r.ToR.FreePorts, true
	case r.ToR.Ports > 0:
		return r.ToR.Ports - r.portsInUse(), true
	}
	return 0, false
}

// portsInUse is how many ports of the ToR servers and uplinks take.
func (r *Rack) portsInUse() int { return r.Servers + r.Uplinks }

// checkToR checks that the ports of the ToR add up.
func (r *Rack) checkToR(n *strict.Node) {
	ports, used := r.ToR.Ports, r.portsInUse()
	switch at := n.At("tor"); {
	case ports == 0:
	case ports < used:
		at.At("ports").Errorf("expected at least %d ports, for %d servers and the uplinks, got %d", used, r.Servers, ports)
	case r.ToR.FreePorts != nil && *r.ToR.FreePorts > ports-used:
		at.At("free_ports").Errorf("expected at most %d free ports, as %d servers and the uplinks leave of %d, got %d",
			ports-used, r.Servers, ports, *r.ToR.FreePorts)
	}
}
