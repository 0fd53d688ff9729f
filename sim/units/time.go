package units

import "math"

// Time is an instant: whole picoseconds since the start of the run.
// It is a struct so that a bare number, or a Duration, cannot be passed for it.
// The range is 0 to about 106 days.
type Time struct{ ps int64 }

// Duration is a span of simulated time in whole picoseconds. Its range is about 106 days.
type Duration int64

// The named spans of time.
const (
	Picosecond  Duration = 1
	Nanosecond           = 1000 * Picosecond
	Microsecond          = 1000 * Nanosecond
	Millisecond          = 1000 * Microsecond
	Second               = 1000 * Millisecond
)

// Forever is later than every instant that a run can reach.
var Forever = Time{math.MaxInt64}

// At returns the instant d after the start of the run.
func At(d Duration) Time { return Time{int64(d)} }

// Add returns the instant d after t.
func (t Time) Add(d Duration) Time { return Time{t.ps + int64(d)} }

// Sub returns the span from u to t, negative when t is earlier.
func (t Time) Sub(u Time) Duration { return Duration(t.ps - u.ps) }

// Before reports whether t is earlier than u.
func (t Time) Before(u Time) bool { return t.ps < u.ps }

// After reports whether t is later than u.
func (t Time) After(u Time) bool { return t.ps > u.ps }

// Ps returns the picoseconds since the start of the run.
func (t Time) Ps() int64 { return t.ps }

// Later returns the later of t and u.
func Later(t, u Time) Time {
	if t.ps > u.ps {
		return t
	}
	return u
}

// Earlier returns the earlier of t and u.
func Earlier(t, u Time) Time {
	if t.ps < u.ps {
		return t
	}
	return u
}

// Seconds returns d as a float, for reports only: the kernel does not use floats.
func (d Duration) Seconds() float64 { return float64(d) / float64(Second) }

// Ns returns d in nanoseconds as a float, for reports only.
func (d Duration) Ns() float64 { return float64(d) / float64(Nanosecond) }
