package placement

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim"
)

// Between servers, a server has one way out and one way in, whatever is at the other end: the engine keeps each once. So
// what packets touch grows with the servers and not with their pairs. Where servers are pinned to chips, there is another to
// those of the same chip.
func TestPairsShareTheirHalves(t *testing.T) {
	const servers = 12
	mirrored := []string{"ipsec", "vxlan", "{mirror: {one_in: 10, snap: 128B}}", "firewall", "route"}
	for _, c := range []struct {
		services []string
		sets     []string
	}{
		{services: full},
		{full, []string{"rack.uplinks=2"}},
		{full, []string{"dsn.spread=server", "dsn.count={tor: 3, appliance: 3}"}},
		{full, []string{"dsn.traffic_manager={buffer: 1MiB, classes: [{name: gold}]}"}},
		{services: mirrored},
	} {
		for _, p := range All {
			if p.perService() && len(c.services) == len(mirrored) {
				continue // no mirror there
			}
			halves := map[string]bool{}
			r := crossed(t, p, scenario(t, c.services, append([]string{fmt.Sprintf("rack.servers=%d", servers)}, c.sets...)...))
			for from := range servers {
				for to := range servers {
					if from != to {
						hops := r.Across(p, from, to).Hops
						turn := slices.IndexFunc(hops, func(h sim.Hop) bool { return h.Op == sim.OpReceive })
						halves[fmt.Sprint(hops[:turn])], halves[fmt.Sprint(hops[turn:])] = true, true
					}
				}
			}
			assert.LessOrEqual(t, len(halves), 4*servers, "%s %v", p.Name, c)
		}
	}
}

// crossed returns the rack of a placement with all its servers.
func crossed(t *testing.T, p Placement, s *scenarios.Scenario) *Rack {
	r := rack(t, &journal{}, s, calm(t))
	for server := range s.Rack.Servers {
		r.Build(p, server)
	}
	return r
}
