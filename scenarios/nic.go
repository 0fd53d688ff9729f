package scenarios

import (
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Coalescing is when a card acts for several packets at once: a number of microseconds after the first, or at a number of
// frames, whichever comes first. 0 microseconds act at once; 0 frames set no number. The names are ethtool's.
type Coalescing struct {
	Usecs  int `yaml:"usecs" strict:"min=0,max=1000000"`
	Frames int `yaml:"frames" strict:"min=0,max=65535"`
}

// Hold returns how long the first packet waits.
func (c Coalescing) Hold() units.Duration { return units.Duration(c.Usecs) * units.Microsecond }

// Waits reports whether packets wait for each other at all.
func (c Coalescing) Waits() bool { return c.Usecs > 0 && c.Frames != 1 }

// VF is what each virtual function of a card has.
type VF struct {
	// Weights are shares of the port when VMs send more than it carries, by the number of the VM; those beyond the list have 1.
	Weights []int `yaml:"weights" strict:"min=1,max=1000"`
	// MaxRate is the most that a VM may send, counted in its frames without preamble and gap: one for all, or a list by the
	// number of the VM, those beyond it without a limit. A rate of 0 is none.
	MaxRate Rates `yaml:"max_rate"`
	// Queues is how many queue pairs a VM has; RSS spreads its flows over them.
	Queues int `yaml:"queues" strict:"min=1,max=64"`
}

// Rates are one rate for all, or a list.
type Rates struct {
	All  units.Rate
	List []units.Rate
}

// At returns the rate of number i, 0 for none.
func (r *Rates) At(i int) units.Rate {
	switch {
	case len(r.List) == 0:
		return r.All
	case i < len(r.List):
		return r.List[i]
	}
	return 0
}

// Given reports whether there is any.
func (r *Rates) Given() bool { return r.All > 0 || len(r.List) > 0 }

// UnmarshalStrict decodes a rate or a list of them.
func (r *Rates) UnmarshalStrict(n *strict.Node) {
	if n.Kind() == strict.List {
		n.Decode(&r.List)
	} else {
		n.Decode(&r.All)
	}
}

// UnmarshalStrict decodes and checks the slot.
func (c *PCIe) UnmarshalStrict(n *strict.Node) {
	type plain PCIe
	n.Decode((*plain)(c))
	switch {
	case c.Page != 4*units.KiB && c.Page != 2*units.MiB && c.Page != units.GiB:
		n.At("page").Errorf("expected 4KiB, 2MiB or 1GiB, got %s", c.Page)
	case n.Has("page") && !c.IOMMU:
		n.At("page").Errorf("page is for iommu: true")
	}
}

// checkDriver wants options that go together.
func (c *NIC) checkDriver(n *strict.Node) {
	if n.Has("interrupts") && c.Driver != "interrupt" {
		n.At("interrupts").Errorf("interrupts are for driver: interrupt; this one polls")
	}
	if c.Completions.Frames != 1 && c.Completions.Usecs == 0 {
		n.At("completions").Errorf("completions that are written together need a time, such as {usecs: 1, frames: 4}")
	}
	if c.Tagging == "vlan" && !c.SRIOV {
		n.At("tagging").Errorf("a card tags the packets of its virtual functions; this one has none (sriov: false)")
	}
	if n.Has("vf") && !c.SRIOV {
		n.At("vf").Errorf("vf is for sriov: true")
	}
}

// checkFunctions keeps lists by VM, and the VMs of traffic, within the server's VMs.
func (s *Scenario) checkFunctions(n *strict.Node) {
	vms := s.Rack.Server.VMs
	vf, at := &s.Rack.Server.NIC.VF, n.At("rack", "server", "nic", "vf")
	for _, list := range []struct {
		key string
		n   int
	}{{"weights", len(vf.Weights)}, {"max_rate", len(vf.MaxRate.List)}} {
		if list.n > vms {
			at.At(list.key).Errorf("expected at most one for each of the server's %d VMs, got %d", vms, list.n)
		}
	}
	items := n.At("traffic").Items()
	if len(items) != len(s.Traffic) {
		return
	}
	for i := range s.Traffic {
		s.Traffic[i].CheckVMs(items[i], vms)
		s.Traffic[i].CheckServers(items[i], s.Rack.Servers)
	}
}
