// Package search finds the highest load at which a system loses no more than some share of it, by trials that each take time.
// It knows nothing of what is tried.
package search

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Outcome is what a trial showed.
type Outcome struct {
	// Loss is the lost share of what was offered. Forwarded is the load that came through, in the unit of the load.
	Loss, Forwarded float64
}

// Measure makes a trial at a load, in a phase: 0 is the shortest, Spec.Phases-1 the one that counts. Equal calls have equal
// outcomes.
type Measure func(load float64, phase int) (Outcome, error)

// Spec is what is searched for.
type Spec struct {
	// Max is the highest load that can be offered, Min the lowest that is of interest; Max > Min > 0.
	Max, Min float64
	// Goals are the highest losses, each a goal of its own: 0 for the rate without a drop (NDR), more for one with some (PDR).
	Goals []float64
	// Width is how far apart the bounds may be in the end, against the upper one: between 0 and 1.
	Width float64
	// Phases is how many lengths of trials there are, at least 1; the last goes down to Width.
	Phases int
	// MaxTrials bounds the trials of all goals.
	MaxTrials int
}

// Trial is one that was made.
type Trial struct {
	Load  float64
	Phase int
	Outcome
}

// Found is what a goal came to.
type Found struct {
	Goal float64
	// Lower is the highest load of a trial that met the goal, 0 where none did; Upper the lowest above it that did not, 0 where even
	// Max met it.
	Lower, Upper float64
	// AtLower is the outcome at Lower.
	AtLower Outcome
	// Done says that the bounds are as close as wanted.
	Done bool
}

// Result is what a search found, goal by goal in their order, and the trials that it made.
type Result struct {
	Found  []Found
	Trials []Trial
}

// check complains about a Spec that cannot be searched.
func (s *Spec) check() error {
	switch {
	case !(s.Max > s.Min && s.Min > 0) || math.IsInf(s.Max, 0):
		return fmt.Errorf("search: loads from %v to %v, want the higher above the lower above 0", s.Min, s.Max)
	case !(s.Width > 0 && s.Width < 1):
		return fmt.Errorf("search: the width is %v, want between 0 and 1", s.Width)
	case s.Phases < 1 || s.MaxTrials < 1:
		return errors.New("search: want a phase and a trial at least")
	case slices.ContainsFunc(s.Goals, func(g float64) bool { return !(g >= 0 && g < 1) }):
		return errors.New("search: a goal is a loss from 0 up to but not 1")
	}
	return nil
}

// errBudget says that no trial is left.
var errBudget = errors.New("search: no trial left")

// log makes trials and keeps them. A trial that was made before is not made again.
type log struct {
	spec    *Spec
	measure Measure
	trials  []Trial
}

func (l *log) try(load float64, phase int) (Outcome, error) {
	for i := range l.trials {
		if t := &l.trials[i]; t.Load == load && t.Phase == phase {
			return t.Outcome, nil
		}
	}
	if len(l.trials) == l.spec.MaxTrials {
		return Outcome{}, errBudget
	}
	o, err := l.measure(load, phase)
	if err == nil {
		l.trials = append(l.trials, Trial{load, phase, o})
	}
	return o, err
}

// bounds are what the trials of one phase say of a goal: below lower, and from upper on. Where they contradict each other - less
// was lost at a higher load - a load counts only if no lower one failed.
type bounds struct {
	lower, upper   float64 // 0 where there is none
	below, failing Outcome
}

func (l *log) bounds(goal float64, phase int) bounds {
	var b bounds
	for i := range l.trials {
		if t := &l.trials[i]; t.Phase == phase && t.Loss > goal && (b.upper == 0 || t.Load < b.upper) {
			b.upper, b.failing = t.Load, t.Outcome
		}
	}
	for i := range l.trials {
		if t := &l.trials[i]; t.Phase == phase && t.Loss <= goal && t.Load > b.lower && (b.upper == 0 || t.Load < b.upper) {
			b.lower, b.below = t.Load, t.Outcome
		}
	}
	return b
}

// found is what the trials that count say of a goal.
func (l *log) found(goal float64) Found {
	b := l.bounds(goal, l.spec.Phases-1)
	f := Found{Goal: goal, Lower: b.lower, Upper: b.upper, AtLower: b.below}
	f.Done = b.narrow(l.spec, l.spec.Width)
	return f
}

// narrow reports whether nothing is left to search: the bounds are close, or at an end of the range.
func (b *bounds) narrow(s *Spec, width float64) bool {
	switch {
	case b.upper == 0:
		return b.lower == s.Max
	case b.lower == 0:
		return b.upper == s.Min
	}
	return b.upper-b.lower <= width*b.upper*(1+1e-9)
}
