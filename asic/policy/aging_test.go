package policy

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/units"
)

// A connection ends with a FIN or a RST, and then a SYN asks for another one; an answer to a SYN does not.
func TestWhatEndsAConnection(t *testing.T) {
	for _, last := range []uint16{flagFIN | flagACK, flagRST, flagACK} {
		a, err := NewAging(8, 0, DefaultTimeouts())
		require.NoError(t, err)
		u := table.Tuple{Proto: header.ProtoTCP, SrcPort: 5000, DstPort: 80}
		r := a.Enter(&u, units.At(0)).Ref
		u.Flags = last
		a.Follow(r, &u)
		for flags, asks := range map[uint16]bool{flagSYN: true, flagSYN | flagACK: false, flagACK: false} {
			u.Flags = flags
			assert.Equal(t, asks && last != flagACK, a.Ended(r, &u), "%#x after %#x", flags, last)
		}
	}
}
