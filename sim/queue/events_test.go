package queue

import (
	"cmp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/units"
)

// compare orders events by (At, Key).
func (e Event) compare(f Event) int {
	return cmp.Or(cmp.Compare(e.At.Ps(), f.At.Ps()), cmp.Compare(e.Key, f.Key))
}

// The wheel must order events as a sorted list does, over all of its levels and across their borders.
func TestQueueOrdersLikeASortedList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := NewEvents()
		var pending []Event
		now := int64(0)
		key := uint64(0)
		span := rapid.SampledFrom([]int64{1, 2_000, 5_000_000, 20_000_000_000, 1 << 40})
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "push") || len(pending) == 0 {
				gap := rapid.Int64Range(0, span.Draw(t, "span")).Draw(t, "gap")
				key++
				e := Event{units.At(units.Duration(now + gap)), key * 7 % 13, uint32(key)}
				q.Push(e)
				pending = append(pending, e)
				continue
			}
			slices.SortStableFunc(pending, Event.compare)
			got, ok := q.Pop()
			require.True(t, ok)
			require.Zero(t, pending[0].compare(got), "want %v, got %v", pending[0], got)
			i := slices.Index(pending, got)
			require.GreaterOrEqual(t, i, 0, "an event that was not pending")
			pending = slices.Delete(pending, i, i+1)
			now = got.At.Ps()
		}
		require.Equal(t, len(pending), q.Len())
	})
}

func TestQueueRefusesThePast(t *testing.T) {
	q := NewEvents()
	q.Push(Event{At: units.At(10)})
	q.Pop()
	assert.PanicsWithValue(t, "queue: event at 9 ps pushed at 10 ps", func() { q.Push(Event{At: units.At(9)}) })
	assert.NotPanics(t, func() { q.Push(Event{At: units.At(10)}) })
}

func TestQueueIsEmpty(t *testing.T) {
	_, ok := NewEvents().Pop()
	assert.False(t, ok)
}

// Events at one instant must cost n log n, in whatever order of their keys they come and whether the instant is now or later:
// thousands of queue pairs begin at once.
func TestQueueWorkOfOneInstantIsNotSquare(t *testing.T) {
	const n = 1 << 16
	orders := map[string]func(i uint64) uint64{
		"rising":  func(i uint64) uint64 { return i },
		"falling": func(i uint64) uint64 { return n - i },
		"equal":   func(uint64) uint64 { return 7 },
		"mixed":   func(i uint64) uint64 { return i * 40503 % n },
	}
	for name, key := range orders {
		for _, at := range []units.Duration{0, 500, 3 * units.Microsecond, 5 * units.Second} {
			q := NewEvents()
			for i := range uint64(n) {
				q.Push(Event{At: units.At(at), Key: key(i), Arg: uint32(i)})
			}
			for range n {
				_, ok := q.Pop()
				require.True(t, ok)
			}
			// 16 levels up and 16 down, and once more in the heap of what is late.
			require.Less(t, q.Moves(), uint64(2*2*16*n), "%s at %d ps", name, at)
		}
	}
}
