package tunnel

// WindowSize is how many sequence numbers back a receiver remembers. source: RFC 4303, section 3.4.3, the default.
const WindowSize = 64

// Window is the anti-replay window of a receiver. The zero Window has accepted nothing.
type Window struct {
	top  uint64 // the highest number accepted
	seen uint64 // bit i: top-i was accepted
}

// Fresh reports whether a sequence number may be accepted: it is not 0, not left of the window, and new.
func (w *Window) Fresh(seq uint64) bool {
	switch {
	case seq == 0:
		return false
	case seq > w.top:
		return true
	case w.top-seq >= WindowSize:
		return false
	}
	return w.seen>>(w.top-seq)&1 == 0
}

// Accept remembers a number that is Fresh, once the packet has proved authentic.
func (w *Window) Accept(seq uint64) {
	if seq <= w.top {
		w.seen |= 1 << (w.top - seq)
		return
	}
	// A shift by 64 or more gives 0.
	w.seen = w.seen<<(seq-w.top) | 1
	w.top = seq
}

// Extend returns the extended sequence number that a packet with the lower half low bears: the one nearest to the
// window (RFC 4303, appendix A2.2). It is 0, which is never fresh, where that would be before the first number.
func (w *Window) Extend(low uint32) uint64 {
	high, top := w.top>>32, uint32(w.top)
	bottom := top - (WindowSize - 1) // wraps when the window spans two halves
	switch {
	case top >= WindowSize-1: // case A: the window is in one half
		if low < bottom {
			high++
		}
	case low >= bottom: // case B: it began in the half before
		if high == 0 {
			return 0
		}
		high--
	}
	return high<<32 | uint64(low)
}
