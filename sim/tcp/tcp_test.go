package tcp

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/units"
)

func config(c Control) Config {
	return Config{Control: c, Initial: 10, Max: 1000, ECN: true, DelayedAck: 1, MinRTO: units.Millisecond}
}

// sendAll sends what may be sent, and returns it.
func sendAll(s *Sender, at units.Time) (list []uint32) {
	for {
		seq, ok := s.Segment(at)
		if !ok {
			return list
		}
		list = append(list, seq)
	}
}

func at(us int) units.Time { return units.At(units.Duration(us) * units.Microsecond) }

// Slow start doubles the window each round trip: 10, 20, 40.
func TestSlowStart(t *testing.T) {
	s := &Sender{}
	s.Start(config(Reno), Endless)
	for round, want := range []int{10, 20, 40, 80} {
		list := sendAll(s, at(100*round))
		require.Len(t, list, want)
		for _, seq := range list {
			s.Ack(at(100*round+99), seq+1, false)
		}
	}
	rtt, ok := s.RTT()
	assert.True(t, ok)
	assert.Equal(t, 99*units.Microsecond, rtt)
}

// One segment of eight is lost: the third duplicate sends it again, the window is halved, and new segments follow for what has left the
// network; the acknowledgement of all ends the recovery.
func TestFastRetransmit(t *testing.T) {
	c := config(Reno)
	c.Initial = 8
	s, r := &Sender{}, NewReceiver(c.Max)
	s.Start(c, Endless)
	for _, seq := range sendAll(s, at(0)) {
		if seq == 0 {
			continue // lost
		}
		answers, n, _ := r.Receive(seq, false, false, 1)
		require.Equal(t, 1, n)
		s.Ack(at(100), answers[0].Ack, false)
	}
	assert.InDelta(t, 4, s.cwnd, 1e-9)
	list := sendAll(s, at(100))
	require.Equal(t, []uint32{0, 8, 9, 10}, list, "the lost one, and three more: 4 + 7 are allowed, 8 were under way")
	assert.EqualValues(t, 1, s.Retransmitted)
	answers, _, first := r.Receive(0, false, false, 1)
	assert.EqualValues(t, 8, answers[0].Ack)
	assert.True(t, first)
	_, _, first = r.Receive(3, false, false, 1)
	assert.False(t, first, "it was there")
	s.Ack(at(200), 8, false)
	assert.False(t, s.recovering)
	assert.InDelta(t, 4, s.cwnd, 1e-9)
}

// Two are lost: the partial acknowledgement sends the second again without three more duplicates (RFC 6582).
func TestPartialAcknowledgement(t *testing.T) {
	s, r := &Sender{}, NewReceiver(1000)
	s.Start(config(Reno), Endless)
	for _, seq := range sendAll(s, at(0)) {
		if seq != 0 && seq != 4 {
			answers, _, _ := r.Receive(seq, false, false, 1)
			s.Ack(at(100), answers[0].Ack, false)
		}
	}
	first, _ := s.Segment(at(100))
	require.EqualValues(t, 0, first)
	answers, _, _ := r.Receive(0, false, false, 1)
	require.EqualValues(t, 4, answers[0].Ack)
	s.Ack(at(200), 4, false)
	require.True(t, s.recovering)
	second, _ := s.Segment(at(200))
	assert.EqualValues(t, 4, second)
}

// When nothing comes back the timer sends one segment again, and waits twice as long the next time.
func TestTimeout(t *testing.T) {
	s := &Sender{}
	s.Start(config(Reno), Endless)
	require.Len(t, sendAll(s, at(0)), 10)
	due := s.Timer()
	assert.Equal(t, units.At(firstRTO), due)
	s.Timeout(at(1))
	assert.Empty(t, sendAll(s, at(1)), "too early")
	s.Timeout(due)
	assert.Equal(t, []uint32{0}, sendAll(s, due))
	assert.Equal(t, due.Add(2*firstRTO), s.Timer())
}

// A mark halves Reno's window once for each window of data, takes Cubic's to 0.7, and DCTCP's down by half the share that is marked.
func TestMarks(t *testing.T) {
	for control, want := range map[Control]float64{Reno: 5, Cubic: 7} {
		s := &Sender{}
		s.Start(config(control), Endless)
		s.threshold = 1 // past slow start
		sendAll(s, at(0))
		s.Ack(at(100), 1, true)
		s.Ack(at(100), 2, true)
		assert.InDelta(t, want, s.cwnd, 0.5, "%v", control)
	}
	s := &Sender{}
	s.Start(config(DCTCP), Endless)
	s.alpha, s.threshold = 0, 1
	next := uint32(0)
	for window := range 200 {
		for _, seq := range sendAll(s, at(100*window)) {
			next = seq + 1
		}
		s.Ack(at(100*window+50), next, window%4 == 0)
	}
	assert.InDelta(t, 0.25, s.alpha, 0.08, "the share of marked windows")
}

// Cubic grows back to where it was in the time that its formula gives: K = cbrt(W (1-beta) / C).
func TestCubicReachesItsPeak(t *testing.T) {
	s := &Sender{}
	s.Start(config(Cubic), Endless)
	s.cwnd, s.threshold = 500, 1
	s.shrink(Cubic)
	require.InDelta(t, 350, s.cwnd, 1e-9)
	const k = 7.2112 // s: cbrt(500 * 0.3 / 0.4)
	now, rtt := units.Time{}.Add(1), 100*units.Millisecond
	for now.Sub(units.Time{}).Seconds() < k-0.1 {
		s.cubic(uint32(s.cwnd), now, rtt)
		now = now.Add(rtt)
	}
	assert.InEpsilon(t, 500, s.cwnd, 0.02)
}

// Whatever is lost, delayed or reordered, all segments arrive once in order, and the sender is done.
func TestEverythingArrives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := config(Control(rapid.IntRange(0, 2).Draw(t, "control")))
		c.DelayedAck, c.Max = rapid.IntRange(1, 3).Draw(t, "delayed"), rapid.IntRange(4, 60).Draw(t, "max")
		size := rapid.Uint32Range(1, 300).Draw(t, "size")
		loss := rapid.IntRange(0, 40).Draw(t, "loss %")
		s, r := &Sender{}, NewReceiver(c.Max)
		s.Start(c, size)
		now, passed := units.Time{}, uint32(0)
		for round := 0; !s.Done(); round++ {
			require.Less(t, round, 5000)
			sent := sendAll(s, now)
			now = now.Add(100 * units.Microsecond)
			for _, seq := range rapid.Permutation(sent).Draw(t, "order") {
				if rapid.IntRange(0, 99).Draw(t, "dice") < loss {
					continue
				}
				answers, n, first := r.Receive(seq, rapid.Bool().Draw(t, "mark"), seq == size-1, c.DelayedAck)
				if first {
					passed++
				}
				for _, a := range answers[:n] {
					if rapid.IntRange(0, 99).Draw(t, "dice back") >= loss/4 {
						s.Ack(now, a.Ack, a.Marked)
					}
				}
			}
			require.GreaterOrEqual(t, s.cwnd, 1.0)
			if len(sent) == 0 && s.Timer() != units.Forever {
				now = units.Later(now, s.Timer())
				s.Timeout(now)
			}
		}
		require.Equal(t, size, passed)
	})
}

// DCTCP's estimate of marks moves by a sixteenth in each window (RFC 8257): from 1, k windows without a mark leave (15/16)^k.
func TestDCTCPForgetsByASixteenth(t *testing.T) {
	s := &Sender{}
	s.Start(config(DCTCP), Endless)
	s.threshold = 1
	want, next := 1.0, uint32(0)
	for window := range 40 {
		before := s.alpha
		for _, seq := range sendAll(s, at(100*window)) {
			next = seq + 1
		}
		s.Ack(at(100*window+50), next, false)
		if s.alpha != before {
			want *= 15.0 / 16
		}
		require.InDelta(t, want, s.alpha, 1e-12, "window %d", window)
	}
	assert.Less(t, s.alpha, 0.2)
}
