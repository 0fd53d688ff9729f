package stats

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Verdict is what paired samples say of two that are compared.
type Verdict uint8

// The verdicts. NoDifference means that the samples show none, not that there is none; Undecided means that there are too few to say
// anything.
const (
	Undecided Verdict = iota
	NoDifference
	Less
	Greater
)

// String returns "undecided", "no difference", "less" or "greater".
func (v Verdict) String() string {
	return [...]string{"undecided", "no difference", "less", "greater"}[v]
}

// Difference is what a has more than b.
type Difference struct {
	// Estimate is the mean of the differences and its 95% half-width.
	Estimate
	// P is how often pairs that do not differ would be at least as far apart, by Student's t; 1 with fewer than two pairs.
	P float64
	// Verdict is at the 5% level of P, which one comparison may use. Who makes several corrects P by Holm and asks At.
	Verdict Verdict
}

// Compare compares samples pair by pair: a[i] and b[i] met the same packets, so what both share cancels out. Samples of different
// number, or fewer than two, are Undecided.
func Compare(a, b []float64) Difference {
	if len(a) != len(b) || len(a) < 2 {
		return Difference{P: 1}
	}
	each := make([]float64, len(a))
	for i := range a {
		each[i] = a[i] - b[i]
	}
	d := Difference{Estimate: EstimateMean(each), P: 1}
	switch {
	case d.HalfWidth > 0:
		freedom := float64(len(a) - 1)
		t := d.Mean / d.HalfWidth * studentT(len(a)-1)
		d.P = 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.Survival(math.Abs(t))
	case d.Mean != 0:
		d.P = 0 // all pairs differ by the same
	}
	d.Verdict = d.At(d.P)
	return d
}

// At returns the verdict for a P that was corrected.
func (d *Difference) At(p float64) Verdict {
	switch {
	case d.N < 2:
		return Undecided
	case p >= 1-confidence:
		return NoDifference
	case d.Mean < 0:
		return Less
	}
	return Greater
}

// Holm corrects the P of several comparisons, so that the chance of any wrong difference among all of them stays below the level that
// they are held against, however they depend on each other.
// source: S. Holm, A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6 (1979).
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, k int) int { return cmp.Compare(p[i], p[k]) })
	corrected, least := make([]float64, len(p)), 0.0
	for rank, i := range order {
		least = max(least, min(1, p[i]*float64(len(p)-rank)))
		corrected[i] = least
	}
	return corrected
}
