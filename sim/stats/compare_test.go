package stats

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

// Student's own example (The probable error of a mean, 1908, table I): the hours of sleep that two drugs gave ten patients. The mean
// difference is 1.58 with t = 4.06 and a two-sided P of 0.0028.
func TestCompareOfSleep(t *testing.T) {
	laevo := []float64{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4}
	dextro := []float64{0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0}
	d := Compare(laevo, dextro)
	assert.InDelta(t, 1.58, d.Mean, 1e-9)
	assert.InDelta(t, 0.00283, d.P, 0.00001)
	assert.InDelta(t, 0.880, d.HalfWidth, 0.001)
	assert.Equal(t, Greater, d.Verdict)
	assert.Equal(t, Less, Compare(dextro, laevo).Verdict)
	// As two independent groups they would not be told apart: t = 1.86 with 18 degrees of freedom.
	assert.Less(t, math.Abs(d.Mean), math.Hypot(EstimateMean(laevo).HalfWidth, EstimateMean(dextro).HalfWidth))
}

func TestCompareOfFewOrEqual(t *testing.T) {
	for _, c := range []struct {
		a, b []float64
		want Verdict
		p    float64
	}{
		{nil, nil, Undecided, 1}, {[]float64{1}, []float64{2}, Undecided, 1}, {[]float64{1, 2}, []float64{1, 2, 3}, Undecided, 1},
		{[]float64{1, 2}, []float64{1, 2}, NoDifference, 1}, {[]float64{1, 2}, []float64{2, 3}, Less, 0}, {[]float64{5, 7}, []float64{2, 4}, Greater, 0},
		{[]float64{1, 4}, []float64{2, 3}, NoDifference, 1},
	} {
		d := Compare(c.a, c.b)
		assert.Equal(t, c.want, d.Verdict, "%v and %v", c.a, c.b)
		assert.InDelta(t, c.p, d.P, 1e-12)
	}
	assert.Equal(t, "no difference", NoDifference.String())
	assert.Equal(t, "greater", Greater.String())
}

// The verdict is that of the interval: it leaves 0 out or not.
func TestVerdictIsThatOfTheInterval(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 20).Draw(t, "n")
		draw := rapid.SliceOfN(rapid.Float64Range(-10, 10), n, n)
		a, b := draw.Draw(t, "a"), draw.Draw(t, "b")
		d, e := Compare(a, b), Compare(b, a)
		if gap := math.Abs(d.Mean) - d.HalfWidth; math.Abs(gap) > 1e-9 {
			assert.Equal(t, gap > 0, d.Verdict != NoDifference)
			assert.Equal(t, d.P, e.P)
		}
		assert.InDelta(t, -d.Mean, e.Mean, 1e-12)
		if d.Verdict == Less {
			assert.Equal(t, Greater, e.Verdict)
		}
	})
}

// A difference is one below a twentieth: at it there is none, with one pair nobody can tell.
func TestAtTheLevel(t *testing.T) {
	for p, want := range map[float64]Verdict{0.0499: Less, 0.05: NoDifference, 1: NoDifference} {
		assert.Equal(t, want, (&Difference{Estimate: Estimate{N: 2, Mean: -1}}).At(p), "%v", p)
	}
	assert.Equal(t, Undecided, (&Difference{Estimate: Estimate{N: 1, Mean: -1}}).At(0))
}

// Holm's own rule by hand: the smallest times 4, the next times 3, and never less than the one before.
func TestHolm(t *testing.T) {
	assert.InDeltaSlice(t, []float64{0.03, 0.06, 0.06, 0.02}, Holm([]float64{0.01, 0.04, 0.03, 0.005}), 1e-12)
	assert.Equal(t, []float64{1, 1}, Holm([]float64{0.8, 0.9}))
	assert.Empty(t, Holm(nil))
	assert.Equal(t, []float64{0.03}, Holm([]float64{0.03}))
}

// Among five that do not differ, ten comparisons find a difference by chance in 5% of the experiments at most; without the correction
// in many more.
func TestHolmKeepsTheChanceOfAnyWrongDifference(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	const trials = 1000
	wrong, wrongWithout := 0.0, 0.0
	for range trials {
		var samples [5][]float64
		for range 10 {
			traffic := 10 * random.NormFloat64() // which all meet
			for i := range samples {
				samples[i] = append(samples[i], traffic+random.NormFloat64())
			}
		}
		var p []float64
		for i := range samples {
			for k := range i {
				p = append(p, Compare(samples[i], samples[k]).P)
			}
		}
		smallest := func(list []float64) float64 {
			least := 1.0
			for _, v := range list {
				least = min(least, v)
			}
			return least
		}
		if smallest(Holm(p)) < 0.05 {
			wrong++
		}
		if smallest(p) < 0.05 {
			wrongWithout++
		}
	}
	assert.LessOrEqual(t, wrong/trials, 0.06)
	assert.Greater(t, wrong/trials, 0.01)
	assert.Greater(t, wrongWithout/trials, 0.15)
}
