package tunnel

// WindowSize is how many sequence numbers back a receiver remembers by default. source: RFC 4303, section 3.4.3.
const WindowSize = 64

// MaxWindow is the largest window. Assumed: what Linux allows for an association (XFRMA_REPLAY_ESN_MAX).
const MaxWindow = 4096

// Window is the anti-replay window of a receiver. The zero Window has accepted nothing and is of WindowSize.
type Window struct {
	size uint64 // 0 for WindowSize
	top  uint64 // the highest number accepted
	// seen has a bit for each number, 64 to a word; words are reused round robin, so that moving on clears few of them.
	seen []uint64
}

// NewWindow returns a window of n numbers, 1 to MaxWindow, that has accepted nothing.
func NewWindow(size int) Window { return Window{size: uint64(size)} }

func (w *Window) width() uint64 {
	if w.size == 0 {
		return WindowSize
	}
	return w.size
}

// word returns where the bit of a number is.
func (w *Window) word(seq uint64) *uint64 { return &w.seen[seq/64%uint64(len(w.seen))] }

// Fresh reports whether a sequence number may be accepted: it is not 0, not left of the window, and new.
func (w *Window) Fresh(seq uint64) bool {
	switch {
	case seq == 0:
		return false
	case seq > w.top:
		return true
	case w.top-seq >= w.width():
		return false
	}
	return *w.word(seq)>>(seq%64)&1 == 0
}

// Accept remembers a number that is Fresh, once the packet has proved authentic.
func (w *Window) Accept(seq uint64) {
	if w.seen == nil {
		// The numbers of a window lie in as many words as fill it, and one more where it does not begin with a word.
		w.seen = make([]uint64, (w.width()+63)/64+1)
	}
	if seq > w.top {
		for i := range min(seq/64-w.top/64, uint64(len(w.seen))) {
			w.seen[(w.top/64+1+i)%uint64(len(w.seen))] = 0
		}
		w.top = seq
	}
	*w.word(seq) |= 1 << (seq % 64)
}

// Extend returns the extended sequence number of a packet with the lower half low: the one nearest to the
// window (RFC 4303, appendix A2.2). It is 0, which is never fresh, where that would be before the first number.
func (w *Window) Extend(low uint32) uint64 {
	high, top := w.top>>32, uint32(w.top)
	width := uint32(w.width())
	bottom := top - (width - 1) // wraps when the window spans two halves
	switch {
	case top >= width-1: // case A: the window is in one half
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
