package scenarios

import (
	"slices"

	"github.com/dsnsim/dsnsim/internal/strict"
)

// checkServers keeps the servers that have a class within the rack's.
func (t *Traffic) checkServers(n *strict.Node, servers int) {
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
