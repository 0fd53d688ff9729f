package services

import (
	"github.com/dsnsim/dsnsim/asic/lb"
	"github.com/dsnsim/dsnsim/asic/nat"
	"github.com/dsnsim/dsnsim/sim/units"
)

// translated adds up what the NATs and load balancers of a placement counted; nil where there is none.
func (v *Services) translated() (n *nat.Counts, b *lb.Counts) {
	for _, p := range v.Programs {
		one, other := p.Translated()
		if one != nil {
			if n == nil {
				n = &nat.Counts{}
			}
			n.New += one.New
			n.Active += one.Active
		}
		if other != nil {
			if b == nil {
				b = &lb.Counts{}
			}
			b.New += other.New
			b.Active += other.Active
		}
	}
	return n, b
}

// translationMetrics adds what nat and lb did.
func (o *ServiceCounts) translationMetrics(m map[string]float64, window units.Duration) {
	if o.NAT != nil {
		m["nat.bindings"] = float64(o.NAT.Active)
		m["nat.new_per_second"] = float64(o.NAT.New) / window.Seconds()
	}
	if o.LB != nil {
		m["lb.flows"] = float64(o.LB.Active)
		m["lb.new_per_second"] = float64(o.LB.New) / window.Seconds()
	}
}
