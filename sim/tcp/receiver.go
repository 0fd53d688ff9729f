package tcp

// Receiver is the receiving end.
type Receiver struct {
	next    uint32   // the first segment that is missing
	behind  []uint64 // a bit for each segment behind it that has arrived, in a ring
	waiting int      // segments in order that are not acknowledged
	marked  bool     // of those
	highest uint32   // above all that have arrived
}

// NewReceiver returns the end of a connection whose sender has at most a window of segments under way.
func NewReceiver(window int) *Receiver {
	return &Receiver{behind: make([]uint64, (window+127)/64)}
}

// Reset begins another transfer.
func (r *Receiver) Reset() {
	clear(r.behind)
	*r = Receiver{behind: r.behind}
}

// Answer is an acknowledgement: all segments below Ack are there. Marked echoes what came with a mark.
type Answer struct {
	Ack    uint32
	Marked bool
}

func (r *Receiver) bit(seq uint32) (*uint64, uint64) {
	i := seq % uint32(64*len(r.behind))
	return &r.behind[i/64], 1 << (i % 64)
}

// Flush returns the acknowledgement that waits for another segment, false without one. Who carries segments calls it some time after
// Waiting (RFC 5681, section 4.2): a window of less than DelayedAck segments would stand still until the sender's timer.
func (r *Receiver) Flush() (Answer, bool) {
	if r.waiting == 0 {
		return Answer{}, false
	}
	r.waiting = 0
	return Answer{r.next, r.marked}, true
}

// Waiting reports whether segments in order are not acknowledged yet.
func (r *Receiver) Waiting() bool { return r.waiting > 0 }

// Receive takes a segment, marked or not, the last one or not, and returns the acknowledgements that it causes. In order, the
// receiver answers every DelayedAck segments, and at once where marks begin or end (RFC 8257, section 3.2); out of order it answers each
// (RFC 5681, section 4.2). first says that the segment was not there yet.
func (r *Receiver) Receive(seq uint32, marked, last bool, delayed int) (answers [2]Answer, n int, first bool) {
	if seq != r.next {
		if word, bit := r.bit(seq); seq > r.next {
			first = *word&bit == 0
			*word |= bit
			r.highest = max(r.highest, seq+1)
		}
		r.waiting = 0
		return [2]Answer{{r.next, marked}}, 1, first
	}
	if r.waiting > 0 && r.marked != marked {
		answers[0], n = Answer{r.next, r.marked}, 1
		r.waiting = 0
	}
	filled := r.highest > r.next
	for r.next++; ; r.next++ {
		word, bit := r.bit(r.next)
		if r.next >= r.highest || *word&bit == 0 {
			break
		}
		*word &^= bit
	}
	r.waiting, r.marked = r.waiting+1, marked
	if r.waiting >= delayed || filled || last {
		answers[n] = Answer{r.next, marked}
		n++
		r.waiting = 0
	}
	return answers, n, true
}
