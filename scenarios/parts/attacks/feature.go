package attacks

import (
	"slices"

	"github.com/dsnsim/dsnsim/asic/management"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/trial"
)

// Attacks are the attacks of a scenario in a placement. Each that has a path is simulated alone, and the scenario without any, with the same
// seeds: its victims are compared packet for packet.
type Attacks struct {
	setup    *trial.Setup
	err      error       // why there is no domain
	accesses [][]*Access // by attack, as they are before the run
	open     []int       // attacks with a path
	// OnState, for tests, is called with the state of a server under attack before the run.
	OnState func(*State)
}

// The variants of the scenario: with all attacks as it is, without any, and then with each of the open ones alone.
const (
	withAll = iota
	Baseline
	firstAlone
)

// New plans the attacks of a scenario.
func New(s *trial.Setup) trial.Feature {
	if len(s.Scenario.Attacks) == 0 {
		return nil
	}
	a := &Attacks{setup: s}
	var domain *management.Domain
	if domain, a.err = s.Placement.Domain(s.Scenario, s.Profile); a.err != nil {
		return a
	}
	for i := range s.Scenario.Attacks {
		a.accesses = append(a.accesses, accessesOf(&s.Scenario.Attacks[i], domain, s.Scenario, s.Profile))
		if reachable(a.accesses[i]) > 0 {
			a.open = append(a.open, i)
		}
	}
	return a
}

// Refuse says why nothing can be attacked here.
func (a *Attacks) Refuse() []string {
	if a.err == nil {
		return nil
	}
	return []string{a.err.Error()}
}

// Variants counts the scenario without attacks and with each alone. The only one with a path is alone in the scenario as it is.
func (a *Attacks) Variants() int {
	switch len(a.open) {
	case 0:
		return 0
	case 1:
		return Baseline
	}
	return Baseline + len(a.open)
}

// Alone returns the variant that has one of the open attacks only.
func (a *Attacks) Alone(attack int) int {
	if len(a.open) == 1 {
		return withAll
	}
	return firstAlone + slices.Index(a.open, attack)
}

// has reports whether a variant has an attack.
func (a *Attacks) has(variant, attack int) bool {
	switch variant {
	case withAll:
		return true
	case Baseline:
		return false
	}
	return a.open[variant-firstAlone] == attack
}

// pair is one replication with an attack and without it.
type pair struct{ with, without *trial.Outcome }

// pairs lists the replications that were finished both ways; none for an attack without a path.
func (a *Attacks) pairs(r *trial.Runs, attack int) []pair {
	if !slices.Contains(a.open, attack) {
		return nil
	}
	var list []pair
	for n, with := range r.ByVariant[a.Alone(attack)] {
		if without := r.ByVariant[Baseline][n]; with != nil && without != nil {
			list = append(list, pair{with, without})
		}
	}
	return list
}

// Compare gives each replication of the scenario as it is what its attacks achieved.
func (a *Attacks) Compare(r *trial.Runs) {
	for n, o := range r.Main() {
		if o != nil {
			a.judge(r, n, o)
		}
	}
}

// judge notes what the attacks of one replication achieved, each alone, unless one is not finished.
func (a *Attacks) judge(r *trial.Runs, n int, o *trial.Outcome) {
	sum := &Security{}
	var done []string
	for _, i := range a.open {
		with, without := r.ByVariant[a.Alone(i)][n], r.ByVariant[Baseline][n]
		if with == nil || without == nil {
			return
		}
		for _, p := range trial.MeasuredBy[*Outcome](with).Accesses[i] {
			name := a.setup.Scenario.Attacks[i].Kind + " " + p.Target.String()
			if p.Count.Succeeded > 0 && !slices.Contains(done, name) {
				done = append(done, name)
			}
		}
		if rise, ok := p99Change(pair{with, without}, i); ok {
			sum.Rise, sum.Known = max(sum.Rise, rise), true
		}
	}
	sum.Breaches = float64(len(done))
	trial.MeasuredBy[*Outcome](o).Security = sum
}

// Report adds what each attack achieved.
func (a *Attacks) Report(report *result.Report, r *trial.Runs) {
	if r.Main() == nil {
		return
	}
	var list []result.Attack
	for i := range a.setup.Scenario.Attacks {
		pairs := a.pairs(r, i)
		if len(pairs) > 0 || !slices.Contains(a.open, i) {
			list = append(list, a.attack(i, pairs))
		}
	}
	report.Attacks = append(report.Attacks, list...)
	if row := report.Row(a.setup.Placement.Name, result.All, result.All); row != nil && len(list) > 0 {
		row.Sections = append(row.Sections, sectionOf(list))
	}
}
