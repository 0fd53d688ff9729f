package demand

import (
	"fmt"
	"slices"

	"github.com/dsnsim/dsnsim/internal/strict"
)

// CheckServers keeps the servers that have a class within the rack's.
func (t *Traffic) CheckServers(n *strict.Node, servers int) {
	if !n.Has("servers") {
		return
	}
	at := n.At("servers")
	if at.Kind() == strict.List && len(t.Servers) == 0 {
		at.Errorf("expected the numbers of servers, such as [0, 3]")
	}
	for i, item := range at.Items() {
		switch {
		case i >= len(t.Servers):
		case t.Servers[i] >= servers:
			item.Errorf("expected a server from 0 to %d (rack.servers is %d), got %d", servers-1, servers, t.Servers[i])
		case slices.Contains(t.Servers[:i], t.Servers[i]):
			item.Errorf("duplicate server %d", t.Servers[i])
		}
	}
}

// On reports whether a server has the class: of an incast, whether it sends.
func (t *Traffic) On(server int) bool {
	if t.Incast != nil {
		return t.Incast.SendsTo(server)
	}
	return len(t.Servers) == 0 || slices.Contains(t.Servers, server)
}

// CheckVMs makes the list of a class's VMs.
func (t *Traffic) CheckVMs(n *strict.Node, vms int) {
	if n.Kind() != strict.Mapping {
		return
	}
	key := "vms"
	if n.Has("vf") {
		if key = "vf"; n.Has("vms") {
			n.At("vf").Errorf("vf and vms exclude each other: vf names one VM, vms a list")
			return
		}
		t.VMs = []int{t.VF}
	} else if n.Has("vms") && n.At("vms").Kind() == strict.List && len(t.VMs) == 0 {
		n.At("vms").Errorf("expected the numbers of VMs, such as [0, 3]")
	}
	seen := map[int]bool{}
	for _, vm := range t.VMs {
		switch {
		case vm < 0 || vm >= vms:
			n.At(key).Errorf("expected %s, got %d", numbers(vms), vm)
		case seen[vm]:
			n.At(key).Errorf("VM %d is named twice", vm)
		}
		seen[vm] = true
	}
}

func numbers(vms int) string {
	if vms == 1 {
		return "VM 0, the server's only one"
	}
	return fmt.Sprintf("the number of a VM from 0 to %d", vms-1)
}
