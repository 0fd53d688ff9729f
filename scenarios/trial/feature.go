package trial

import (
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/state"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Feature is what a scenario may have beside plain traffic, planned for one placement. The runner goes over a literal list of features
// (scenarios/parts) and knows none by its name: what one has to say beyond this interface, it says by one of those below.
type Feature interface {
	// Part makes the feature's part of a simulation; nil where it has none in it.
	Part(s *Simulation) Part
}

// What a feature may do, too. The runner calls them in this order.
type (
	// Refuser says why the placement cannot be simulated because of the feature, or nothing.
	Refuser interface{ Refuse() []string }
	// Varied wants the scenario simulated with the feature changed, beside the scenario as it is: so many variants.
	Varied interface{ Variants() int }
	// Preparer works something out before the first simulation, which takes a while.
	Preparer interface{ Prepare() error }
	// Comparer compares its variants with the scenario as it is, replication by replication, before the metrics of those are computed.
	Comparer interface{ Compare(r *Runs) }
	// Witness has more to be judged than the traffic: of the scenario as it is (0), and of its variants, which are then judged too.
	Witness interface {
		Evidence(variant int, outcomes []*Outcome) []state.Part
	}
	// Reporter adds to a report what is no metric of the traffic. The rows of the placement's traffic are in it already.
	Reporter interface {
		Report(report *result.Report, r *Runs)
	}
)

// Variant says what is simulated: the scenario as it is, or a variant of one of its features.
type Variant struct {
	Of     Feature // nil for the scenario as it is
	Number int     // from 1
}

// For returns which of its variants a feature is to be: 0 for the scenario as it is.
func (v Variant) For(f Feature) int {
	if v.Of == f {
		return v.Number
	}
	return 0
}

// Runs are the simulations of a placement as one of its features sees them.
type Runs struct {
	// ByVariant are the outcomes by the feature's variant, the scenario as it is first, and by replication. One that is not finished is nil;
	// there are none at all where the placement is not simulated.
	ByVariant [][]*Outcome
	Window    units.Duration
}

// Main returns the outcomes of the scenario as it is.
func (r *Runs) Main() []*Outcome {
	if len(r.ByVariant) == 0 {
		return nil
	}
	return r.ByVariant[0]
}

// Finished leaves out those that are not.
func Finished(outcomes []*Outcome) []*Outcome {
	var list []*Outcome
	for _, o := range outcomes {
		if o != nil {
			list = append(list, o)
		}
	}
	return list
}

// Maker plans a feature for a placement; nil where the scenario does not have it.
type Maker func(s *Setup) Feature

// Plain is a feature that has a part in each simulation and needs no plan.
func Plain(part func(s *Simulation) Part) Maker {
	return func(*Setup) Feature { return &plain{part} }
}

type plain struct{ part func(s *Simulation) Part }

func (f *plain) Part(s *Simulation) Part { return f.part(s) }

// PlannedBy returns the feature of a type, the zero value where there is none.
func PlannedBy[T Feature](features []Feature) (found T) {
	for _, f := range features {
		if t, ok := f.(T); ok {
			return t
		}
	}
	return found
}
