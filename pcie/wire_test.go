package pcie

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/units"
)

// A wire that is never idle is exact to the picosecond however many TLPs went before.
func TestWireDoesNotAddUpRounding(t *testing.T) {
	w := wire{rate: measuredLink(t).Rate()}
	const n = 100_000
	var end units.Time
	for range n {
		end = w.send(units.Time{}, 25, 0)
	}
	exact := new(big.Int).Mul(big.NewInt(n*25*8), big.NewInt(int64(units.Second)))
	exact.Add(exact, big.NewInt(int64(w.rate)-1)).Div(exact, big.NewInt(int64(w.rate)))
	assert.Equal(t, exact.Int64(), end.Ps())
}

func TestWireIsLindleysRecursion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := wire{rate: 8_000_000_000_000} // a byte a picosecond: no rounding
		at, free := int64(0), int64(0)
		for range rapid.IntRange(1, 50).Draw(t, "tlps") {
			at += rapid.Int64Range(0, 300).Draw(t, "wait")
			n, gap := rapid.Int64Range(1, 300).Draw(t, "n"), rapid.Int64Range(0, 20).Draw(t, "gap")
			if rapid.IntRange(0, 4).Draw(t, "pause") == 0 {
				w.pause(7)
				free += 7
			}
			want := max(at, free) + n
			require.Equal(t, want, w.send(units.At(units.Duration(at)), units.Bytes(n), units.Bytes(gap)).Ps())
			free = want + gap
			require.Equal(t, units.Bytes(free-at), w.backlog(units.At(units.Duration(at))))
		}
	})
}

func TestDLLPsUseIdleTimeOrDelayTheNextTLP(t *testing.T) {
	w := wire{rate: 8_000_000_000_000}
	w.owe(units.At(10), 16)
	assert.Equal(t, units.At(126), w.send(units.At(110), 16, 0), "sent while the wire was idle")
	w.owe(units.At(110), 16)
	assert.Equal(t, units.At(126+16+50), w.send(units.At(120), 50, 0), "the wire was busy all the time")
	w.owe(units.At(192), 16)
	assert.Equal(t, units.At(200+8+50), w.send(units.At(200), 50, 0), "half of it was sent in idle time")
	assert.Zero(t, w.backlog(units.At(400)))
}
