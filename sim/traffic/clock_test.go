package traffic

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/capture"
)

func stamped(stamps []int64) []capture.Record {
	records := make([]capture.Record, len(stamps))
	for i, ns := range stamps {
		records[i].TimeNs = ns
	}
	return records
}

func TestClock(t *testing.T) {
	const hour = int64(3600e9)
	for name, c := range map[string]struct {
		stamps, want      []int64
		outOfOrder, steps int64
	}{
		"in order":                  {[]int64{5, 5, 7, 9}, []int64{0, 0, 2, 4}, 0, 0},
		"first ahead by an hour":    {[]int64{hour, 1, 2, 3}, []int64{0, 0, 1, 2}, 1, 0},
		"two ahead by an hour":      {[]int64{hour, hour + 2, 1, 2, 3}, []int64{0, 2, 2, 3, 4}, 0, 1},
		"one ahead in the middle":   {[]int64{1, 2, hour, 3, 4}, []int64{0, 1, 2, 2, 3}, 1, 0},
		"set back by an hour":       {[]int64{hour, hour + 3, hour + 6, 0, 3, 6}, []int64{0, 3, 6, 6, 9, 12}, 0, 1},
		"set back by a gap":         {[]int64{10, 20, 30, 20, 30, 40}, []int64{0, 10, 10, 10, 20, 30}, 1, 0},
		"set back by three":         {[]int64{10, 20, 30, 40, 15, 25, 35, 45}, []int64{0, 10, 20, 30, 30, 40, 50, 60}, 0, 1},
		"one late":                  {[]int64{10, 20, 15, 30}, []int64{0, 5, 5, 20}, 1, 0},
		"one late between equals":   {[]int64{10, 20, 5, 20, 30}, []int64{0, 10, 10, 10, 20}, 1, 0},
		"one later than any":        {[]int64{10, 20, 5, 30}, []int64{0, 10, 10, 20}, 1, 0},
		"copies of a late one":      {[]int64{10, 20, 20, 5, 5, 5, 30}, []int64{0, 10, 10, 10, 10, 10, 20}, 3, 0},
		"the last is late":          {[]int64{10, 20, 5}, []int64{0, 10, 10}, 1, 0},
		"each set back":             {[]int64{40, 30, 20, 10}, []int64{0, 0, 0, 0}, 2, 1},
		"as far apart as there are": {[]int64{math.MinInt64, math.MaxInt64}, []int64{0, longestNs}, 0, 0},
		"and back":                  {[]int64{0, math.MaxInt64, math.MinInt64, 0, math.MaxInt64}, []int64{0, longestNs, longestNs, longestNs, longestNs}, 0, 1},
	} {
		var k clock
		assert.Equal(t, c.want, k.timesNs(stamped(c.stamps)), name)
		assert.Equal(t, [2]int64{c.outOfOrder, c.steps}, [2]int64{k.outOfOrder, k.steps}, name)
	}
}

// TestClockKeepsGaps: times never fall, and a clock that is set back anywhere, by anything that is not a single record's, changes
// no gap but that of the step.
func TestClockKeepsGaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gaps := rapid.SliceOfN(rapid.Int64Range(0, 1000), 8, 40).Draw(t, "gaps")
		stamps := make([]int64, len(gaps))
		for i := 1; i < len(gaps); i++ {
			stamps[i] = stamps[i-1] + gaps[i]
		}
		var straight clock
		want := straight.timesNs(stamped(stamps))
		require.Equal(t, stamps, want)
		at := rapid.IntRange(2, len(gaps)-2).Draw(t, "step at")
		for i := at; i < len(stamps); i++ {
			stamps[i] -= 1_000_000
			want[i] -= gaps[at]
		}
		var k clock
		require.Equal(t, want, k.timesNs(stamped(stamps)))
		any := rapid.SliceOf(rapid.Int64()).Draw(t, "any")
		require.True(t, slices.IsSorted(new(clock).timesNs(stamped(any))))
	})
}
