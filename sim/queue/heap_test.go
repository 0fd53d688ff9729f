package queue

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestHeapIsASortedList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := NewHeap(func(a, b *int) bool { return *a < *b })
		var list []int
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			x := rapid.IntRange(0, 20).Draw(t, "x")
			switch step := rapid.IntRange(0, 3).Draw(t, "step"); {
			case step < 2 || len(list) == 0:
				h.Push(x)
				list = append(list, x)
			case step == 2:
				*h.First() = x
				h.Fix()
				list[0] = x
			default:
				require.Equal(t, list[0], h.Pop())
				list = list[1:]
			}
			slices.Sort(list)
			if len(list) > 0 {
				require.Equal(t, list[0], *h.First())
			}
			require.Equal(t, len(list), h.Len())
		}
	})
}

// n items cost n log n comparisons, in whatever order they come.
func TestHeapWorkIsNotSquare(t *testing.T) {
	const n = 1 << 14
	for name, item := range map[string]func(i int) int{
		"rising": func(i int) int { return i }, "falling": func(i int) int { return -i }, "equal": func(int) int { return 1 },
	} {
		compared := 0
		h := NewHeap(func(a, b *int) bool {
			compared++
			return *a < *b
		})
		for i := range n {
			h.Push(item(i))
		}
		for range n {
			h.Pop()
		}
		require.Less(t, compared, 3*14*n, name)
	}
}
