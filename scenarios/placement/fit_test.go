package placement

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dsnsim/dsnsim/asic/management"
	"github.com/dsnsim/dsnsim/hw/prices"
)

// What a placement says that it takes is what is there once it is laid out: ports, boxes, cards and cores.
func TestPlaceIsWhatIsBuilt(t *testing.T) {
	for _, sets := range [][]string{{"rack.servers=3"}, {"rack.servers=1", "dsn.count={tor: 2, appliance: 5}", "dsn.software.cores=7"}} {
		s := scenario(t, full, sets...)
		for _, p := range All {
			r := rack(t, nil, s, calm(t))
			for server := range s.Rack.Servers {
				r.Build(p, server)
			}
			count := func(item prices.Item) (n int) {
				for _, part := range r.Bill {
					if part.Item == item {
						n = int(part.Count)
					}
				}
				return n
			}
			place := p.Place(s)
			assert.Equal(t, r.ExtraPorts, place.Ports, p.Name)
			assert.Equal(t, count(prices.ToRPort), place.Ports, p.Name)
			assert.Equal(t, count(prices.ToRPremium) > 0, place.ReplacesToR, p.Name)
			assert.Equal(t, count(prices.DSNCard) > 0, place.Where == management.Card, p.Name)
			assert.Equal(t, count(prices.NIC) == 0, place.Carries, "%s: only a DSN that carries is the NIC", p.Name)
			assert.Equal(t, r.Cores, place.Cores, p.Name)
			assert.Equal(t, p.NeedsChip(), place.Where != management.HostMemory, p.Name)
		}
	}
}
