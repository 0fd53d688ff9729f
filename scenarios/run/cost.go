package run

import (
	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/units"
)

// costMetrics adds what the placement costs over the years, where the scenario has prices.
func (o *outcome) costMetrics(m map[string]float64, window units.Duration) {
	if o.prices == nil {
		return
	}
	total := o.cost(window)
	m["cost.per_server"] = total / float64(o.servers)
	arrived := o.arrived()
	if gbps := arrived.Gbps(window); gbps > 0 {
		m["cost.per_gbps"] = total / gbps
	}
}

// cost is what the parts cost, and their energy at the mean power of the window.
func (o *outcome) cost(window units.Duration) float64 {
	return o.prices.Of(o.bill).Float() + o.energyCost(window)
}

// energyCost is what the energy of the years costs.
func (o *outcome) energyCost(window units.Duration) float64 {
	took := o.power.Total(nil)
	return o.prices.KWh(took.Watts(window)) * o.prices.EnergyKWh.Value.Float()
}

// costs lists what the cost is made of, in the mean over the replications; nil without prices.
func costs(outcomes []*outcome, window units.Duration) *result.Cost {
	o := outcomes[0]
	l := o.prices
	if l == nil {
		return nil
	}
	c := &result.Cost{List: l.Name, Currency: l.Currency(), Years: l.Years.Value, PUE: float64(l.PUE.Value) / float64(units.Whole), Servers: o.servers,
		Items: []result.CostItem{}}
	for _, e := range l.Constants() {
		switch {
		case e.Assumed != "":
			c.Assumed++
		case e.Source == prices.Given:
			c.Given++
		default:
			c.Sourced++
		}
	}
	for _, p := range o.bill {
		each := l.Price(p.Item)
		amount := prices.Amount{Micros: p.Count * each.Micros, Currency: each.Currency}
		c.Items = append(c.Items, result.CostItem{Item: p.Item.String(), Count: p.Count, Each: each.Float(), Amount: amount.Float()})
	}
	n := float64(len(outcomes))
	for _, o := range outcomes {
		took := o.power.Total(nil)
		c.EnergyKWh += l.KWh(took.Watts(window)) / n
		c.Energy += o.energyCost(window) / n
		c.Total += o.cost(window) / n
	}
	return c
}
