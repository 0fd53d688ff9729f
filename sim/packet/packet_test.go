package packet

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
)

// Packets are copied, cleared and missed in caches, so their size is speed.
func TestSize(t *testing.T) {
	assert.EqualValues(t, 120, unsafe.Sizeof(Packet{}))
}

// A Ref is what was given, and leaves alone what stations read of a packet that does not turn.
func TestRef(t *testing.T) {
	p := Packet{VF: 1, Queue: 2, SA: 3, Flow: 4}
	r := Ref{Of: 1<<32 - 1, Part: 1<<16 - 1, Index: 7}
	p.Refer(r)
	assert.Equal(t, r, p.Ref())
	p.Refer(Ref{})
	assert.Equal(t, Packet{VF: 1, Queue: 2, SA: 3, Flow: 4}, p)
}
