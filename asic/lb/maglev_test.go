package lb

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/rng"
)

func names(n int) []uint64 {
	list := make([]uint64, n)
	for i := range list {
		list[i] = rng.Mix(uint64(i) + 1)
	}
	return list
}

func equal(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = 1
	}
	return list
}

func shares(table []int16, n int) []int {
	count := make([]int, n)
	for _, b := range table {
		count[b]++
	}
	return count
}

// Turns are equal, so no backend has more than one place more than another. Section 3.4 of the paper: with M over 100 N,
// backends differ by at most 1% of their share.
func TestBalance(t *testing.T) {
	for _, n := range []int{1, 2, 10, 100, 655} {
		count := shares(Maglev(names(n), equal(n), DefaultTable), n)
		least, most := DefaultTable, 0
		for _, c := range count {
			least, most = min(least, c), max(most, c)
		}
		assert.LessOrEqual(t, most-least, 1, "%d backends", n)
		assert.LessOrEqual(t, float64(most-least), 0.011*float64(DefaultTable)/float64(n), "%d backends", n)
	}
}

// When a backend goes, some entries of those that stay change too. The paper shows how few in a figure only (12); 2% is
// the bound here, for up to M/100 backends.
func TestDisruption(t *testing.T) {
	for _, n := range []int{10, 100, 655} {
		before := Maglev(names(n), equal(n), DefaultTable)
		for _, gone := range []int{0, n / 2, n - 1} {
			weights := equal(n)
			weights[gone] = 0
			after := Maglev(names(n), weights, DefaultTable)
			moved := 0
			for i := range before {
				require.NotEqual(t, int16(gone), after[i])
				if before[i] != int16(gone) && before[i] != after[i] {
					moved++
				}
			}
			share := float64(moved) / DefaultTable
			t.Logf("%d backends, %d goes: %.2f%% of the entries of the others change", n, gone, 100*share)
			assert.Less(t, share, 0.02)
		}
	}
}

// A backend has places in proportion to its weight.
func TestWeights(t *testing.T) {
	weights := []int{1, 2, 3, 10, 0}
	count := shares(Maglev(names(5), weights, DefaultTable), 5)
	for i, w := range weights {
		assert.InDelta(t, float64(w)/16*DefaultTable, count[i], 4, "weight %d", w)
	}
}

// Tables of any size and weights are full, of backends that have a weight, and the same each time.
func TestTablesAreFull(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.SampledFrom([]int{7, 13, 251, 1009}).Draw(t, "size")
		weights := rapid.SliceOfN(rapid.IntRange(0, 5), 1, 20).Draw(t, "weights")
		sum := 0
		for _, w := range weights {
			sum += w
		}
		table := Maglev(names(len(weights)), weights, size)
		require.Len(t, table, size)
		for _, b := range table {
			if sum == 0 {
				require.EqualValues(t, none, b)
				continue
			}
			require.GreaterOrEqual(t, b, int16(0))
			require.Positive(t, weights[b])
		}
		require.Equal(t, table, Maglev(names(len(weights)), weights, size))
	})
}

func TestIsPrime(t *testing.T) {
	assert.True(t, IsPrime(DefaultTable) && IsPrime(655373) && IsPrime(2))
	assert.False(t, IsPrime(1) || IsPrime(65536) || IsPrime(65535) || IsPrime(0))
}

func BenchmarkMaglev(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for range b.N {
				Maglev(names(n), equal(n), DefaultTable)
			}
		})
	}
}
