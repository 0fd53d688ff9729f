package experiments

import (
	"cmp"
	"slices"

	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/scenarios/parts/energy"

	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/units"
)

// contributors is how many components a PowerFit names.
const contributors = 3

// fit says what would have to change at the last point of a curve, whose outcomes at the full clock are given.
func (c *curves) fit(curve *PowerCurve, outcomes []*trial.Outcome) *PowerFit {
	last := curve.Points[len(curve.Points)-1]
	f := &PowerFit{Load: last.Load, Watts: last.FreeWatts, ExcessWatts: last.FreeWatts - curve.Budget.Watts, FitsUpTo: fitsUpTo(curve)}
	f.Contributors = contributorsOf(outcomes, c.scenario.Run.Duration-c.scenario.Run.Warmup)
	f.Contributors = f.Contributors[:min(contributors, len(f.Contributors))]
	return f
}

// fitsUpTo returns the load at which the budget is used up: on the straight line between the last point below it and the first
// above.
func fitsUpTo(curve *PowerCurve) *float64 {
	for i := range curve.Points {
		b := &curve.Points[i]
		if !b.OverBudget {
			continue
		}
		if i == 0 {
			return nil
		}
		a := &curve.Points[i-1]
		load := a.Load + (b.Load-a.Load)*(curve.Budget.Watts-a.FreeWatts)/(b.FreeWatts-a.FreeWatts)
		return &load
	}
	return nil
}

// contributorsOf lists what the components of the DSN that takes most take, operation by operation, in the mean over the
// replications, the largest first.
func contributorsOf(outcomes []*trial.Outcome, window units.Duration) []Contributor {
	var list []Contributor
	n, sum := float64(len(outcomes)), 0.0
	for _, c := range power.Components() {
		if c.Side() != power.DSN {
			continue
		}
		part := Contributor{Component: c.String()}
		nJ, arrivedInAll := 0.0, true
		for _, o := range outcomes {
			drawn := trial.MeasuredBy[*energy.PowerDrawn](o)
			owner, _ := drawn.Hungriest(power.DSN)
			for i := range drawn.Entries {
				if e := &drawn.Entries[i]; e.Component == c && e.Owner == owner {
					part.Operations = addOperation(part.Operations, e.Operation, e.Energy.Watts(window)/n, e.Draw)
					part.Watts += e.Energy.Watts(window) / n
				}
			}
			arrived, all := o.Arrived(), drawn.Component(c)
			if arrivedInAll = arrivedInAll && arrived.Packets > 0; arrivedInAll {
				nJ += all.Femtojoules() / energy.FJPerNJ / float64(arrived.Packets) / n
			}
		}
		if arrivedInAll {
			part.NJPerPacket = &nJ
		}
		sum += part.Watts
		if part.Watts > 0 {
			slices.SortStableFunc(part.Operations, func(a, b Operation) int { return cmp.Compare(b.Watts, a.Watts) })
			list = append(list, part)
		}
	}
	for i := range list {
		list[i].Share = list[i].Watts / sum
	}
	slices.SortStableFunc(list, func(a, b Contributor) int { return cmp.Compare(b.Watts, a.Watts) })
	return list
}

// addOperation adds to the operation of a name.
func addOperation(list []Operation, name string, w float64, atRest bool) []Operation {
	if w == 0 {
		return list
	}
	for i := range list {
		if list[i].Operation == name && list[i].AtRest == atRest {
			list[i].Watts += w
			return list
		}
	}
	return append(list, Operation{Operation: name, Watts: w, AtRest: atRest})
}
