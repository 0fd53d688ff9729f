package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/units"
)

// refine runs all jobs. Where the scenario asks for a precision, it adds rounds of as many replications as there were at first, the
// same number to all placements, until each target is met or there are as many as allowed; it says how that ended. What is done
// depends on results of whole rounds only, and so not on the number of workers.
func refine(ctx context.Context, s *scenarios.Scenario, list []*Plan, opt Options) (notes []string, err error) {
	round := s.Run.Replications
	for n := round; ; n = min(n+round, s.Run.MaxReplications) {
		for _, p := range list {
			for _, v := range p.all() {
				if v.prepare != nil {
					v.grow(n)
				}
			}
		}
		if err := Work(ctx, list, opt); err != nil && !errors.Is(err, context.Canceled) {
			return nil, err
		}
		if ctx.Err() != nil || len(s.Run.Precision) == 0 {
			return nil, nil
		}
		v := judgePrecision(s, list)
		if len(v.missed) == 0 || n >= s.Run.MaxReplications {
			return append(v.odd, v.ended(n, s.Run.MaxReplications)), nil
		}
	}
}

// judgement is how the targets of a precision stand: where one is missed, and what cannot be judged, which adds no replications.
type judgement struct {
	judged      int
	missed, odd []string
}

// ended says how the search ended.
func (v *judgement) ended(n, most int) string {
	switch {
	case v.judged == 0:
		return fmt.Sprintf("precision: no target could be judged, so there are %d replications as at first", n)
	case len(v.missed) > 0:
		return fmt.Sprintf("precision: not reached with %d replications, the most allowed (run.max_replications): %s", n, strings.Join(v.missed, "; "))
	}
	return fmt.Sprintf("precision: reached with %d replications, of at most %d", n, most)
}

// judgePrecision looks at what all replications so far say.
func judgePrecision(s *scenarios.Scenario, list []*Plan) *judgement {
	so := &result.Report{}
	for _, p := range list {
		if p.Status == result.OK {
			p.report(so)
			p.forget()
		}
	}
	v := &judgement{}
	for i := range s.Run.Precision {
		v.add(&s.Run.Precision[i], so.Results)
	}
	return v
}

// add judges one target.
func (v *judgement) add(t *scenarios.Precision, results []result.Result) {
	var without []string
	rows := 0
	for i := range results {
		r := &results[i]
		if r.Status != result.OK || r.Class != t.Of.Class || r.Direction != cmp.Or(t.Of.Direction, result.All) ||
			t.Of.Placement != "" && t.Of.Placement != r.Placement {
			continue
		}
		rows++
		mean, measured := r.Metrics[t.Of.Metric]
		half, known := r.CI95[t.Of.Metric]
		if !measured || !known {
			without = append(without, r.Placement)
			continue
		}
		v.judged++
		if reached := relative(half, mean); reached > float64(t.Relative)/float64(units.Whole) {
			v.missed = append(v.missed, fmt.Sprintf("%s has %s%% in %s", t.Text, strconv.FormatFloat(100*reached, 'g', 3, 64), r.Placement))
		}
	}
	switch {
	case rows == 0:
		v.odd = append(v.odd, fmt.Sprintf("precision: %s: nothing that was simulated has it", t.Text))
	case len(without) > 0:
		v.odd = append(v.odd, fmt.Sprintf("precision: %s: there is no interval of it in %s", t.Text, strings.Join(without, ", ")))
	}
}

// relative is a half-width as a share of the mean. What is always 0 is exact.
func relative(half, mean float64) float64 {
	if half == 0 {
		return 0
	}
	return half / math.Abs(mean)
}

// forget frees the memory of outcomes whose metrics are computed.
func (p *Plan) forget() {
	for _, o := range p.Finished() {
		o.Forget()
	}
}
