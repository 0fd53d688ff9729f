package stats

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestReplications(t *testing.T) {
	// With deviation 1: t(4) = 2.776 and half-width 1.2416 for 5 runs; 0.5 needs 18, as the table of t says: 2.110/sqrt(18) = 0.497.
	n, ok := Replications(1.2416, 5, 0.5, 1000)
	assert.True(t, ok)
	assert.Equal(t, 18, n)
	n, ok = Replications(1.2416, 5, 2, 1000)
	assert.True(t, ok)
	assert.Equal(t, 5, n, "they do already")
	for _, c := range []struct {
		half, width float64
		n, most     int
	}{{1, 0, 5, 100}, {1, 1e-9, 5, 1000}, {0, 0, 5, 100}, {1, 1, 1, 100}, {1, 1, 0, 100}, {1, 1, 50, 20}} {
		_, ok := Replications(c.half, c.n, c.width, c.most)
		assert.False(t, ok, "%+v", c)
	}
}

// What is asked for is enough, and one less is not.
func TestReplicationsAreTheFewest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 30).Draw(t, "n")
		width := rapid.Float64Range(0.05, 3).Draw(t, "width")
		needed, ok := Replications(1, n, width, 100_000)
		require.True(t, ok)
		_, enough := Replications(1, n, width, needed)
		require.True(t, enough)
		if needed > n {
			_, less := Replications(1, n, width, needed-1)
			require.False(t, less)
		}
	})
}
