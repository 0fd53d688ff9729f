package tcp

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/sim/units"
)

// opened is a sender with its first window of ten segments under way.
func opened(t *testing.T, c Control) *Sender {
	s := &Sender{}
	s.Start(config(c), Endless)
	require.Len(t, sendAll(s, at(0)), 10)
	return s
}

// acked takes the same acknowledgement n times.
func acked(s *Sender, us int, ack uint32, n int) {
	for range n {
		s.Ack(at(us), ack, false)
	}
}

// Two equal acknowledgements are reordering, the third is a loss (RFC 5681, section 3.2).
func TestTheThirdDuplicateIsALoss(t *testing.T) {
	s := opened(t, Reno)
	acked(s, 100, 0, 2)
	assert.Empty(t, sendAll(s, at(100)))
	assert.InDelta(t, 10, s.cwnd, 1e-9)
	acked(s, 100, 0, 1)
	assert.Equal(t, []uint32{0}, sendAll(s, at(100)))
	assert.InDelta(t, 5, s.cwnd, 1e-9)
}

// An acknowledgement is a duplicate only while something is under way (RFC 5681, section 2).
func TestNoDuplicatesOfNothing(t *testing.T) {
	s := opened(t, Reno)
	acked(s, 100, 10, 4)
	assert.InDelta(t, 20, s.cwnd, 1e-9, "slow start, and no loss")
	assert.False(t, s.recovering)
}

// A partial acknowledgement takes from the window what it acknowledges, and no more (RFC 6582, section 3.2): of ten segments two are
// lost, eight duplicates open the window of 5 to 13; one of them gone and one more come, it is 13 again from segment 1 on.
func TestPartialAcknowledgementDeflates(t *testing.T) {
	s := opened(t, Reno)
	acked(s, 100, 0, 8)
	require.Equal(t, []uint32{0, 10, 11, 12}, sendAll(s, at(100)))
	acked(s, 200, 1, 1)
	require.Equal(t, []uint32{1}, sendAll(s, at(200)))
	acked(s, 200, 1, 1)
	assert.Equal(t, []uint32{13}, sendAll(s, at(200)))
}

// The window grows to the receiver's and not beyond, so a loss halves what was really used.
func TestTheWindowIsTheReceiversAtMost(t *testing.T) {
	c := config(Reno)
	c.Max = 16
	s := &Sender{}
	s.Start(c, Endless)
	for range 4 {
		for _, seq := range sendAll(s, at(0)) {
			s.Ack(at(100), seq+1, false)
		}
	}
	next := sendAll(s, at(100))
	require.Len(t, next, 16)
	acked(s, 200, next[0], 3)
	assert.InDelta(t, 8, s.cwnd, 1e-9)
}

// After a timeout, duplicates of what was sent before it are no new loss (RFC 6582, section 4.1).
func TestDuplicatesBehindATimeout(t *testing.T) {
	s := opened(t, Reno)
	s.Timeout(s.Timer())
	now := int(firstRTO / units.Microsecond)
	require.Equal(t, []uint32{0}, sendAll(s, at(now)))
	acked(s, now+100, 0, 5)
	assert.False(t, s.recovering)
	assert.Empty(t, sendAll(s, at(now+100)))
	assert.InDelta(t, 1, s.cwnd, 1e-9)
}

// A loss in the window that a mark has halved already halves it once more for DCTCP only (RFC 3168, section 6.1.2; RFC 8257,
// section 3.5). Segment 0 comes back with a mark: 5 segments, and a fifth more for what it acknowledges.
func TestLossBehindAMark(t *testing.T) {
	for control, want := range map[Control]float64{Reno: 5.2, DCTCP: 2.6} {
		s := opened(t, control)
		s.Ack(at(100), 1, true)
		require.InDelta(t, 5.2, s.cwnd, 1e-9)
		acked(s, 100, 1, 3)
		assert.True(t, s.recovering)
		assert.InDelta(t, want, s.cwnd, 1e-9, "%v", control)
	}
}

// The timer doubles up to its bound; the threshold is half of what was under way when it first expired, and what is sent again is not
// timed (RFC 6298, sections 3 and 5; RFC 5681, section 3.1). The first and the longest are a hundredth of 1 s and of 60 s.
func TestTimeoutsInARow(t *testing.T) {
	s := opened(t, Reno)
	wait := units.Second / 100
	for now := units.At(0); wait < 10*units.Second; wait *= 2 {
		require.Equal(t, min(wait, 60*units.Second/100), s.Timer().Sub(now))
		now = s.Timer()
		s.Timeout(now)
		require.InDelta(t, 5, s.threshold, 1e-9, "half of ten")
		require.Equal(t, []uint32{0}, sendAll(s, now))
	}
	s.Ack(s.Timer(), 1, false)
	_, measured := s.RTT()
	assert.False(t, measured)
}

// A segment that was sent again since duplicates told of its loss is not timed either.
func TestRetransmissionsAreNotTimed(t *testing.T) {
	s := opened(t, Reno)
	acked(s, 100, 0, 9)
	require.Contains(t, sendAll(s, at(100)), uint32(0))
	acked(s, 200, 10, 1)
	_, measured := s.RTT()
	assert.False(t, measured)
}

// The mean moves by an eighth, the variance by a quarter, which begins at a half; the timeout is the mean and four times the variance
// (RFC 6298, section 2). Round trips of 8 ms and 16 ms: 8 and 4, then 9 and 4 + (8-4)/4 = 5.
func TestRoundTripsAreSmoothed(t *testing.T) {
	var e estimator
	const ms = units.Millisecond
	for i, c := range []struct{ took, smooth, variance units.Duration }{{8 * ms, 8 * ms, 4 * ms}, {16 * ms, 9 * ms, 5 * ms}} {
		sent := units.At(units.Duration(i) * units.Second)
		e.sent(uint32(i), sent)
		e.acked(uint32(i+1), sent.Add(c.took), ms)
		assert.Equal(t, [3]units.Duration{c.smooth, c.variance, c.smooth + 4*c.variance}, [3]units.Duration{e.smooth, e.variance, e.rto})
	}
	e.sent(2, units.At(9*units.Second))
	e.acked(3, units.At(9*units.Second).Add(ms), 100*ms)
	assert.Equal(t, 100*ms, e.rto, "never below the shortest")
}

// A second after it shrank from 500 to 350 segments, Cubic's window is W + C (t-K)^3 with C = 0.4 and K = cbrt(150/C) (RFC 9438,
// section 4.2).
func TestCubicIsItsFormula(t *testing.T) {
	w := window{cwnd: 350, peak: 500}
	begin := units.At(units.Second)
	w.cubic(350, begin, 0)
	require.InDelta(t, 350, w.cwnd, 1e-9)
	w.cubic(350, begin.Add(units.Second), 0)
	assert.InDelta(t, 500-0.4*math.Pow(math.Cbrt(150/0.4)-1, 3), w.cwnd, 1e-6)
}

// A loss below the last peak makes room for another flow (RFC 9438, section 4.7): the peak is (1+0.7)/2 of the window, which goes to
// 0.7 of it.
func TestCubicMakesRoom(t *testing.T) {
	w := window{cwnd: 100, peak: 200}
	w.shrink(Cubic)
	assert.InDelta(t, 85, w.peak, 1e-9)
	assert.InDelta(t, 70, w.cwnd, 1e-9)
	w = window{cwnd: 100, peak: 50}
	w.shrink(Cubic)
	assert.InDelta(t, 100, w.peak, 1e-9, "above it, the peak is the window")
}

// In a short round trip Reno's friendly line is the faster one: 3 (1-0.7)/(1+0.7) segments each round trip (RFC 9438, section 4.3). No
// target is above one and a half windows (section 4.4).
func TestCubicIsNoSlowerThanReno(t *testing.T) {
	const rtt = units.Millisecond
	begin := units.At(units.Second)
	w := window{cwnd: 70, peak: 100, epoch: begin, start: 70}
	w.cubic(70, begin.Add(10*rtt), rtt)
	assert.InDelta(t, 70+3*0.3/1.7*11, w.cwnd, 1e-6, "ten round trips, and the one that the acknowledgement took")
	w = window{cwnd: 10, peak: 100, epoch: begin, start: 10}
	w.cubic(10, begin.Add(100*units.Second), rtt)
	assert.InDelta(t, 15, w.cwnd, 1e-9)
}

// Slow start ends at the threshold, and goes on by a segment at least where that is less.
func TestSlowStartEndsAtTheThreshold(t *testing.T) {
	w := window{cwnd: 10, threshold: 12}
	w.grow(Reno, 5, units.At(0), 0)
	assert.InDelta(t, 12, w.cwnd, 1e-9)
	w = window{cwnd: 10, threshold: 10.5}
	w.grow(Reno, 5, units.At(0), 0)
	assert.InDelta(t, 11, w.cwnd, 1e-9)
}

// A mark answered once is not answered again for segments that were under way then (RFC 3168, section 6.1.2), and those sent later are.
func TestOneAnswerToMarksInAWindow(t *testing.T) {
	s := opened(t, Reno)
	s.Ack(at(100), 1, true)
	once := s.cwnd
	s.Ack(at(100), 10, true)
	assert.GreaterOrEqual(t, s.cwnd, once)
	sendAll(s, at(100))
	before := s.cwnd
	s.Ack(at(200), 11, true)
	assert.InDelta(t, before/2, s.cwnd, 0.5)
}

// While it recovers from a loss, which has halved it, DCTCP's window does not shrink for marks (RFC 8257, section 3.5).
func TestNoMarksDuringRecovery(t *testing.T) {
	s := opened(t, DCTCP)
	acked(s, 100, 0, 3)
	require.True(t, s.recovering)
	before := s.cwnd
	s.Ack(at(200), 1, true)
	assert.InDelta(t, before, s.cwnd, 1e-9)
}

// The receiver answers every second segment in order, or when it has waited; at once the last one, what fills a hole, and what comes
// out of order (RFC 5681, section 4.2); and where marks begin or end, for what came before with the mark that this had (RFC 8257,
// section 3.2).
func TestWhatTheReceiverAnswers(t *testing.T) {
	type segment struct {
		seq          uint32
		marked, last bool
	}
	for name, c := range map[string]struct {
		before []segment
		now    segment
		want   []Answer
	}{
		"the first waits":         {nil, segment{0, false, false}, nil},
		"the second is answered":  {[]segment{{0, false, false}}, segment{1, false, false}, []Answer{{2, false}}},
		"the last":                {nil, segment{0, false, true}, []Answer{{1, false}}},
		"out of order":            {nil, segment{1, false, false}, []Answer{{0, false}}},
		"fills a hole":            {[]segment{{1, false, false}}, segment{0, false, false}, []Answer{{2, false}}},
		"a mark begins":           {[]segment{{0, false, false}}, segment{1, true, false}, []Answer{{1, false}}},
		"a mark ends":             {[]segment{{0, true, false}}, segment{1, false, false}, []Answer{{1, true}}},
		"a mark ends, none waits": {[]segment{{0, true, false}, {1, true, false}}, segment{2, false, false}, nil},
	} {
		r := NewReceiver(16)
		for _, s := range c.before {
			r.Receive(s.seq, s.marked, s.last, 2)
		}
		answers, n, _ := r.Receive(c.now.seq, c.now.marked, c.now.last, 2)
		assert.ElementsMatch(t, c.want, answers[:n], name)
	}
	r := NewReceiver(16)
	r.Receive(0, true, false, 2)
	require.True(t, r.Waiting())
	a, ok := r.Flush()
	assert.True(t, ok)
	assert.Equal(t, Answer{1, true}, a)
	_, ok = r.Flush()
	assert.False(t, ok)
}

// An acknowledgement that waits is there before the sender's timer can expire.
func TestDelayedAcknowledgementsBeatTheTimer(t *testing.T) {
	c := config(Reno)
	assert.Equal(t, c.MinRTO/2, c.AckDelay())
}
