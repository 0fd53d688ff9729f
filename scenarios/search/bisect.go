package search

import "errors"

// Bisect searches for one goal after the other, as RFC 2544 is usually done: a trial at the highest load, then always in the middle
// of what is left, each as long as those that count. It is what MLR is compared with.
func Bisect(s Spec, measure Measure) (Result, error) {
	if err := s.check(); err != nil {
		return Result{}, err
	}
	last := s.Phases - 1
	var r Result
	for _, goal := range s.Goals {
		l := &log{spec: &s, measure: measure} // each goal has trials of its own
		low, high := s.Min, s.Max
		o, err := l.try(high, last)
		for err == nil && o.Loss > goal && high-low > s.Width*high {
			mid := (low + high) / 2
			if o, err = l.try(mid, last); err == nil && o.Loss <= goal {
				low, o = mid, Outcome{Loss: 1}
			} else {
				high = mid
			}
		}
		if err != nil && !errors.Is(err, errBudget) {
			return Result{}, err
		}
		r.Found = append(r.Found, l.found(goal))
		r.Trials = append(r.Trials, l.trials...)
	}
	return r, nil
}
