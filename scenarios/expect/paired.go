package expect

import (
	"math"

	"github.com/dsnsim/dsnsim/sim/stats"
)

// halfBetween returns the half-width of the 95% confidence interval of the difference of two measurements. Replications of the same
// number met the same packets, so the difference is taken in pairs where both sides have their values; the means count as
// independent where they do not.
func halfBetween(a, b measurement) float64 {
	if d := stats.Compare(a.samples, b.samples); d.Known() {
		return d.HalfWidth
	}
	return math.Hypot(a.half, b.half)
}

// scaled returns the operand's values by replication.
func (o Operand) scaled(samples []float64) []float64 {
	list := make([]float64, len(samples))
	for i, v := range samples {
		list[i] = o.factor()*v + o.Value
	}
	return list
}

// times returns a measurement multiplied by a factor.
func (m measurement) times(factor float64) measurement {
	samples := make([]float64, len(m.samples))
	for i, v := range m.samples {
		samples[i] = factor * v
	}
	return measurement{value: factor * m.value, half: math.Abs(factor) * m.half, runs: m.runs, samples: samples}
}
