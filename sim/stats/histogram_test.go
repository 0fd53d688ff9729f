package stats

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/units"
)

func record(latencies ...units.Duration) *Histogram {
	h := NewHistogram()
	for _, d := range latencies {
		h.Record(d)
	}
	return h
}

// latency draws each order of magnitude equally often, up to and a little over the range.
func latency() *rapid.Generator[units.Duration] {
	return rapid.Custom(func(t *rapid.T) units.Duration {
		top := int64(1) << rapid.IntRange(1, 47).Draw(t, "bits")
		return units.Duration(rapid.Int64Range(0, top-1).Draw(t, "ps"))
	})
}

// nearestRank is the definition of a quantile, on the sorted samples themselves.
func nearestRank(sorted []units.Duration, q units.Ratio) units.Duration {
	rank := (int64(q)*int64(len(sorted)) + int64(units.Whole) - 1) / int64(units.Whole)
	return sorted[max(rank, 1)-1]
}

func TestQuantileWithinItsError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		samples := rapid.SliceOfN(latency(), 1, 300).Draw(t, "samples")
		q := units.Ratio(rapid.Int64Range(0, int64(units.Whole)).Draw(t, "q"))
		h := record(samples...)
		slices.Sort(samples)
		want, got := nearestRank(samples, q), h.Quantile(q)
		if want > MaxLatency {
			require.Equal(t, samples[len(samples)-1], got, "among the clipped ones only the maximum is known")
			return
		}
		require.GreaterOrEqual(t, got, want)
		require.LessOrEqual(t, int64(got-want), int64(want)/1000, "at most 0.1%% above %d", want)
		require.Equal(t, got-samples[0], h.PDV(q))
	})
}

func TestExactPartsOfAHistogram(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		samples := rapid.SliceOfN(latency(), 1, 100).Draw(t, "samples")
		h := record(samples...)
		var total int64
		clipped := 0
		for _, d := range samples {
			total += int64(d)
			if d > MaxLatency {
				clipped++
			}
		}
		n := int64(len(samples))
		require.Equal(t, slices.Min(samples), h.Min())
		require.Equal(t, slices.Max(samples), h.Max())
		require.EqualValues(t, n, h.Count())
		require.EqualValues(t, clipped, h.Clipped())
		require.EqualValues(t, (2*total+n)/(2*n), h.Mean(), "rounded to the nearest")
		require.Equal(t, h.Min(), h.Quantile(0))
		require.Equal(t, h.Max(), h.Quantile(units.Whole))
	})
}

func TestQuantilesDoNotCross(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := record(rapid.SliceOfN(latency(), 1, 100).Draw(t, "samples")...)
		last := h.Min()
		for _, q := range []units.Ratio{0, 1, P50, P90, P99, P999, units.Whole} {
			got := h.Quantile(q)
			require.GreaterOrEqual(t, got, last)
			last = got
		}
		require.Equal(t, h.Max(), last)
	})
}

// With 149 samples the 99% rank is ceil(147.51), with 160 it is ceil(158.4): rounding would give 158.
func TestQuantileRankIsTheCeiling(t *testing.T) {
	for _, c := range []struct{ n, rank int }{{149, 148}, {160, 159}, {100, 99}, {101, 100}, {1, 1}, {1000, 990}} {
		h := NewHistogram()
		for i := 1; i <= c.n; i++ {
			h.Record(units.Duration(i)) // up to 2047 ps each value has its own counter
		}
		assert.EqualValues(t, c.rank, h.Quantile(P99), "of %d", c.n)
	}
}

func TestHistogramMergeIsExactInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		samples := rapid.SliceOfN(latency(), 0, 100).Draw(t, "samples")
		const parts = 3
		var part [parts]*Histogram
		for i := range part {
			part[i] = NewHistogram()
		}
		for i, d := range samples {
			part[i%parts].Record(d)
		}
		whole := record(samples...)
		for _, order := range [][parts]int{{0, 1, 2}, {2, 0, 1}, {1, 2, 0}} {
			merged := NewHistogram()
			for _, i := range order {
				merged.Merge(part[i])
			}
			require.Equal(t, whole, merged)
		}
	})
}

func TestEmptyHistogram(t *testing.T) {
	h := NewHistogram()
	assert.Zero(t, h.Count())
	assert.Zero(t, h.Min())
	assert.Zero(t, h.Max())
	assert.Zero(t, h.Mean())
	assert.Zero(t, h.Quantile(P99))
	assert.Zero(t, h.PDV(P999))
}

func TestClippedLatencies(t *testing.T) {
	h := record(units.Nanosecond, MaxLatency, MaxLatency+1, 200*units.Second)
	assert.EqualValues(t, 4, h.Count())
	assert.EqualValues(t, 2, h.Clipped())
	assert.Equal(t, units.Nanosecond, h.Quantile(25*units.Percent))
	assert.InEpsilon(t, int64(MaxLatency), int64(h.Quantile(P50)), 0.001)
	assert.Equal(t, 200*units.Second, h.Quantile(75*units.Percent), "the smaller of the clipped is known no closer")
	assert.Equal(t, 200*units.Second, h.Quantile(P99))
	assert.Equal(t, 200*units.Second, h.Max())
	assert.Equal(t, 100*units.Second+250*units.Picosecond, h.Mean()) // (1 ns + 400 s + 1 ps) / 4
}

func TestSumIsWiderThan64Bits(t *testing.T) {
	h := NewHistogram()
	for range 300_000 { // 3e5 * 1e14 ps is beyond 2^64
		h.Record(MaxLatency)
	}
	assert.Equal(t, MaxLatency, h.Mean())
	other := record(MaxLatency - 2*units.Second)
	for range 9 {
		other.Merge(other.clone())
	}
	assert.EqualValues(t, 512, other.Count())
	h.Merge(other)
	assert.EqualValues(t, 300_512, h.Count())
	assert.Equal(t, MaxLatency-3_407_517_836, h.Mean(), "512/300512 of 2 s less")
}

// clone is what merging a histogram into itself needs.
func (h *Histogram) clone() *Histogram {
	c := NewHistogram()
	c.Merge(h)
	return c
}

func TestAuthorsFaultsPanic(t *testing.T) {
	assert.PanicsWithValue(t, "stats: negative latency of -1 ps", func() { NewHistogram().Record(-1) })
	assert.Panics(t, func() { NewHistogram().Quantile(-1) })
	assert.Panics(t, func() { NewHistogram().Quantile(units.Whole + 1) })
}

func TestHistogramMemory(t *testing.T) {
	assert.InDelta(t, 311_000, NewHistogram().counts.ByteSize(), 1000, "the figure in the comment of Histogram")
	h := NewHistogram()
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		h.Record(units.Microsecond)
		h.Record(2 * MaxLatency)
	}))
}

func TestSumMeanRounds(t *testing.T) {
	for _, c := range []struct{ total, n, want uint64 }{{0, 0, 0}, {1, 2, 1}, {1, 3, 0}, {5, 3, 2}, {7, 2, 4}} {
		var s sum
		s.add(c.total)
		assert.Equal(t, c.want, s.mean(c.n), "%d/%d", c.total, c.n)
	}
	var s sum
	s.addProduct(1<<63, 6)
	s.addProduct(1<<63, 2)
	assert.Equal(t, sum{hi: 4}, s)
	assert.Equal(t, uint64(1)<<63, s.mean(8))
}

// randomLatencies is half a microsecond and an exponential tail of mean 2 us: 5 octaves of counters.
func randomLatencies() []units.Duration {
	random := rand.New(rand.NewPCG(1, 2))
	latencies := make([]units.Duration, 1<<16)
	for i := range latencies {
		latencies[i] = 500*units.Nanosecond + units.Duration(random.ExpFloat64()*2e6)
	}
	return latencies
}

func BenchmarkHistogramRecord(b *testing.B) {
	latencies, h := randomLatencies(), NewHistogram()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		h.Record(latencies[i&(1<<16-1)])
		i++
	}
}

func BenchmarkHistogramMerge(b *testing.B) {
	h, total := record(randomLatencies()...), NewHistogram()
	for b.Loop() {
		total.Merge(h)
	}
}
