package stats

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// t = 2.6239 at 3.6093 degrees of freedom; the tails of Student's density beyond it were integrated numerically elsewhere.
func TestWelchByAnotherWay(t *testing.T) {
	a := EstimateMean([]float64{4.1, 5.3, 4.8, 5.9, 4.4, 5.0})
	b := EstimateMean([]float64{5.6, 7.9, 6.1, 9.2})
	p, known := Welch(a, b)
	assert.True(t, known)
	assert.InDelta(t, 0.06504145756, p, 1e-9)
	back, _ := Welch(b, a)
	assert.Equal(t, p, back)
}

func TestWelchAtItsEnds(t *testing.T) {
	one, other := Estimate{Mean: 1, N: 1}, Estimate{Mean: 2, N: 1}
	_, known := Welch(one, other)
	assert.False(t, known)
	_, known = Welch(Estimate{}, EstimateMean([]float64{1, 2}))
	assert.False(t, known)
	p, known := Welch(EstimateMean([]float64{3, 3, 3}), EstimateMean([]float64{4, 4}))
	assert.True(t, known)
	assert.Zero(t, p, "what never scatters differs")
	p, _ = Welch(EstimateMean([]float64{3, 3, 3}), EstimateMean([]float64{3, 3}))
	assert.Equal(t, 1.0, p)
	// One replication against five with deviation 1: the difference has variance 1 + 1/5 and 4 degrees of freedom.
	five := EstimateMean([]float64{-1.2649110640673518, -0.6324555320336759, 0, 0.6324555320336759, 1.2649110640673518})
	p, known = Welch(five, Estimate{Mean: 2.776 * 1.0954451150103321, N: 1})
	assert.True(t, known)
	assert.InDelta(t, 0.05, p, 1e-3)
	back, _ := Welch(Estimate{Mean: 2.776 * 1.0954451150103321, N: 1}, five)
	assert.Equal(t, p, back)
}

// Where nothing changed, about one in twenty is below 0.05, whatever the scatter of the two: up to one in 13 where one set is tiny and
// the other is not.
func TestWelchErrsAsOftenAsItSays(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	draw := func(n int, deviation float64) Estimate {
		samples := make([]float64, n)
		for i := range samples {
			samples[i] = 10 + deviation*random.NormFloat64()
		}
		return EstimateMean(samples)
	}
	const trials = 4000
	for _, c := range []struct {
		n, m             int
		deviation, other float64
	}{{5, 5, 1, 1}, {5, 8, 1, 3}, {20, 3, 1, 1}, {5, 1, 1, 1}} {
		wrong := 0
		for range trials {
			if p, known := Welch(draw(c.n, c.deviation), draw(c.m, c.other)); known && p < 0.05 {
				wrong++
			}
		}
		require.InDelta(t, 0.05, float64(wrong)/trials, 0.03, "%+v", c)
	}
}
