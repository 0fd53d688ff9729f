package cost

import (
	"fmt"
	"strconv"

	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/scenarios/parts/energy"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// costing is the part that knows prices.
type costing struct{ run *trial.Simulation }

func NewCosts(run *trial.Simulation) trial.Part {
	if run.Prices == nil {
		return nil
	}
	return &costing{run}
}

// bill is what a placement is made of, and the prices.
type bill struct {
	prices  *prices.List
	parts   prices.Bill
	servers int
}

func (c *costing) Measure() trial.Measurement {
	return &bill{c.run.Prices, c.run.Rack.Bill, c.run.Scenario.Rack.Servers}
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

// columns are what the report has for each part of the bill.
var columns = []result.Column{{Key: "item"}, {Key: "count"}, {Key: "each"}, {Key: "amount", Head: "amount", Unit: "currency", Fixed: true, Better: stats.Lower}}

// Sections lists what the cost is made of.
func (o *bill) Sections(of *trial.Outcome, window units.Duration) []result.Section {
	l := o.prices
	s := result.Section{Name: "cost", Title: fmt.Sprintf("Cost of the rack over %s, %s", years(l.Years.Value), l.Currency()), Columns: columns,
		Units: map[string]string{"currency": l.Currency()}}
	for _, p := range o.parts {
		each := l.Price(p.Item)
		amount := prices.Amount{Micros: p.Count * each.Micros, Currency: each.Currency}
		s.Rows = append(s.Rows, result.Row{Label: p.Item.String(), Rank: int(p.Item), Values: []any{p.Item.String(), p.Count, each.Float(), amount.Float()}})
	}
	given, sourced, assumed := o.sources()
	pue, took, total := float64(l.PUE.Value)/float64(units.Whole), trial.MeasuredBy[*energy.PowerDrawn](of).Total(nil), o.cost(of, window)
	s.Facts = []result.Fact{{Key: "list", Value: l.Name}, {Key: "given", Value: given}, {Key: "sourced", Value: sourced}, {Key: "assumed", Value: assumed},
		{Key: "currency", Value: l.Currency()}, {Key: "years", Value: int64(l.Years.Value)}, {Key: "pue", Value: pue}, {Key: "items", Value: result.RowsHere{}},
		{Key: "energy_kwh", Value: l.KWh(took.Watts(window)), Join: result.Level},
		{Key: "energy", Label: "energy", Value: o.energyCost(of, window), Join: result.Level},
		{Key: "total", Label: "all", Value: total, Join: result.Level},
		{Key: "servers", Value: int64(o.servers)},
		{Label: "a server of it", Value: total / float64(o.servers), Join: result.Level}}
	s.Items = []result.Item{{Text: fmt.Sprintf("price list %s: %d figures assumed, %d with a source, %d of the scenario; energy at the mean power of the measured window, times %s",
		l.Name, assumed, sourced, given, strconv.FormatFloat(pue, 'g', 3, 64))}}
	return []result.Section{s}
}

// sources says how many figures of the price list the scenario gives, have a source, and are assumed.
func (o *bill) sources() (given, sourced, assumed int64) {
	for _, e := range o.prices.Constants() {
		switch {
		case e.Assumed != "":
			assumed++
		case e.Source == prices.Given:
			given++
		default:
			sourced++
		}
	}
	return given, sourced, assumed
}

func years(n int) string {
	if n == 1 {
		return "1 year"
	}
	return strconv.Itoa(n) + " years"
}
