package pcie

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/units"
)

// A receiver with a ledger: whatever the order of takes and returns, the credits out never exceed the limit and all
// come back.
func TestCreditsAreNeverNegativeAndAllReturn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.Int64Range(1, 40).Draw(t, "limit")
		c := NewCredits(limit)
		type loan struct {
			from, to units.Time
			n        int64
		}
		var ledger []loan
		at := units.Time{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			n := rapid.Int64Range(1, limit).Draw(t, "n")
			wish := at.Add(units.Duration(rapid.Int64Range(0, 50).Draw(t, "wait")))
			at = c.Take(wish, n)
			require.False(t, at.Before(wish))
			back := at.Add(units.Duration(rapid.Int64Range(1, 200).Draw(t, "hold")))
			if k := len(ledger); k > 0 {
				back = units.Later(back, ledger[k-1].to) // credits come back in order
			}
			c.GiveBack(back, n)
			ledger = append(ledger, loan{at, back, n})
			out := int64(0)
			for _, l := range ledger {
				if l.to.After(at) {
					out += l.n
				}
			}
			require.LessOrEqual(t, out, limit, "more credits out than there are")
			require.GreaterOrEqual(t, c.available, int64(0))
		}
		require.Zero(t, c.outstanding(ledger[len(ledger)-1].to))
	})
}

func TestCreditsWaitNoLongerThanNeeded(t *testing.T) {
	c := NewCredits(4)
	assert.Equal(t, units.At(10), c.Take(units.At(10), 3))
	c.GiveBack(units.At(100), 3)
	assert.Equal(t, units.At(20), c.Take(units.At(20), 1), "one is left")
	c.GiveBack(units.At(50), 1) // behind the first, so back at 100 too
	assert.Equal(t, units.At(100), c.Take(units.At(30), 2))
	assert.Equal(t, int64(2), c.outstanding(units.At(200)), "the two that were never given back")
}

func TestDataCredits(t *testing.T) {
	assert.Equal(t, []int64{1, 1, 2, 16, 17}, []int64{DataCredits(1), DataCredits(16), DataCredits(17), DataCredits(256), DataCredits(257)})
}

func TestTagsAreUniqueWhileOutstanding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(t, "tags")
		p := newTagPool(n)
		out := map[uint16]bool{}
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "take") {
				tag, ok := p.take()
				require.Equal(t, len(out) < n, ok)
				if ok {
					require.False(t, out[tag], "handed out twice")
					require.Less(t, int(tag), n)
					out[tag] = true
				}
			} else {
				for tag := range uint16(n) {
					if out[tag] {
						p.put(tag)
						delete(out, tag)
						break
					}
				}
			}
			require.Equal(t, len(out), p.outstanding())
		}
	})
}

func TestACompletionWithoutARequestIsTheAuthorsBug(t *testing.T) {
	p := newTagPool(2)
	tag, _ := p.take()
	p.put(tag)
	assert.Panics(t, func() { p.put(tag) })
	c := NewCredits(1)
	assert.Panics(t, func() { c.Take(units.Time{}, 2) })
}
