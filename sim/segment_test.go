package sim

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
)

// Packets touch all hops of their paths, so those are small: two in a cache line.
func TestHopIsHalfACacheLine(t *testing.T) {
	assert.EqualValues(t, 32, unsafe.Sizeof(Hop{}))
}
