package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// FindWarmup returns the scenario with its warm-up, and what is to be said of it. Where the scenario asks for it, the warm-up is found:
// a pilot, which is the first replication without a warm-up and calm, is run in each placement, and the longest
// transient of all is the warm-up of all placements and replications, so that they measure the same window.
func FindWarmup(set *input.Setting, ctx context.Context, s *scenarios.Scenario, opt Options) (*scenarios.Scenario, []string, error) {
	if !s.Run.WarmupRule.Auto {
		return s, nil, nil
	}
	if opt.Phase != nil {
		opt.Phase("finding the warm-up")
	}
	pilot := s.Calm()
	pilot.Run.Warmup, pilot.Run.Replications = 0, 1
	opt.TraceSeq, opt.Taps, opt.Progress = -1, nil, nil
	var list []*Plan
	var err error
	opt.Pool.do(func() { list, err = readyPlans(set, pilot, opt) })
	if err != nil {
		return nil, nil, err
	}
	for _, p := range list {
		for _, v := range p.all() {
			for _, j := range v.Jobs {
				j.Transient = stats.NewTransient()
			}
		}
	}
	if err := Work(ctx, list, opt); err != nil {
		if errors.Is(err, context.Canceled) {
			return s, nil, nil // nothing will run, and the report says so
		}
		return nil, nil, err
	}
	warm := *s
	var note string
	warm.Run.Warmup, note = longestTransient(list, s.Run.Duration)
	return &warm, []string{note}, nil
}

// longestTransient returns the warm-up that all pilots can do with, and says where it comes from.
func longestTransient(list []*Plan, run units.Duration) (longest units.Duration, note string) {
	var slowest string
	var without []string
	for _, p := range list {
		for _, v := range p.all() {
			for _, o := range v.Finished() {
				w, converged := o.Transient.Truncation(run)
				if !converged && !slices.Contains(without, o.Placement) {
					without = append(without, o.Placement)
				}
				if w = min(roundUp(w), run/2); w > longest || slowest == "" {
					longest, slowest = w, o.Placement
				}
			}
		}
	}
	switch {
	case slowest == "":
		return run / 10, "warm-up: no placement runs, so there was none to find"
	case len(without) > 0:
		return longest, fmt.Sprintf("warm-up: MSER-5 found no steady state in the first half of the run in %s; half of the run, %s, "+
			"is left out in all placements: figures may be those of a transient, use a longer duration", strings.Join(without, ", "), longest)
	}
	return longest, fmt.Sprintf("warm-up %s, found by MSER-5 in a run of each placement before the first replication (%s takes longest)", longest, slowest)
}

// roundUp rounds to three digits: the rule is not more exact than that.
func roundUp(d units.Duration) units.Duration {
	step := units.Duration(1)
	for d/step >= 1000 {
		step *= 10
	}
	return (d + step - 1) / step * step
}
