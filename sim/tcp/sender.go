// Package tcp is the sending and the receiving end of connections like TCP's, in whole segments: windows, acknowledgements, recovery from
// loss, reaction to ECN. It knows no network: who uses it carries segments and acknowledgements, and calls when they are there.
package tcp

import (
	"math"

	"github.com/dsnsim/dsnsim/sim/units"
)

// Control is how a sender reacts to loss and to marks.
type Control uint8

// The ways to do so. Reno is RFC 5681 with the recovery of RFC 6582, Cubic RFC 9438, DCTCP RFC 8257.
const (
	Reno Control = iota
	Cubic
	DCTCP
)

// Config is what the ends of a connection agree on. Windows are in segments.
type Config struct {
	Control Control
	// Initial is the window at the start (RFC 6928: 10), Max the receiver's.
	Initial, Max int
	// ECN says that marks are echoed and answered; DCTCP always does.
	ECN bool
	// DelayedAck is how many segments the receiver acknowledges together (RFC 5681: at most 2), at least 1.
	DelayedAck int
	// MinRTO is the shortest retransmission timeout (RFC 6298 asks for 1 s; hosts of data centres use less).
	MinRTO units.Duration
}

// AckDelay is how long a receiver waits for another segment before it acknowledges one. RFC 5681 allows 500 ms and Linux takes 40 ms at least.
// assumed: half of the shortest timeout, so that a delayed acknowledgement is not taken for a loss; hosts whose timeouts are that short need it
// (Vasudevan et al., SIGCOMM 2009, section 6)
func (c *Config) AckDelay() units.Duration { return c.MinRTO / 2 }

// Endless is the length of a transfer that never ends, in segments.
const Endless = math.MaxUint32

// duplicates is how many equal acknowledgements tell of a loss. source: RFC 5681, section 3.2
const duplicates = 3

// Sender is the sending end. The zero value is not usable: see Start.
type Sender struct {
	config Config
	window // how much may be under way
	// una is the first segment that is not acknowledged, next the first that was never sent, size how many there are.
	una, next, size uint32
	high            uint32 // above all that were ever sent
	dup             int    // equal acknowledgements in a row
	recover         uint32 // recovery ends when this is acknowledged
	recovering      bool
	again           uint32 // a segment to be sent again, none from una + size on
	resend          bool
	rtt             estimator
	timer           units.Time // of the retransmission; Forever when nothing is under way
	expired         bool       // the timer has, and nothing new was acknowledged since
	// Retransmitted counts the segments that were sent again.
	Retransmitted uint64
}

// Start begins a transfer of a number of segments on a connection of its own. What an earlier one has learned of the round trip stays.
func (s *Sender) Start(c Config, segments uint32) {
	if s.config.Initial == 0 {
		s.rtt = estimator{rto: max(c.MinRTO, firstRTO)}
	}
	s.config, s.window = c, newWindow(c)
	s.una, s.next, s.high, s.size, s.dup, s.recovering, s.resend, s.timer = 0, 0, 0, segments, 0, false, false, units.Forever
	s.recover, s.rtt.timing, s.expired = 0, false, false
}

// Done reports whether all segments are acknowledged.
func (s *Sender) Done() bool { return s.una == s.size }

// Segment returns the next segment that may be sent at an instant, and counts it as sent, or returns false.
func (s *Sender) Segment(at units.Time) (seq uint32, ok bool) {
	if s.resend {
		s.resend = false
		s.Retransmitted++
		s.rtt.void(s.again)
		s.arm(at)
		return s.again, true
	}
	open := int(s.cwnd)
	if s.recovering {
		open += s.dup // each tells that a segment has left the network
	}
	if s.next >= s.size || int(s.next-s.una) >= min(open, s.config.Max) {
		return 0, false
	}
	seq = s.next
	s.next++
	if seq < s.high { // after a timeout
		s.Retransmitted++
	} else {
		s.high = s.next
		s.rtt.sent(seq, at)
	}
	if s.timer == units.Forever {
		s.arm(at)
	}
	return seq, true
}

func (s *Sender) arm(at units.Time) { s.timer = at.Add(s.rtt.rto) }

// Timer returns when Timeout is due, Forever while nothing is under way.
func (s *Sender) Timer() units.Time { return s.timer }

// RTT returns the latest measurement of the round trip, and whether there is a new one since the last call.
func (s *Sender) RTT() (units.Duration, bool) {
	fresh := s.rtt.fresh
	s.rtt.fresh = false
	return s.rtt.latest, fresh
}

// Ack takes an acknowledgement: all segments below ack have arrived; the receiver saw marks or not.
func (s *Sender) Ack(at units.Time, ack uint32, marked bool) {
	if s.config.ECN || s.config.Control == DCTCP {
		s.echo(s, ack, marked)
	}
	switch {
	case ack > s.una:
		s.fresh(at, ack)
	case ack == s.una && s.next > s.una:
		s.duplicate()
	}
}

// fresh takes an acknowledgement of new segments.
func (s *Sender) fresh(at units.Time, ack uint32) {
	n := ack - s.una
	s.una, s.expired = ack, false
	s.next = max(s.next, ack)
	s.rtt.acked(ack, at, s.config.MinRTO)
	switch {
	case s.recovering && ack >= s.recover:
		s.recovering, s.dup = false, 0
	case s.recovering: // a partial one: the next hole
		s.dup = max(0, s.dup-int(n))
		s.again, s.resend = ack, true
	default:
		s.dup = 0
		s.grow(s.config.Control, n, at, s.rtt.smooth)
		s.cwnd = min(s.cwnd, float64(s.config.Max))
	}
	s.timer = units.Forever
	if s.next > s.una {
		s.arm(at)
	}
}

// duplicate takes one that tells nothing new: something behind a hole has arrived.
func (s *Sender) duplicate() {
	s.dup++
	if s.recovering || s.dup < duplicates || s.una < s.recover {
		return
	}
	if s.config.Control == DCTCP || s.una >= s.reduced { // RFC 8257, section 3.5: a loss is more than a mark
		s.shrink(s.config.Control)
		s.reduced = s.high
	}
	s.recovering, s.recover = true, s.next
	s.again, s.resend = s.una, true
}

// Timeout sends all again from the first that is not acknowledged, one at first (RFC 5681, section 3.1; RFC 6298, section 5).
func (s *Sender) Timeout(at units.Time) {
	if at.Before(s.timer) || s.next == s.una {
		return
	}
	if !s.expired { // once for a segment, however often the timer expires (RFC 5681, section 3.1)
		s.threshold = max(float64(s.next-s.una)*s.config.Control.factor(), 2)
	}
	s.cwnd, s.epoch, s.peak = 1, units.Time{}, 0
	s.expired, s.reduced = true, s.high
	s.recovering, s.dup, s.recover = false, 0, s.next
	s.next, s.resend = s.una, false
	s.rtt.void(s.una)
	s.rtt.rto = min(2*s.rtt.rto, longestRTO)
	s.timer = units.Forever
}
