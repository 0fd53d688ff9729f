package stats

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/dsnsim/dsnsim/sim/units"
)

// The quantiles that the catalogue names. A quantile is a ratio in parts per million, so that its rank is exact.
const (
	P50  = 50 * units.Percent
	P90  = 90 * units.Percent
	P99  = 99 * units.Percent
	P999 = 999_000 * units.PartPerMillion
)

// MaxLatency is the largest latency that a Histogram resolves.
const MaxLatency = 100 * units.Second

// significantDigits bounds the relative error of a quantile to 1/1024: 1024 counters to each doubling of the latency.
const significantDigits = 3

// Histogram is the distribution of a latency, in bounded memory: an HDR histogram of 3 significant digits from 1 ps to
// MaxLatency, with exact count, sum, minimum and maximum beside it. A quantile is never below the true one and at most
// 0.1% above it. The finest resolution is 1 ps and not 1 ns because a histogram of 1 ns units rounds every latency
// under a microsecond to half a nanosecond, 0.5% of 100 ns.
//
// BenchmarkHistogramRecord measures about 5 ns to record; a histogram of our own, with half as many counters, took
// 2 ns, too little to give up a format that others know. The counters take 311 kB, of which a run touches about
// 8 kB for each doubling between its shortest and its longest latency. Have one for each class and direction, not
// one for each flow.
//
// A Histogram is not for concurrent use: give each worker its own and merge them.
type Histogram struct {
	counts   *hdrhistogram.Histogram
	total    sum
	min, max units.Duration
	clipped  uint64
}

// NewHistogram returns an empty histogram.
func NewHistogram() *Histogram {
	return &Histogram{
		counts: hdrhistogram.New(1, int64(MaxLatency), significantDigits),
		min:    math.MaxInt64,
	}
}

// Record adds one latency. One above MaxLatency is counted as clipped. It panics on a negative latency: a packet that
// arrives before it was sent is a fault of the model.
func (h *Histogram) Record(d units.Duration) {
	// One comparison finds both: a negative d is a huge unsigned number.
	if uint64(d) > uint64(MaxLatency) {
		h.clip(d)
	} else if err := h.counts.RecordValue(int64(d)); err != nil {
		panic("stats: the histogram refuses a latency in its range: " + err.Error())
	}
	h.total.add(uint64(d))
	h.min = min(h.min, d)
	h.max = max(h.max, d)
}

func (h *Histogram) clip(d units.Duration) {
	if d < 0 {
		panic(fmt.Sprintf("stats: negative latency of %d ps", int64(d)))
	}
	h.clipped++
}

// Merge adds what o has recorded. The result is exactly as if everything were recorded in one histogram, in any order.
func (h *Histogram) Merge(o *Histogram) {
	if dropped := h.counts.Merge(o.counts); dropped != 0 {
		panic(fmt.Sprintf("stats: merging two equally wide histograms dropped %d latencies", dropped))
	}
	h.total.merge(o.total)
	h.min = min(h.min, o.min)
	h.max = max(h.max, o.max)
	h.clipped += o.clipped
}

// Count returns how many latencies were recorded, clipped ones included.
func (h *Histogram) Count() uint64 { return uint64(h.counts.TotalCount()) + h.clipped }

// Clipped returns how many latencies were above MaxLatency. Quantiles among them read as Max.
func (h *Histogram) Clipped() uint64 { return h.clipped }

// Min returns the smallest latency, exactly; 0 when nothing was recorded.
func (h *Histogram) Min() units.Duration {
	if h.Count() == 0 {
		return 0
	}
	return h.min
}

// Max returns the largest latency, exactly and clipped ones included; 0 when nothing was recorded.
func (h *Histogram) Max() units.Duration { return h.max }

// Mean returns the mean latency, clipped ones included, to the nearest picosecond; 0 when nothing was recorded.
func (h *Histogram) Mean() units.Duration { return units.Duration(h.total.mean(h.Count())) }

// Total returns the sum of the latencies in ps, clipped ones included, modulo 2^64.
func (h *Histogram) Total() uint64 { return h.total.lo }

// Quantile returns the latency that a share q of the latencies does not exceed, by the nearest-rank rule: the one of
// rank ceil(q * count), from 0 (the minimum) to units.Whole (the maximum). It is at most 0.1% above the true value, and
// 0 when nothing was recorded. It panics when q is outside that range.
func (h *Histogram) Quantile(q units.Ratio) units.Duration {
	if q < 0 || q > units.Whole {
		panic(fmt.Sprintf("stats: quantile of %d parts per million", int64(q)))
	}
	count, resolved := h.Count(), uint64(h.counts.TotalCount())
	rank := rankOf(q, count)
	switch {
	case rank == 0:
		return h.Min()
	case rank == count || rank > resolved:
		return h.max
	}
	// The library takes a percentile and rounds its rank to the nearest whole number: this percentile has ours.
	percentile := 100 * float64(rank) / float64(resolved)
	return min(units.Duration(h.counts.ValueAtPercentile(percentile)), h.max)
}

// rankOf returns ceil(q * count) through a 128-bit product.
func rankOf(q units.Ratio, count uint64) uint64 {
	hi, lo := bits.Mul64(uint64(q), count)
	rank, rest := bits.Div64(hi, lo, uint64(units.Whole))
	if rest > 0 {
		rank++
	}
	return rank
}

// PDV returns the packet delay variation at quantile q: how much longer than the fastest packet the share q of the
// packets takes at most (RFC 5481). It is at most 0.1% of that latency, not of itself, above the true value.
func (h *Histogram) PDV(q units.Ratio) units.Duration { return h.Quantile(q) - h.Min() }
