package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Welch returns how likely the means of two sets of replications differ as much as they do, or more, when both are of the
// same distribution: the two-sided p-value of Welch's t-test, whose sets may scatter differently. known is false where
// neither has an interval: then nothing is known of the scatter. A set of one replication is assumed to scatter as the other
// does. Sets without any scatter give 1 where they are equal and 0 where they are not.
func Welch(a, b Estimate) (p float64, known bool) {
	if !a.Known() && !b.Known() || a.N < 1 || b.N < 1 {
		return 0, false
	}
	va, fa := a.variance()
	vb, fb := b.variance()
	if !a.Known() {
		va, fa = vb*float64(b.N), math.Inf(1) // the scatter is known as well as the other's, once
	}
	if !b.Known() {
		vb, fb = va*float64(a.N), math.Inf(1)
	}
	distance := math.Abs(a.Mean - b.Mean)
	switch {
	case distance == 0:
		return 1, true
	case va+vb == 0:
		return 0, true
	}
	freedom := float64(float64((va+vb)*(va+vb)) / (float64(va*va/fa) + float64(vb*vb/fb)))
	if !a.Known() || !b.Known() {
		freedom = min(fa, fb)
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}
	return 2 * t.Survival(distance/math.Sqrt(va+vb)), true
}

// variance returns the variance of the mean, and its degrees of freedom.
func (e Estimate) variance() (v, freedom float64) {
	if !e.Known() {
		return 0, 0
	}
	s := e.HalfWidth / studentT(e.N-1)
	return s * s, float64(e.N - 1)
}
