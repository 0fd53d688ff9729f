package stats

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The values are those of any printed table of Student's t, two-sided 95%.
func TestStudentAgainstTheTable(t *testing.T) {
	for n, want := range map[int]float64{2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 10: 2.262, 20: 2.093, 31: 2.042, 121: 1.980} {
		assert.InDelta(t, want, studentT(n-1), 0.0005, "n = %d", n)
	}
}

func TestEstimateByHand(t *testing.T) {
	// Mean 5, sample variance 40/4 = 10, half-width 2.776 * sqrt(10/5).
	e := EstimateMean([]float64{1, 3, 5, 7, 9})
	assert.InDelta(t, 5, e.Mean, 1e-12)
	assert.InDelta(t, 3.926, e.HalfWidth, 0.001)
	assert.Equal(t, 5, e.N)
	assert.True(t, e.Known())
}

func TestEstimateOfFewSamples(t *testing.T) {
	assert.Equal(t, Estimate{}, EstimateMean(nil))
	assert.Equal(t, Estimate{Mean: 4.2, N: 1}, EstimateMean([]float64{4.2}))
	assert.False(t, EstimateMean([]float64{4.2}).Known())
	// A naive sum of ten times 0.1 is not 1, and would make a deterministic metric look uncertain.
	for _, x := range []float64{0.1, 1e-9, 123456.789, math.Pi * 1e15} {
		same := []float64{x, x, x, x, x, x, x, x, x, x}
		assert.Equal(t, Estimate{Mean: x, N: 10}, EstimateMean(same))
	}
}

// Of many 95% intervals about 95% hold the true mean: 4 standard errors are 2.8 points with 1000 trials.
func TestIntervalCoversTheTrueMean(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	const trials = 1000
	covered := 0
	for range trials {
		samples := make([]float64, 5)
		for i := range samples {
			samples[i] = 100 + 15*random.NormFloat64()
		}
		if e := EstimateMean(samples); math.Abs(e.Mean-100) <= e.HalfWidth {
			covered++
		}
	}
	assert.InDelta(t, 0.95, float64(covered)/trials, 0.028)
}
