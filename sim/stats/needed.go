package stats

import (
	"math"
	"sort"
)

// Replications estimates how many replications give a mean a 95% half-width below width, when n of them gave it half: the
// scatter of the samples is assumed to stay the same. ok is false when even most of them would not do, or when n replications
// say nothing of the scatter (n below 2).
func Replications(half float64, n int, width float64, most int) (needed int, ok bool) {
	if n < 2 || !(width > 0) || !(half >= 0) || most < n {
		return 0, false
	}
	deviation := half / studentT(n-1) * math.Sqrt(float64(n))
	wide := func(runs int) bool { return studentT(runs-1)*deviation/math.Sqrt(float64(runs)) >= width }
	needed = n + sort.Search(most-n+1, func(more int) bool { return !wide(n + more) })
	return needed, needed <= most
}
