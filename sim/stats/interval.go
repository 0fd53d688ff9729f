package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// confidence is the level of every interval that dsnsim reports (DESIGN: 95%).
const confidence = 0.95

// Estimate is a mean over replications with its uncertainty.
type Estimate struct {
	// Mean is the mean of the samples, 0 without any.
	Mean float64
	// HalfWidth is half the width of the 95% confidence interval around Mean. It is 0 with fewer than two samples:
	// ask Known before believing it.
	HalfWidth float64
	// N is the number of samples.
	N int
}

// Known reports whether HalfWidth is an estimate: one replication tells nothing about the next.
func (e Estimate) Known() bool { return e.N >= 2 }

// EstimateMean returns the mean of independent samples, one for each replication, and its 95% half-width by Student's t
// distribution with n-1 degrees of freedom. For the difference of two placements that met the same traffic, give it the
// differences. Samples that are all equal give exactly that mean and a half-width of exactly 0.
func EstimateMean(samples []float64) Estimate {
	n := len(samples)
	if n == 0 {
		return Estimate{}
	}
	// Differences from the first sample keep the mean of equal samples exact. The explicit conversions forbid the
	// fused multiply-add of some processors: reports must be the same on all.
	var shift, squares float64
	for _, x := range samples {
		shift += x - samples[0]
	}
	e := Estimate{Mean: samples[0] + shift/float64(n), N: n}
	if n < 2 {
		return e
	}
	for _, x := range samples {
		squares += float64((x - e.Mean) * (x - e.Mean))
	}
	e.HalfWidth = studentT(n-1) * math.Sqrt(squares/float64(n-1)/float64(n))
	return e
}

// studentT returns the two-sided 95% quantile of Student's t with the given degrees of freedom.
func studentT(freedom int) float64 {
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(freedom)}
	return t.Quantile((1 + confidence) / 2)
}
