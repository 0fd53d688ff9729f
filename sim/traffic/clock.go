package traffic

import (
	"math"

	"github.com/dsnsim/dsnsim/sim/capture"
)

// clock turns the stamps of a capture into times since its first record that never fall.
//
// Stamps step back for two reasons. Records come out of order, as where a NIC has several queues: then those of one stamp alone
// are early or late, and get the time of their neighbour. Or the clock was set back: then all that follows is earlier; it keeps
// its gaps, with none at the step. What is alone by an hour ahead is out of order like any other.
type clock struct {
	// now is the latest time, the stamp's.
	now, stamp int64
	// outOfOrder counts records that are early or late, and steps how often the clock was set back.
	outOfOrder, steps int64
}

// longestNs is the time of a record that is further from the first than any run is long: 146 years.
const longestNs = math.MaxInt64 / 2

// timesNs returns the times of the records.
func (c *clock) timesNs(records []capture.Record) []int64 {
	times := make([]int64, 0, len(records))
	for i := 0; i < len(records); {
		stamp, n := records[i].TimeNs, 1
		for i+n < len(records) && records[i+n].TimeNs == stamp {
			n++
		}
		i += n
		if i < len(records) {
			c.next(stamp, records[i].TimeNs, int64(n), len(times) == 0)
		} else {
			c.next(stamp, math.MaxInt64, int64(n), len(times) == 0)
		}
		for range n {
			times = append(times, c.now)
		}
	}
	return times
}

// next moves on to n records of one stamp, given the one that follows.
func (c *clock) next(stamp, following, n int64, first bool) {
	back := !first && stamp < c.stamp
	switch {
	case following < stamp && (first || following >= c.stamp):
		stamp = following // these alone are early
		c.outOfOrder += n
	case back && following >= c.stamp:
		c.outOfOrder += n // these alone are late
		return
	case back:
		c.steps++
		c.stamp = stamp
		return
	}
	if !first {
		c.now = min(c.now+gapNs(c.stamp, stamp), longestNs)
	}
	c.stamp = stamp
}

// gapNs returns the time from a stamp to a later one, or the longest there is: stamps can be 584 years apart.
func gapNs(from, to int64) int64 {
	if gap := uint64(to) - uint64(from); gap < longestNs {
		return int64(gap)
	}
	return longestNs
}
