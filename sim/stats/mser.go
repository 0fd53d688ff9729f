package stats

import (
	"math"

	"github.com/dsnsim/dsnsim/sim/units"
)

// mserBatch is how many observations MSER-5 puts into a batch.
// source: K. P. White, M. J. Cobb, S. C. Spratt, A comparison of five steady-state truncation heuristics for simulation (WSC 2000).
const mserBatch = 5

// fewestMeans is how many means a truncation is sought among at least. assumed: with fewer, a few odd ones decide.
const fewestMeans = 20

// truncation returns how many of the first means to leave out. It looks for the smallest squared standard error in the first three
// quarters and takes one in the first half only: the last quarter is no candidate, since a few means that happen to be alike
// would win there.
func truncation(means []float64) (d int, converged bool) {
	n := len(means)
	if n < fewestMeans {
		return n / 2, false
	}
	// From the end, the mean and the sum of squares of what is left grow by one at a time (Welford's recursion). The explicit
	// conversions forbid the fused multiply-add of some processors.
	best, mean, squares := math.Inf(1), 0.0, 0.0
	for i := n - 1; i >= 0; i-- {
		left := float64(n - i)
		delta := means[i] - mean
		mean += delta / left
		squares += float64(delta * (means[i] - mean))
		if i > 3*n/4 {
			continue
		}
		// The first of equals: a series that does not vary needs no truncation.
		if e := squares / float64(left*left); e <= best {
			best, d = e, i
		}
	}
	if d > n/2 {
		return n / 2, false
	}
	return d, true
}

// mostSpans is how many spans a Transient has. Even after doubling, at least half of them are in use.
const mostSpans = 1 << 12

// firstSpan is how long a span is at first: two frames of 64 B at 100 Gbps come in less.
const firstSpan = 16 * units.Nanosecond

// Transient keeps the latencies of packets by when they were sent, to find where a run's initial transient ends. Its memory does
// not grow with the run: it holds a number of spans of equal length, and when time outgrows them, pairs become one and spans are
// twice as long. What it holds does not depend on the order in which packets are recorded. It is made by NewTransient.
type Transient struct {
	spans []span
	every units.Duration
}

type span struct {
	total sum
	n     uint64
}

// NewTransient returns one that holds nothing, in 98 kB.
func NewTransient() *Transient {
	return &Transient{spans: make([]span, mostSpans), every: firstSpan}
}

// Record adds the latency of a packet that was sent at an instant.
func (t *Transient) Record(sent units.Time, latency units.Duration) {
	i := sent.Ps() / int64(t.every)
	for i >= mostSpans {
		t.double()
		i = sent.Ps() / int64(t.every)
	}
	t.spans[i].total.add(uint64(latency))
	t.spans[i].n++
}

// double makes one span of each pair.
func (t *Transient) double() {
	for i := range mostSpans / 2 {
		s := t.spans[2*i]
		s.merge(t.spans[2*i+1])
		t.spans[i] = s
	}
	clear(t.spans[mostSpans/2:])
	t.every *= 2
}

func (s *span) merge(o span) {
	s.total.merge(o.total)
	s.n += o.n
}

// Truncation returns when the transient of a run of some length is over by the rule of MSER-5, a multiple of the length of a span,
// and false where no truncation in the first half of the run will do; then it returns half of the run. Spans are joined until
// they hold five packets in the mean, and those that hold none are left out.
func (t *Transient) Truncation(run units.Duration) (warmup units.Duration, converged bool) {
	spans, every := t.joined()
	var means []float64
	var begins []units.Duration
	for i, s := range spans {
		if s.n > 0 {
			means = append(means, float64(s.total.mean(s.n)))
			begins = append(begins, units.Duration(i)*every)
		}
	}
	d, converged := truncation(means)
	if !converged || begins[d] > run/2 {
		return run / 2, false
	}
	if d == 0 {
		return 0, true
	}
	return begins[d], true
}

// joined returns the spans in use, joined until there are five packets to each in the mean.
func (t *Transient) joined() (spans []span, every units.Duration) {
	packets, last := uint64(0), 0
	for i, s := range t.spans {
		if packets += s.n; s.n > 0 {
			last = i
		}
	}
	each, used := 1, last+1
	for uint64((used+each-1)/each)*mserBatch > packets && each < used {
		each *= 2
	}
	for i := 0; i < used; i += each {
		var s span
		for _, o := range t.spans[i:min(i+each, used)] {
			s.merge(o)
		}
		spans = append(spans, s)
	}
	return spans, units.Duration(each) * t.every
}
