package pcie

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/units"
)

const ns = units.Nanosecond

// testIOMMU walks in 100 ns, two at once, without refresh.
func testIOMMU(entries, pending int) IOMMU {
	spec := IOMMUSpec{Entries: entries, Walkers: 2, Pending: pending, Accesses: 2, Access: 50 * ns, ReadHold: 20 * ns}
	return NewIOMMU(spec, DRAMSpec{}, rng.New(1, 0, "test"))
}

func TestTranslationsAreLeastRecentlyUsed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 6).Draw(t, "entries")
		c := newTranslations(n)
		var model []uint64 // most recently used first
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			page := rapid.Uint64Range(0, 9).Draw(t, "page")
			at := slices.Index(model, page)
			require.Equal(t, at >= 0, c.lookup(page))
			if at >= 0 {
				model = slices.Delete(model, at, at+1)
			} else {
				c.insert(page)
			}
			model = slices.Insert(model, 0, page)
			model = model[:min(len(model), n)]
		}
	})
}

func TestAMissCostsAWalkAndAHitNothing(t *testing.T) {
	m := testIOMMU(4, 8)
	assert.Equal(t, units.At(100*ns), m.Translate(units.At(0), 1, true))
	assert.Equal(t, units.At(200*ns), m.Translate(units.At(200*ns), 1, true))
	assert.Equal(t, units.At(100*ns), func() units.Time { m := testIOMMU(4, 8); return m.Translate(units.At(0), 1, false) }(),
		"the hold of a read is the walker's, not the request's")
}

func TestAMissDuringTheWalkOfItsPageWaitsForThatWalk(t *testing.T) {
	m := testIOMMU(4, 8)
	m.Translate(units.At(0), 1, true)
	assert.Equal(t, units.At(100*ns), m.Translate(units.At(30*ns), 1, true))
	assert.Equal(t, units.At(100*ns), m.Translate(units.At(10*ns), 2, true).Add(-10*ns), "the second walker was free")
}

func TestWalkersLimitTheRateOfMisses(t *testing.T) {
	for _, tc := range []struct {
		write bool
		each  units.Duration
	}{{true, 50 * ns}, {false, 60 * ns}} { // two walkers of 100 ns, held 20 ns longer by reads
		m := testIOMMU(0, 1<<20)
		var last units.Time
		for page := range uint64(1000) {
			last = m.Translate(units.At(0), page, tc.write)
		}
		assert.InDelta(t, float64(tc.each), float64(last.Sub(units.At(0)))/1000, float64(ns), "write %v", tc.write)
	}
}

func TestAFullTableOfMissesHoldsBackEvenHits(t *testing.T) {
	m := testIOMMU(4, 2)
	m.Translate(units.At(0), 9, true)
	at := units.At(1000 * ns)
	m.Translate(at, 1, true)
	m.Translate(at, 2, true)
	assert.Equal(t, at.Add(200*ns), m.Translate(at, 3, true), "waits for a place, then walks")
	assert.Equal(t, at.Add(100*ns), m.Translate(at, 9, true), "a hit behind it waits for the place too")
}

// Without merging, random pages of a window hit in proportion to the entries.
func TestHitRatioOfRandomPages(t *testing.T) {
	c := newTranslations(64)
	r := rng.New(1, 0, "pages")
	hits := 0
	const n = 200_000
	for range n {
		page := r.Uint64N(256)
		if c.lookup(page) {
			hits++
		} else {
			c.insert(page)
		}
	}
	assert.InDelta(t, 0.25, float64(hits)/n, 0.01)
}
