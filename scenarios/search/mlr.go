package search

import (
	"errors"
	"math"
)

// MLR searches for all goals together, by the ideas of Multiple Loss Ratio search (Konstantynowicz and Polak, IETF BMWG): a first trial
// at the highest load tells by what came through where to look; short trials narrow the range before long ones do; each
// trial counts for every goal; bounds of one phase are tried first in the next. The trials are bounded: goals that are
// not Done then are as close as they came.
func MLR(s Spec, measure Measure) (Result, error) {
	if err := s.check(); err != nil {
		return Result{}, err
	}
	l := &log{spec: &s, measure: measure}
	err := l.phases()
	if err != nil && !errors.Is(err, errBudget) {
		return Result{}, err
	}
	r := Result{Trials: l.trials}
	for _, goal := range s.Goals {
		r.Found = append(r.Found, l.found(goal))
	}
	return r, nil
}

// coarser is how much wider the bounds of a phase may be than those of the next. Assumed: the next then needs two halvings where the
// hints of this one hold.
const coarser = 4

// phases searches in one phase after the other.
func (l *log) phases() error {
	for phase := range l.spec.Phases {
		width := l.spec.Width * math.Pow(coarser, float64(l.spec.Phases-1-phase))
		for _, goal := range l.spec.Goals {
			for {
				b := l.bounds(goal, phase)
				if b.narrow(l.spec, width) {
					break
				}
				if _, err := l.try(l.next(goal, phase, width, &b), phase); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// next returns the load of the next trial for a goal, given its bounds in the phase.
func (l *log) next(goal float64, phase int, width float64, b *bounds) float64 {
	if b.lower == 0 && b.upper == 0 {
		return l.first(goal, phase)
	}
	if b.lower > 0 && b.upper > 0 {
		return l.between(goal, phase, width, b)
	}
	hint := bounds{}
	if phase > 0 {
		hint = l.bounds(goal, phase-1)
	}
	if b.upper == 0 {
		return l.above(phase, width, b, &hint)
	}
	return l.below(goal, phase, width, b, &hint)
}

// first is the load of the first trial of a phase: the highest, and later what the phase before found to be enough.
func (l *log) first(goal float64, phase int) float64 {
	if phase > 0 {
		if b := l.bounds(goal, phase-1); b.lower > 0 {
			return b.lower
		}
		return l.spec.Min
	}
	return l.spec.Max
}

// above is the load of a trial that should fail: a bound of the phase before, or a step up that is four times as long with each that did not.
func (l *log) above(phase int, width float64, b, hint *bounds) float64 {
	next := b.lower * (1 + width*float64(l.steps(phase, b.lower, true)))
	if hint.upper > b.lower {
		next = hint.upper
	} else if hint.upper == 0 && hint.lower == l.spec.Max {
		next = l.spec.Max
	}
	return min(next, l.spec.Max)
}

// below is the load of a trial that should meet the goal: what came through where it failed, just below; a bound of the phase
// before; or a step down that is four times as long with each that did not.
func (l *log) below(goal float64, phase int, width float64, b, hint *bounds) float64 {
	if hint.lower > 0 && hint.lower < b.upper {
		return hint.lower
	}
	steps := l.steps(phase, b.upper, false)
	if enough := through(goal, b) * (1 - width/2); steps <= guesses && l.new(enough, phase) && enough < b.upper*(1-width/2) {
		return max(enough, l.spec.Min)
	}
	next := b.upper * (1 - width*float64(steps))
	return max(next, l.spec.Min)
}

// guesses bounds how often what came through is believed: where some is lost at any load, it would lead down in small steps. It is
// what steps returns: two failed trials.
const guesses = 4

// through estimates from what came through at too high a load where the goal is just met: all the rest may be lost.
func through(goal float64, b *bounds) float64 {
	if b.failing.Forwarded <= 0 {
		return 0
	}
	return b.failing.Forwarded / (1 - goal)
}

// new reports whether a load is worth a trial: one close to it has not been tried in the phase.
func (l *log) new(load float64, phase int) bool {
	for i := range l.trials {
		if t := &l.trials[i]; t.Phase == phase && math.Abs(t.Load-load) < l.spec.Width/4*load {
			return false
		}
	}
	return load > 0
}

// steps is 1, 4, 16 and so on by how many trials of a phase were on one side of a load.
func (l *log) steps(phase int, load float64, up bool) int {
	n := 0
	for i := range l.trials {
		if t := &l.trials[i]; t.Phase == phase && (up && t.Load <= load || !up && t.Load >= load) {
			n++
		}
	}
	return 1 << min(2*max(0, n-1), 20)
}

// between divides the range between two bounds: just above or below where the goal is met by what came through, or just inside the
// bound that this contradicts; else in the middle, or so that one part is just narrow enough.
func (l *log) between(goal float64, phase int, width float64, b *bounds) float64 {
	need := width * b.upper
	if b.upper-b.lower <= 2*need {
		return b.lower + (b.upper-b.lower)/2
	}
	at := met(goal, b)
	switch {
	case at <= 0 || l.near(phase, 0.9*b.lower, 1.1*b.upper) > believed:
	case at <= b.lower:
		if l.near(phase, b.lower-2*need, b.lower) <= 1 {
			return b.lower + need
		}
	case at >= b.upper:
		if l.near(phase, b.upper, b.upper+2*need) <= 1 {
			return b.upper - need
		}
	case at+need/2 < b.upper-need/4:
		return max(at, b.lower) + need/2
	default:
		return max(at-need/2, b.lower+need/2)
	}
	return math.Sqrt(b.lower * b.upper)
}

// met estimates where between two bounds a goal is just met: where some may be lost, by the losses at both; else by what came through.
func met(goal float64, b *bounds) float64 {
	if goal > 0 && b.failing.Loss > b.below.Loss {
		return b.lower + (b.upper-b.lower)*(goal-b.below.Loss)/(b.failing.Loss-b.below.Loss)
	}
	return through(goal, b)
}

// near counts the trials of a phase in a range of loads.
func (l *log) near(phase int, from, to float64) int {
	n := 0
	for i := range l.trials {
		if t := &l.trials[i]; t.Phase == phase && t.Load >= from && t.Load <= to {
			n++
		}
	}
	return n
}

// believed is how many trials near the bounds there may be before halving takes over from guesses, which may mislead. Assumed: good
// guesses need three for each goal.
const believed = 6
