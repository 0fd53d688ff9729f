package arithmetic

import (
	"github.com/dsnsim/dsnsim/hw/power"

	"github.com/dsnsim/dsnsim/sim/units"
)

// fJPerJ turns femtojoules a second into watts.
const fJPerJ = 1e15

// supply works out what a placement takes at the offered load, against what the place of its DSNs supplies.
func (v *demand) supply() *Supply {
	s := &Supply{}
	number := map[string]int{}
	for i, u := range v.engine.Usages() {
		number[u.Name] = i
	}
	rest, dynamic := make([]float64, v.dsns), make([]float64, v.dsns) // by DSN
	for _, c := range power.Components() {
		part := SupplyPart{Component: c.String(), Side: c.Side().String()}
		for _, d := range v.plan.Draws {
			if d.Component == c {
				part.RestWatts += watts(d.Power)
				if c.Side() == power.DSN {
					rest[d.Owner] += watts(d.Power)
				}
			}
		}
		taken := 0.0
		for i := range v.plan.Charges {
			if g := &v.plan.Charges[i]; g.Component == c {
				w := v.loads[number[g.Resource]].takes(g)
				taken += w
				if c.Side() == power.DSN {
					dynamic[g.Owner] += w
				}
			}
		}
		if pps := v.offered().Mpps * 1e6; pps > 0 {
			part.NJPerPacket = taken / pps * 1e9
		}
		s.TotalWatts += part.RestWatts + taken
		if part.RestWatts+taken > 0 {
			s.Parts = append(s.Parts, part)
		}
	}
	v.against(s, rest, dynamic)
	return s
}

// against compares the DSN that takes most with its budget.
func (v *demand) against(s *Supply, rest, dynamic []float64) {
	most := -1
	for i := range rest {
		if most < 0 || rest[i]+dynamic[i] > rest[most]+dynamic[most] {
			most = i
		}
	}
	if most < 0 {
		return
	}
	s.RestWatts, s.DSNWatts = rest[most], rest[most]+dynamic[most]
	b, ok := v.Scenario.Budget(v.Placement.Name)
	if !ok {
		return
	}
	s.Budget = BudgetOf(b)
	if dynamic[most] > 0 {
		scale := max(0, (s.Budget.Watts-s.RestWatts)/dynamic[most])
		s.Scale = &scale
	}
}

// BudgetOf is a budget as reports have it.
func BudgetOf(b power.Budget) *Budget {
	return &Budget{Name: b.Name, Watts: watts(b.Power), Source: b.Source}
}

// takes returns the power of a charge, in watts.
func (l *resourceLoad) takes(c *power.Charge) float64 {
	return (l.visits*float64(c.PerVisit)+l.bytes*float64(c.PerByte))/fJPerJ + l.busy*watts(c.PerBusy)
}

func watts(p units.Power) float64 { return float64(p) / float64(units.Watt) }
