package tcp

import (
	"math"

	"github.com/dsnsim/dsnsim/sim/units"
)

// window is the congestion window.
type window struct {
	cwnd, threshold float64 // segments
	// peak is where Cubic's window was when it last shrank (W_max of RFC 9438), epoch when it began to grow from there; zero without.
	peak  float64
	epoch units.Time
	start float64 // the window then
	// marked counts, for DCTCP, what was acknowledged in a window that ends with a segment; alpha is the share that is marked.
	marked struct {
		end        uint32
		all, marks float64
	}
	alpha   float64
	reduced uint32 // no second reduction for losses and marks below this segment (RFC 3168, section 6.1.2)
}

func newWindow(c Config) window {
	return window{cwnd: float64(c.Initial), threshold: math.MaxFloat64, alpha: 1}
}

// The constants of the three. source: RFC 5681 (a half), RFC 9438 (beta 0.7, C 0.4), RFC 8257 (g 1/16)
const (
	half      = 0.5
	cubicBeta = 0.7
	cubicC    = 0.4
	dctcpG    = 1.0 / 16
)

// grow takes n segments that were acknowledged without a loss.
func (w *window) grow(c Control, n uint32, at units.Time, rtt units.Duration) {
	switch {
	case w.cwnd < w.threshold:
		w.cwnd = min(w.cwnd+float64(n), max(w.threshold, w.cwnd+1))
	case c == Cubic:
		w.cubic(n, at, rtt)
	default:
		w.cwnd += float64(n) / w.cwnd
	}
}

// cubic grows towards the window of the last loss and beyond it, and no slower than Reno would (RFC 9438, sections 4.2 and 4.3).
func (w *window) cubic(n uint32, at units.Time, rtt units.Duration) {
	if w.epoch == (units.Time{}) {
		w.epoch, w.start = at, w.cwnd
		w.peak = max(w.peak, w.cwnd)
	}
	t := at.Sub(w.epoch).Seconds() + rtt.Seconds()
	away := t - math.Cbrt(float64((w.peak-w.start)/cubicC))
	target := w.peak + float64(cubicC*away*away*away)
	const friendly = 3 * (1 - cubicBeta) / (1 + cubicBeta)
	reno := w.start
	if rtt > 0 {
		reno += float64(friendly * t / rtt.Seconds())
	}
	target = min(max(target, reno), 1.5*w.cwnd)
	if target > w.cwnd {
		w.cwnd += float64(float64(n) * (target - w.cwnd) / w.cwnd)
	}
}

// shrink is the answer to a loss, or to a mark where Reno and Cubic see one.
func (w *window) shrink(c Control) {
	if c == Cubic {
		before := w.peak
		if w.peak = w.cwnd; w.cwnd < before { // another flow needs room (RFC 9438, section 4.7)
			w.peak = w.cwnd * (1 + cubicBeta) / 2
		}
		w.epoch = units.Time{}
	}
	w.threshold = max(w.cwnd*c.factor(), 2)
	w.cwnd = w.threshold
}

// factor is what a loss leaves of the window.
func (c Control) factor() float64 {
	if c == Cubic {
		return cubicBeta
	}
	return half
}

// echo takes what an acknowledgement tells of marks, once for each window.
func (w *window) echo(s *Sender, ack uint32, marked bool) {
	if s.config.Control != DCTCP {
		if marked && ack > w.reduced {
			w.shrink(s.config.Control)
			w.reduced = s.high
		}
		return
	}
	m := &w.marked
	n := float64(max(ack, s.una) - s.una)
	m.all += n
	if marked {
		m.marks += n
	}
	if ack < m.end || m.all == 0 {
		return
	}
	w.alpha = float64(w.alpha*(1-dctcpG)) + float64(dctcpG*m.marks/m.all)
	if m.marks > 0 && !s.recovering { // a loss has shrunk it already
		w.cwnd = max(w.cwnd*(1-w.alpha/2), 2)
		w.threshold = w.cwnd
	}
	m.all, m.marks, m.end = 0, 0, s.next
}

// The timeout before the first measurement, and the longest. source: RFC 6298, section 2: 1 s, and 60 s at least; assumed: a hundredth
// of both, as runs here last milliseconds and a data centre's round trips are microseconds
const (
	firstRTO   = 10 * units.Millisecond
	longestRTO = 600 * units.Millisecond
)

// estimator measures round trips (RFC 6298), one segment at a time, none that was sent twice.
type estimator struct {
	smooth, variance, rto, latest units.Duration
	seq                           uint32
	at                            units.Time
	timing, fresh                 bool
}

func (e *estimator) sent(seq uint32, at units.Time) {
	if !e.timing {
		e.seq, e.at, e.timing = seq, at, true
	}
}

// void gives up the measurement when a segment is sent again that may be the timed one.
func (e *estimator) void(seq uint32) {
	if e.timing && seq <= e.seq {
		e.timing = false
	}
}

func (e *estimator) acked(ack uint32, at units.Time, least units.Duration) {
	if !e.timing || ack <= e.seq {
		return
	}
	e.timing, e.fresh = false, true
	r := at.Sub(e.at)
	e.latest = r
	if e.smooth == 0 {
		e.smooth, e.variance = r, r/2
	} else {
		e.variance += (max(e.smooth-r, r-e.smooth) - e.variance) / 4
		e.smooth += (r - e.smooth) / 8
	}
	e.rto = max(e.smooth+4*e.variance, least)
}
