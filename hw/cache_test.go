package hw

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/rng"
)

// naiveCache is a cache written for reading: a list of keys for each set, the latest last.
type naiveCache struct {
	sets [][]uint64
	ways int
}

func newNaiveCache(entries, ways int) *naiveCache {
	ways = min(ways, entries)
	return &naiveCache{sets: make([][]uint64, (entries+ways-1)/ways), ways: ways}
}

func (c *naiveCache) touch(key uint64) bool {
	// The high half of the key's hash, scaled to the number of sets.
	set := &c.sets[(rng.Mix(key+1)>>32)*uint64(len(c.sets))>>32]
	at := slices.Index(*set, key)
	if at >= 0 {
		*set = slices.Delete(*set, at, at+1)
	}
	*set = append(*set, key)
	if len(*set) > c.ways {
		*set = (*set)[1:]
	}
	return at >= 0
}

func TestCacheIsLRUInEachSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := rapid.IntRange(1, 40).Draw(t, "entries")
		ways := rapid.IntRange(1, 12).Draw(t, "ways")
		keys := rapid.IntRange(2, 80).Draw(t, "keys")
		random := rng.New(rapid.Uint64().Draw(t, "seed"), 0, "keys")
		c, naive := NewCache(entries, ways), newNaiveCache(entries, ways)
		var hits uint64
		const looks = 500
		for i := range looks {
			key := uint64(random.IntN(keys))
			want := naive.touch(key)
			require.Equal(t, want, c.Touch(key), "look-up %d, of key %d", i, key)
			if want {
				hits++
			}
		}
		require.Equal(t, hits, c.Hits)
		require.Equal(t, looks-hits, c.Misses)
	})
}

// A loop over one key more than a fully associative LRU holds misses for ever, one over as many as it holds never
// again after the first round. A cache that evicts at random, or holds one more or less, fails one of the two.
func TestCacheHoldsExactlyItsEntries(t *testing.T) {
	const entries = 64
	rounds := func(keys uint64) *Cache {
		c := NewCache(entries, entries)
		for range 10 {
			for key := range keys {
				c.Touch(key)
			}
		}
		return c
	}
	assert.Zero(t, rounds(entries+1).Hits)
	full := rounds(entries)
	assert.EqualValues(t, entries, full.Misses)
	assert.EqualValues(t, 9*entries, full.Hits)
}

// Key 0 and the largest key are keys like any other.
func TestCacheTakesEveryKey(t *testing.T) {
	c := NewCache(4, 4)
	for _, key := range []uint64{0, 1, 1<<64 - 1, 1 << 63} {
		assert.False(t, c.Touch(key), "%d in an empty cache", key)
		assert.True(t, c.Touch(key), "%d twice", key)
	}
}

func TestCacheWithoutEntriesNeverHits(t *testing.T) {
	for _, c := range []*Cache{NewCache(0, 8), NewCache(-1, 8)} {
		for range 5 {
			assert.False(t, c.Touch(7))
		}
		assert.EqualValues(t, 5, c.Misses)
		assert.Zero(t, c.Hits)
	}
}

func TestCacheTouchDoesNotAllocate(t *testing.T) {
	c, key := NewCache(1024, 8), uint64(0)
	assert.Zero(t, testing.AllocsPerRun(1000, func() { key++; c.Touch(key) }))
}
