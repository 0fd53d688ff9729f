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

// coarser is how much wider the bounds of a phase may be than the next phase's. Assumed: the next then needs two halvings where the
// hints of this one hold.
const coarser = 4

// poor is how many guesses between two bounds may take away less than half of what is between them: then the range is halved, and a phase
// whose trials are only hints ends, since it would be made again by the next.
const poor = 2

// phases searches in one phase after the other.
func (l *log) phases() error {
	for phase := range l.spec.Phases {
		width := l.spec.Width * math.Pow(coarser, float64(l.spec.Phases-1-phase))
		for _, goal := range l.spec.Goals {
			if err := l.narrowDown(goal, phase, width); err != nil {
				return err
			}
		}
	}
	return nil
}

// narrowDown makes trials of a phase until the bounds of a goal are close.
func (l *log) narrowDown(goal float64, phase int, width float64) error {
	b, bad := l.bounds(goal, phase), 0
	for !b.narrow(l.spec, width) {
		if bad >= poor && phase < l.spec.Phases-1 {
			return nil
		}
		load := math.Sqrt(b.lower * b.upper)
		if bad < poor || load == 0 {
			load = l.next(goal, phase, width, &b)
		}
		if _, err := l.try(load, phase); err != nil {
			return err
		}
		now := l.bounds(goal, phase)
		if b.lower > 0 && b.upper > 0 && now.upper-now.lower > (b.upper-b.lower)/2 {
			bad++
		}
		b = now
	}
	return nil
}

// next returns the load of the next trial for a goal, given its bounds in the phase.
func (l *log) next(goal float64, phase int, width float64, b *bounds) float64 {
	if b.lower == 0 && b.upper == 0 {
		return l.first(goal, phase)
	}
	if b.lower > 0 && b.upper > 0 {
		return l.between(goal, width, b)
	}
	hint := bounds{}
	if phase > 0 {
		hint = l.bounds(goal, phase-1)
	}
	if b.upper == 0 {
		return l.above(goal, phase, width, b, &hint)
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

// above is the load of a trial that should fail: just above what came through in the phase before where the goal was not met there; where
// that has been tried, that bound; or a step up that is four times as long with each that did not.
func (l *log) above(goal float64, phase int, width float64, b, hint *bounds) float64 {
	next := b.lower * (1 + width*float64(l.steps(phase, b.lower, true)))
	if hint.upper > b.lower {
		next = hint.upper
		if at := through(goal, hint) * (1 + side*width); at > b.lower*(1+side*width) && at < hint.upper && l.new(at, phase) {
			next = at
		}
	} else if hint.upper == 0 && hint.lower == l.spec.Max {
		next = l.spec.Max
	}
	return min(next, l.spec.Max)
}

// side is how far beside a guess a trial is, in widths: trials on both sides of one that is right are close enough.
const side = 0.45

// below is the load of a trial that should meet the goal: what came through where it failed, just below; a bound of the phase
// before; or a step down that is four times as long with each that did not.
func (l *log) below(goal float64, phase int, width float64, b, hint *bounds) float64 {
	if hint.lower > 0 && hint.lower < b.upper {
		return hint.lower
	}
	steps := l.steps(phase, b.upper, false)
	if enough := through(goal, b) * (1 - side*width); steps <= guesses && l.new(enough, phase) && enough < b.upper*(1-side*width) {
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
// bound that this contradicts; or so that one part is just narrow enough.
func (l *log) between(goal, width float64, b *bounds) float64 {
	need := width * b.upper
	at := met(goal, b)
	switch {
	case b.upper-b.lower <= 2*need || at <= 0:
		return b.lower + (b.upper-b.lower)/2
	case at <= b.lower:
		return b.lower + need
	case at >= b.upper:
		return b.upper - need
	case at+side*need < b.upper-need/4:
		return max(at, b.lower) + side*need
	}
	return max(at-side*need, b.lower+need/2)
}

// met estimates where between two bounds a goal is just met: where some may be lost, by the losses at both; else by what came through.
func met(goal float64, b *bounds) float64 {
	if goal > 0 && b.failing.Loss > b.below.Loss {
		return b.lower + (b.upper-b.lower)*(goal-b.below.Loss)/(b.failing.Loss-b.below.Loss)
	}
	return through(goal, b)
}
