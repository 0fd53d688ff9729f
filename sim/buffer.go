package sim

import "github.com/dsnsim/dsnsim/sim/units"

// MaxAlpha bounds log2 of the threshold's factor, up and down.
const MaxAlpha = 16

// Buffer is memory for packets that wait, shared by the classes of one Scheduler or several. Each class has what is
// reserved for it; the rest is shared, and of that a class may hold a multiple, alpha, of what is free (the dynamic
// threshold of Choudhury and Hahne, 1998): one class alone gets alpha/(1+alpha) of it, and a flood in one always leaves
// room for another. A packet leaves the buffer when its service begins.
type Buffer struct {
	free int64 // of the shared part
}

// NewBuffer returns an empty buffer. The size is at most 2^47 bytes.
func NewBuffer(size units.Bytes) *Buffer { return &Buffer{free: int64(size)} }

// Reserve takes bytes out of the shared part for good. It panics when there are too few: that is the author's bug.
func (b *Buffer) Reserve(n units.Bytes) {
	if b.free -= int64(n); n < 0 || b.free < 0 {
		panic("sim: a buffer has less than is reserved in it")
	}
}

// Free returns how much of the shared part is free.
func (b *Buffer) Free() units.Bytes { return units.Bytes(b.free) }

// take takes n bytes for a class that has some in the buffer, or returns false when it may not.
func (b *Buffer) take(n, has, reserve int64, alpha int8) bool {
	shared := has + n - reserve
	if shared <= 0 {
		return true
	}
	n = min(n, shared)
	if n > b.free || shared > scale(b.free, alpha) {
		return false
	}
	b.free -= n
	return true
}

// give gives back n bytes of a class that has some left.
func (b *Buffer) give(n, left, reserve int64) {
	if shared := left + n - reserve; shared > 0 {
		b.free += min(n, shared)
	}
}

// scale returns n times two to the power of alpha, rounded down.
func scale(n int64, alpha int8) int64 {
	if alpha >= 0 {
		return n << alpha
	}
	return n >> -alpha
}
