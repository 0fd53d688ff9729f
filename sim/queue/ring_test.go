package queue

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestRingKeepsOrderWhileItGrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r Ring[int]
		pushed, popped := 0, 0
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			if rapid.IntRange(0, 2).Draw(t, "push") > 0 {
				r.Push(pushed)
				pushed++
			} else if r.Len() > 0 {
				require.Equal(t, popped, *r.Front())
				require.Equal(t, popped, r.Pop())
				popped++
			}
			require.Equal(t, pushed-popped, r.Len())
		}
	})
}
