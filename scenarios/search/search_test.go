package search

import (
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// sharp is a system that forwards up to a capacity and loses the rest.
func sharp(capacity float64) Measure {
	return func(load float64, _ int) (Outcome, error) {
		through := min(load, capacity)
		return Outcome{Loss: (load - through) / load, Forwarded: through}, nil
	}
}

func spec() Spec {
	return Spec{Max: 100, Min: 0.01, Goals: []float64{0, 0.005}, Width: 0.0005, Phases: 2, MaxTrials: 200}
}

// Whatever the capacity, both goals are bracketed as closely as asked for: no loss up to the capacity, and a loss of g up to
// capacity / (1-g).
func TestMLRFindsACapacity(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := spec()
		capacity := rapid.Float64Range(0.1, 99).Draw(r, "capacity")
		got, err := MLR(s, sharp(capacity))
		require.NoError(r, err)
		for i, goal := range s.Goals {
			f, at := got.Found[i], min(capacity/(1-goal), s.Max)
			require.True(r, f.Done, "%+v", f)
			require.LessOrEqual(r, f.Lower, at*(1+1e-12))
			if at < s.Max {
				require.Greater(r, f.Upper, at*(1-1e-12))
				require.InEpsilon(r, at, f.Lower, s.Width)
			}
		}
	})
}

// It needs fewer trials than bisection for the same goals on every system, and far fewer of the long ones.
func TestMLRNeedsFewerTrials(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := spec()
		measure := sharp(rapid.Float64Range(0.1, 99).Draw(r, "capacity"))
		mlr, err := MLR(s, measure)
		require.NoError(r, err)
		bisection, err := Bisect(s, measure)
		require.NoError(r, err)
		require.Less(r, len(mlr.Trials), len(bisection.Trials))
		long := 0
		for _, trial := range mlr.Trials {
			if trial.Phase == s.Phases-1 {
				long++
			}
		}
		require.LessOrEqual(r, long, 13)
		for i := range s.Goals {
			require.True(r, bisection.Found[i].Done)
			require.InEpsilon(r, bisection.Found[i].Lower, mlr.Found[i].Lower, 2*s.Width)
		}
	})
}

// Systems whose overload costs them some of what they could forward, or that lose a little everywhere, mislead the first guess only.
func TestMLRCopesWithOddSystems(t *testing.T) {
	collapse := func(load float64, _ int) (Outcome, error) {
		through := load
		if load > 30 {
			through = 30 * math.Exp(-(load-30)/20)
		}
		return Outcome{Loss: 1 - through/load, Forwarded: through}, nil
	}
	got, err := MLR(spec(), collapse)
	require.NoError(t, err)
	assert.InEpsilon(t, 30, got.Found[0].Lower, 0.0006)
	assert.True(t, got.Found[0].Done && got.Found[1].Done)
	assert.Less(t, len(got.Trials), 60)

	leak := func(load float64, _ int) (Outcome, error) { // 0.1% at any load: no rate is without a drop
		through := min(load*0.999, 50)
		return Outcome{Loss: 1 - through/load, Forwarded: through}, nil
	}
	got, err = MLR(spec(), leak)
	require.NoError(t, err)
	assert.Zero(t, got.Found[0].Lower)
	assert.True(t, got.Found[0].Done, "even the least load loses some: %+v", got.Found[0])
	assert.InEpsilon(t, 50/0.995, got.Found[1].Lower, 0.001)
}

// A system that short trials flatter (a buffer hides the overload) is found by the long ones.
func TestLongTrialsCorrectShortOnes(t *testing.T) {
	buffered := func(load float64, phase int) (Outcome, error) {
		room := 2 / math.Pow(10, float64(phase)) // what a buffer swallows, against the length of the trial
		through := min(load, 40+room)
		return Outcome{Loss: (load - through) / load, Forwarded: through}, nil
	}
	s := spec()
	s.Phases = 3
	got, err := MLR(s, buffered)
	require.NoError(t, err)
	assert.InEpsilon(t, 40.02, got.Found[0].Lower, 0.0006)
}

// All that can be offered comes through, or nothing.
func TestEnds(t *testing.T) {
	got, err := MLR(spec(), sharp(1000))
	require.NoError(t, err)
	for _, f := range got.Found {
		assert.Equal(t, Found{Goal: f.Goal, Lower: 100, AtLower: Outcome{Forwarded: 100}, Done: true}, f)
	}
	assert.Len(t, got.Trials, 2, "one for each phase")
	got, err = MLR(spec(), sharp(0))
	require.NoError(t, err)
	assert.Zero(t, got.Found[0].Lower)
	assert.True(t, got.Found[0].Done)
}

// Trials are bounded, and an error of one ends the search.
func TestBudgetAndErrors(t *testing.T) {
	s := spec()
	s.MaxTrials = 4
	got, err := MLR(s, sharp(33))
	require.NoError(t, err)
	assert.Len(t, got.Trials, 4)
	assert.False(t, got.Found[0].Done)
	broken := errors.New("broken")
	for _, f := range []func(Spec, Measure) (Result, error){MLR, Bisect} {
		_, err = f(spec(), func(float64, int) (Outcome, error) { return Outcome{}, broken })
		assert.ErrorIs(t, err, broken)
		for _, bad := range []Spec{{}, {Max: 1, Min: 2, Width: 0.1, Phases: 1, MaxTrials: 1}, {Max: 2, Min: 1, Width: 1, Phases: 1, MaxTrials: 1},
			{Max: 2, Min: 1, Width: 0.1, MaxTrials: 1}, {Max: 2, Min: 1, Width: 0.1, Phases: 1, MaxTrials: 1, Goals: []float64{1}}} {
			_, err := f(bad, sharp(1))
			assert.Error(t, err, "%+v", bad)
		}
	}
}

// kinds are families of systems, by capacity: what comes through at a load, for trials of any length.
var kinds = map[string]func(capacity, load float64) float64{
	"sharp":    func(c, load float64) float64 { return min(load, c) },
	"soft":     func(c, load float64) float64 { return load * (1 - max(0, load-0.9*c)/c) }, // loses more and more from 90% on
	"collapse": func(c, load float64) float64 { return min(load, c) * math.Exp(-max(0, load-c)/c) },
	"two slopes": func(c, load float64) float64 { // one of two queues is full first
		return min(load, 0.7*c+max(0, load-0.7*c)*0.98, c)
	},
}

// On a grid of capacities the same goals are found as by bisection: in fewer trials where overload does no more than lose what is too much,
// and never in many more.
func TestTrialsOverAGridOfSystems(t *testing.T) {
	for name, through := range kinds {
		mlr, bisection := 0, 0
		for i := range 60 {
			s := spec()
			capacity := 0.2 * math.Pow(400, float64(i)/60)
			measure := func(load float64, _ int) (Outcome, error) {
				f := max(0, through(capacity, load))
				return Outcome{Loss: 1 - f/load, Forwarded: f}, nil
			}
			a, err := MLR(s, measure)
			require.NoError(t, err)
			b, err := Bisect(s, measure)
			require.NoError(t, err)
			for k := range s.Goals {
				require.True(t, a.Found[k].Done, "%s %v", name, capacity)
				require.InEpsilon(t, b.Found[k].Lower, a.Found[k].Lower, 2*s.Width, "%s %v", name, capacity)
			}
			require.LessOrEqual(t, len(a.Trials), len(b.Trials)*3/2, "%s %v", name, capacity)
			mlr, bisection = mlr+len(a.Trials), bisection+len(b.Trials)
		}
		t.Logf("%s: %.1f trials, bisection %.1f", name, float64(mlr)/60, float64(bisection)/60)
		if name == "sharp" {
			assert.Less(t, 2*mlr, bisection, name)
		}
		assert.Less(t, mlr, bisection, name)
	}
}
