package run

import (
	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/units"
)

// costing is the part that knows prices.
type costing struct{ job *job }

func newCosts(j *job) part {
	if j.prices == nil {
		return nil
	}
	return &costing{j}
}

// bill is what a placement is made of, and the prices.
type bill struct {
	prices  *prices.List
	parts   prices.Bill
	servers int
}

func (c *costing) measure() measurement {
	return &bill{c.job.prices, c.job.rack.Bill, c.job.scenario.Rack.Servers}
}

// metrics adds what the placement costs over the years.
func (o *bill) metrics(m map[string]float64, r *rowData) {
	total := o.cost(r.outcome, r.window)
	m["cost.per_server"] = total / float64(o.servers)
	arrived := r.outcome.arrived()
	if gbps := arrived.Gbps(r.window); gbps > 0 {
		m["cost.per_gbps"] = total / gbps
	}
}

// cost is what the parts cost, and their energy at the mean power of the window.
func (o *bill) cost(of *outcome, window units.Duration) float64 {
	return o.prices.Of(o.parts).Float() + o.energyCost(of, window)
}

// energyCost is what the energy of the years costs.
func (o *bill) energyCost(of *outcome, window units.Duration) float64 {
	took := measuredBy[*powerDrawn](of).Total(nil)
	return o.prices.KWh(took.Watts(window)) * o.prices.EnergyKWh.Value.Float()
}

// costs lists what the cost is made of, in the mean over the replications; nil without prices.
func costs(outcomes []*outcome, window units.Duration) *result.Cost {
	o := measuredBy[*bill](outcomes[0])
	if o == nil {
		return nil
	}
	l := o.prices
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
	for _, p := range o.parts {
		each := l.Price(p.Item)
		amount := prices.Amount{Micros: p.Count * each.Micros, Currency: each.Currency}
		c.Items = append(c.Items, result.CostItem{Item: p.Item.String(), Count: p.Count, Each: each.Float(), Amount: amount.Float()})
	}
	n := float64(len(outcomes))
	for _, of := range outcomes {
		o, took := measuredBy[*bill](of), measuredBy[*powerDrawn](of).Total(nil)
		c.EnergyKWh += l.KWh(took.Watts(window)) / n
		c.Energy += o.energyCost(of, window) / n
		c.Total += o.cost(of, window) / n
	}
	return c
}
