package hw

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// An LRU holds what a list does that moves a key to its front.
func TestLRUIsAListWithMoveToFront(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(0, 6).Draw(t, "most")
		l := NewLRU(most)
		var list []uint64
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			key := rapid.Uint64Range(0, 9).Draw(t, "key")
			i := slices.Index(list, key)
			if rapid.Bool().Draw(t, "find") {
				require.Equal(t, i >= 0, l.Find(key))
				if i >= 0 {
					list = slices.Insert(slices.Delete(list, i, i+1), 0, key)
				}
				continue
			}
			gone, evicted := l.Add(key)
			switch {
			case i >= 0:
				list = slices.Insert(slices.Delete(list, i, i+1), 0, key)
				require.False(t, evicted)
			case most == 0:
				require.False(t, evicted)
			case len(list) == most:
				require.True(t, evicted)
				require.Equal(t, list[most-1], gone)
				list = slices.Insert(list[:most-1], 0, key)
			default:
				require.False(t, evicted)
				list = slices.Insert(list, 0, key)
			}
			require.Equal(t, len(list), l.Len())
		}
	})
}
