package run

import (
	"slices"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/parts/attacks"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/scenarios/trial"
)

// besieged is what a placement's attacks are compared with: each attack by itself, and none at all, with the same seeds.
type besieged struct {
	scenario  *scenarios.Scenario
	placement placement.Placement
	main      *variant
	none      variant
	alone     []*variant           // by attack; nil without a path
	probes    [][]*placement.Probe // by attack, as they are before the run
}

// besiege prepares the comparison, or returns nil without attacks. An attack that is the only one with a path is by
// itself in the main run already.
func besiege(s *scenarios.Scenario, p *profile.Profile, pl placement.Placement, main *variant, prepare func(trial.AttackSet) variant) (*besieged, error) {
	if len(s.Attacks) == 0 {
		return nil, nil
	}
	domain, err := pl.Domain(s, p)
	if err != nil {
		return nil, err
	}
	b := &besieged{scenario: s, placement: pl, main: main, alone: make([]*variant, len(s.Attacks))}
	var open []int
	for i := range s.Attacks {
		b.probes = append(b.probes, placement.Probes(&s.Attacks[i], domain, s, p))
		if attacks.Reachable(b.probes[i]) > 0 {
			open = append(open, i)
		}
	}
	if len(open) > 0 {
		b.none = prepare(trial.NoAttack)
	}
	for _, i := range open {
		b.alone[i] = main
		if len(open) > 1 {
			v := prepare(trial.AttackSet(i))
			b.alone[i] = &v
		}
	}
	return b, nil
}

// variants lists what is to be simulated beside the main run.
func (b *besieged) variants() []*variant {
	if b == nil {
		return nil
	}
	list := []*variant{&b.none}
	for _, v := range b.alone {
		if v != nil && v != b.main {
			list = append(list, v)
		}
	}
	return list
}

// pair is one replication with an attack and without it.
type pair struct{ with, without *trial.Outcome }

// pairs lists the replications that were finished both ways.
func (b *besieged) pairs(attack int) []pair {
	var list []pair
	if v := b.alone[attack]; v != nil {
		for r := range v.Outcomes {
			if v.Outcomes[r] != nil && b.none.Outcomes[r] != nil {
				list = append(list, pair{v.Outcomes[r], b.none.Outcomes[r]})
			}
		}
	}
	return list
}

// judge gives each replication of the main run what its attacks achieved.
func (b *besieged) judge() {
	if b == nil {
		return
	}
	for r, o := range b.main.Outcomes {
		if o == nil {
			continue
		}
		sum, whole := &attacks.Security{}, true
		var done []string
		for i, v := range b.alone {
			if v == nil {
				continue
			}
			if v.Outcomes[r] == nil || b.none.Outcomes[r] == nil {
				whole = false
				continue
			}
			for _, p := range trial.MeasuredBy[*attacks.SiegeOutcome](v.Outcomes[r]).Probes[i] {
				name := b.scenario.Attacks[i].Kind + " " + p.Target.String()
				if p.Count.Succeeded > 0 && !slices.Contains(done, name) {
					done = append(done, name)
				}
			}
			if rise, ok := p99Change(pair{v.Outcomes[r], b.none.Outcomes[r]}, i); ok {
				sum.Rise, sum.Known = max(sum.Rise, rise), true
			}
		}
		if sum.Breaches = float64(len(done)); whole {
			trial.MeasuredBy[*attacks.SiegeOutcome](o).Security = sum
		}
	}
}
