package stats

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/units"
)

// autoregressive is x(i) = mean + phi (x(i-1) - mean) + noise, from a start that is far from the mean: the start is forgotten as
// phi to the power of i.
func autoregressive(seed uint64, n int, phi, start float64) []float64 {
	random := rand.New(rand.NewPCG(seed, 1))
	const mean = 100
	list, x := make([]float64, n), start
	for i := range list {
		x = mean + phi*(x-mean) + random.NormFloat64()
		list[i] = x
	}
	return list
}

// The transient of an AR(1) process that starts 60 above its mean of 100 with phi 0.99 is 60 * 0.99^i: it is within the process's own
// deviation of 7 after 213 observations. The rule must leave out most of it and not much more.
func TestMSER5FindsTheEndOfATransient(t *testing.T) {
	var all, half float64
	for seed := range uint64(100) {
		series := autoregressive(seed, 20_000, 0.99, 160)
		d, converged := MSER5(series)
		assert.True(t, converged, "seed %d", seed)
		assert.Zero(t, d%5)
		assert.Greater(t, d, 60, "seed %d", seed)
		all += float64(d)
		half = max(half, float64(d))
	}
	assert.InDelta(t, 300, all/100, 150, "in the mean")
	assert.LessOrEqual(t, half, 10_000.0)
}

// A transient that ends with the first half is just within it: ten batches of noise, then ten that are all the same.
func TestMSER5AtHalf(t *testing.T) {
	series := make([]float64, 20*mserBatch)
	for i := range series[:10*mserBatch] {
		series[i] = float64(1 + i/mserBatch)
	}
	d, converged := MSER5(series)
	assert.True(t, converged)
	assert.Equal(t, 10*mserBatch, d)
	d, converged = MSER5(append(series[:mserBatch:mserBatch], series[:19*mserBatch]...))
	assert.False(t, converged, "one batch later")
	assert.Equal(t, 10*mserBatch, d)
}

// Without the transient the mean is less biased than with it.
func TestMSER5LessensTheBias(t *testing.T) {
	mean := func(list []float64) float64 {
		sum := 0.0
		for _, x := range list {
			sum += x
		}
		return sum / float64(len(list))
	}
	var whole, rest float64
	for seed := range uint64(200) {
		series := autoregressive(seed, 5000, 0.99, 160)
		d, _ := MSER5(series)
		whole += mean(series) - 100
		rest += mean(series[d:]) - 100
	}
	assert.InDelta(t, 60*0.99/0.01/5000, whole/200, 0.3, "the sum of 60 * 0.99^i over 5000 observations")
	assert.InDelta(t, 0, rest/200, 0.35)
}

func TestMSER5OfSimpleSeries(t *testing.T) {
	constant, step, ramp := make([]float64, 1000), make([]float64, 1000), make([]float64, 1000)
	for i := range constant {
		constant[i], ramp[i] = 7, float64(i)
		if i < 250 {
			step[i] = 100 // 50 batches
		}
	}
	for _, c := range []struct {
		name      string
		series    []float64
		want      int
		converged bool
	}{
		{"constant", constant, 0, true}, {"step", step, 250, true}, {"a queue that grows for ever", ramp, 500, false},
		{"empty", nil, 0, false}, {"short", constant[:99], 45, false}, {"just long enough", constant[:100], 0, true},
	} {
		d, converged := MSER5(c.series)
		assert.Equal(t, c.want, d, c.name)
		assert.Equal(t, c.converged, converged, c.name)
	}
}

// The recursion from the end gives the same as the definition, term by term.
func TestTruncationIsThatOfTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		means := rapid.SliceOfN(rapid.Float64Range(0, 1000), 20, 200).Draw(t, "means")
		n := len(means)
		best, want := math.Inf(1), 0
		for d := range 3*n/4 + 1 {
			rest, mean, squares := means[d:], 0.0, 0.0
			for _, x := range rest {
				mean += x / float64(len(rest))
			}
			for _, x := range rest {
				squares += (x - mean) * (x - mean)
			}
			if e := squares / float64(len(rest)) / float64(len(rest)); e < best*(1-1e-9) {
				best, want = e, d
			}
		}
		got, converged := truncation(means)
		assert.Equal(t, want <= n/2, converged)
		assert.Equal(t, min(want, n/2), got)
	})
}

// transientOf records latencies of packets that come every so often.
func transientOf(latencies []float64, gap units.Duration, order []int) *Transient {
	t := NewTransient()
	for _, i := range order {
		t.Record(units.At(units.Duration(i)*gap), units.Duration(latencies[i]*1000))
	}
	return t
}

func inOrder(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// Spans of time find the same transient as batches of packets, at any rate of packets and so at any length of the run.
func TestTransientInSpansOfTime(t *testing.T) {
	for _, gap := range []units.Duration{units.Nanosecond, 7 * units.Nanosecond, units.Microsecond, 31 * units.Microsecond, units.Millisecond} {
		found := 0.0
		for seed := range uint64(20) {
			series := autoregressive(seed, 20_000, 0.99, 160)
			warmup, converged := transientOf(series, gap, inOrder(len(series))).Truncation(20_000 * gap)
			assert.True(t, converged)
			found += float64(warmup) / float64(gap) / 20
		}
		assert.InDelta(t, 300, found, 150, "packets every %s", gap)
	}
}

// The order in which packets are recorded changes nothing: workers and run-ahead may differ.
func TestTransientDoesNotDependOnTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(t, "packets")
		gap := units.Duration(rapid.Int64Range(1, 1e9).Draw(t, "gap"))
		series := autoregressive(rapid.Uint64().Draw(t, "seed"), n, 0.9, 160)
		shuffled := rapid.Permutation(inOrder(n)).Draw(t, "order")
		assert.Equal(t, transientOf(series, gap, inOrder(n)), transientOf(series, gap, shuffled))
	})
}

func TestTransientMemoryIsBounded(t *testing.T) {
	tr := NewTransient()
	tr.Record(units.At(3600*units.Second), units.Microsecond)
	tr.Record(units.Time{}, 3*units.Microsecond)
	assert.Len(t, tr.spans, mostSpans)
	assert.Equal(t, uint64(1), tr.spans[0].n)
	var n uint64
	for _, s := range tr.spans {
		n += s.n
	}
	assert.Equal(t, uint64(2), n)
	allocs := testing.AllocsPerRun(100, func() { tr.Record(units.At(3000*units.Second), units.Microsecond) })
	assert.Zero(t, allocs)
}

// Without packets, or with few, nothing is found, and it is said so.
func TestTransientOfFewPackets(t *testing.T) {
	warmup, converged := NewTransient().Truncation(units.Millisecond)
	assert.False(t, converged)
	assert.Equal(t, units.Millisecond/2, warmup)
	warmup, converged = transientOf(autoregressive(1, 40, 0, 100), units.Microsecond, inOrder(40)).Truncation(40 * units.Microsecond)
	assert.False(t, converged, "40 packets are 8 batches")
	assert.Equal(t, 20*units.Microsecond, warmup)
}

// MSER5 returns how many of the first observations of a series to leave out so that what is left is most precise, by the rule
// MSER-5: the truncation, in batches of five, that makes the squared standard error of the mean of the rest smallest. It returns
// false where no truncation in the first half of the series does: then the series is too short for its transient, and what is
// returned is half of it.
func MSER5(series []float64) (truncate int, converged bool) {
	means := make([]float64, 0, len(series)/mserBatch)
	for len(series) >= mserBatch {
		sum := 0.0
		for _, x := range series[:mserBatch] {
			sum += x
		}
		means = append(means, sum/mserBatch)
		series = series[mserBatch:]
	}
	d, converged := truncation(means)
	return d * mserBatch, converged
}
