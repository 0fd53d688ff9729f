package reports

import (
	"fmt"

	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// costUnit is the unit of metrics in the catalogue that are in a report's own currency.
const costUnit = "currency"

// cost returns what each placement costs, part by part, a title for it, and what the figures are worth; nil without prices.
func (t *results) cost() (title string, g *grid, words []item) {
	all := t.of(result.All, result.All)
	first := t.priced()
	if first == nil {
		return "", nil, nil
	}
	title = fmt.Sprintf("Cost of the rack over %s, %s", counted(first.Years, "year"), first.Currency)
	g = &grid{heads: t.placements}
	row := func(label string, of func(*result.Cost) (float64, bool)) {
		if r, ok := costRow(label, all, of); ok {
			g.rows = append(g.rows, r)
		}
	}
	for _, i := range prices.Items() {
		row(i.String(), func(c *result.Cost) (float64, bool) {
			for _, it := range c.Items {
				if it.Item == i.String() {
					return it.Amount, true
				}
			}
			return 0, false
		})
	}
	row("energy", func(c *result.Cost) (float64, bool) { return c.Energy, true })
	row("all", func(c *result.Cost) (float64, bool) { return c.Total, true })
	row("a server of it", func(c *result.Cost) (float64, bool) { return c.Total / float64(c.Servers), true })
	text := fmt.Sprintf("price list %s: %d figures assumed, %d with a source, %d of the scenario; energy at the mean power of the measured window, times %s",
		first.List, first.Assumed, first.Sourced, first.Given, amount(first.PUE))
	return title, g, []item{{text: text}}
}

// priced returns the cost of the first placement that has one; list, currency and years are those of all.
func (t *results) priced() *result.Cost {
	for _, r := range t.of(result.All, result.All) {
		if r != nil && r.Cost != nil {
			return r.Cost
		}
	}
	return nil
}

// costRow writes a figure of each placement, in whole units of the currency; false where none has it.
func costRow(label string, all []*result.Result, of func(*result.Cost) (float64, bool)) (row, bool) {
	r, some := row{label: label, cells: make([]cell, len(all))}, false
	s := scale{prefix: prefix{"", 1}}
	for i, res := range all {
		r.cells[i].text = absent
		if res == nil || res.Cost == nil {
			continue
		}
		if v, ok := of(res.Cost); ok {
			r.cells[i].text, some = s.text(v), true
		}
	}
	return r, some
}
