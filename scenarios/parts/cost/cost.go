package cost

import (
	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/scenarios/parts/energy"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/units"
)

// costing is the part that knows prices.
type costing struct{ job *trial.Job }

func NewCosts(j *trial.Job) trial.Part {
	if j.Prices == nil {
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

func (c *costing) Measure() trial.Measurement {
	return &bill{c.job.Prices, c.job.Rack.Bill, c.job.Scenario.Rack.Servers}
}

// Metrics adds what the placement costs over the years.
func (o *bill) Metrics(m map[string]float64, r *trial.RowData) {
	total := o.cost(r.Outcome, r.Window)
	m["cost.per_server"] = total / float64(o.servers)
	arrived := r.Outcome.Arrived()
	if gbps := arrived.Gbps(r.Window); gbps > 0 {
		m["cost.per_gbps"] = total / gbps
	}
}

// cost is what the parts cost, and their energy at the mean power of the window.
func (o *bill) cost(of *trial.Outcome, window units.Duration) float64 {
	return o.prices.Of(o.parts).Float() + o.energyCost(of, window)
}

// energyCost is what the energy of the years costs.
func (o *bill) energyCost(of *trial.Outcome, window units.Duration) float64 {
	took := trial.MeasuredBy[*energy.PowerDrawn](of).Total(nil)
	return o.prices.KWh(took.Watts(window)) * o.prices.EnergyKWh.Value.Float()
}

// Costs lists what the cost is made of, in the mean over the replications; nil without prices.
func Costs(outcomes []*trial.Outcome, window units.Duration) *result.Cost {
	o := trial.MeasuredBy[*bill](outcomes[0])
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
		o, took := trial.MeasuredBy[*bill](of), trial.MeasuredBy[*energy.PowerDrawn](of).Total(nil)
		c.EnergyKWh += l.KWh(took.Watts(window)) / n
		c.Energy += o.energyCost(of, window) / n
		c.Total += o.cost(of, window) / n
	}
	return c
}
