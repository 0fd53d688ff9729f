package firewall

import (
	"math"

	"github.com/dsnsim/dsnsim/sim/units"
)

// Access is one transaction as the firewall sees it.
type Access struct {
	Requester Function
	Space     Space
	Right     Right // Read or Write
	Addr      uint64
	// Len is the bytes that are accessed, for a doorbell the number of queues; less than one counts as one.
	Len units.Bytes
}

// posted reports whether the requester waits for no completion.
func (a Access) posted() bool { return a.Right == Write }

// Answer is what the requester sees of an access.
type Answer uint8

// The answers. A refused write is dropped without one, since memory writes are posted: they have no completion.
// source: PCI Express Base Specification, 2.3.1: a request for what a function does not have completes with Unsupported
// Request, one that violates the function's programming model with Completer Abort; 2.4: memory writes are posted
const (
	Passed      Answer = iota
	Unsupported        // completion with status UR: nothing of the requester's is there
	Abort              // completion with status CA: the requester's, but not to be used so
	Dropped            // a posted write that is gone
)

// String returns "passed", "UR", "CA" or "dropped".
func (a Answer) String() string { return [...]string{"passed", "UR", "CA", "dropped"}[a] }

// Verdict is the decision about an access.
type Verdict struct {
	Answer Answer
	// Throttled says that the access was refused for coming too fast, not for where it goes.
	Throttled bool
	// Reported says that telemetry reports it.
	Reported bool
}

// Counts is what one function did.
type Counts struct {
	Checked, Passed, Unsupported, Aborted, Dropped, Throttled uint64
}

// Refused is how many accesses did not pass.
func (c Counts) Refused() uint64 { return c.Unsupported + c.Aborted + c.Dropped }

// Spec declares a firewall.
type Spec struct {
	// Functions is how many functions the device has, the PF included.
	Functions int
	// Windows is how many windows fit; 0 for no bound.
	Windows int
	// PassUnclaimed lets accesses to what no window covers through, as before the firewall is configured. Otherwise they
	// are refused.
	PassUnclaimed bool
	// Limit bounds each function; the zero value does not.
	Limit Limit
	// Reports is how many violations telemetry reports.
	Reports Reports
}

// Firewall checks accesses. It is not for concurrent use.
type Firewall struct {
	table
	spec     Spec
	off      bool
	counts   []Counts // by function
	limits   []limiter
	reports  bucket
	reported uint64
	silent   uint64
}

// New returns a firewall without windows.
func New(s Spec) *Firewall {
	f := &Firewall{spec: s, counts: make([]Counts, s.Functions), reports: newBucket(s.Reports.Every, s.Reports.Burst)}
	for range s.Functions {
		f.limits = append(f.limits, newLimiter(s.Limit))
	}
	return f
}

// Check judges an access at an instant; instants do not go back. An access of a function that the device does not have
// is refused.
func (f *Firewall) Check(at units.Time, a Access) Verdict {
	if int(a.Requester) >= len(f.counts) {
		return f.refuse(at, a, Unsupported, nil)
	}
	c := &f.counts[a.Requester]
	c.Checked++
	if answer := f.Judge(a); answer != Passed {
		return f.refuse(at, a, answer, c)
	}
	if !f.off && !f.limits[a.Requester].admit(at, a) {
		c.Throttled++
		v := f.refuse(at, a, Abort, c)
		v.Throttled = true
		return v
	}
	c.Passed++
	return Verdict{}
}

// refuse counts and reports a refusal, and turns the answer into what the requester sees.
func (f *Firewall) refuse(at units.Time, a Access, answer Answer, c *Counts) Verdict {
	if a.posted() {
		answer = Dropped
	}
	if c != nil {
		switch answer {
		case Unsupported:
			c.Unsupported++
		case Abort:
			c.Aborted++
		default:
			c.Dropped++
		}
	}
	v := Verdict{Answer: answer, Reported: f.reports.take(at, 1)}
	if v.Reported {
		f.reported++
	} else {
		f.silent++
	}
	return v
}

// Judge returns the answer that the windows give to an access, without limits and without counting: Passed, Unsupported,
// or Abort where some of what is accessed belongs to the requester. That a posted write gets no answer is left to Check.
func (f *Firewall) Judge(a Access) Answer {
	if f.off {
		return Passed
	}
	n := uint64(max(1, a.Len))
	if a.Space >= spaces || a.Addr > math.MaxUint64-n {
		return Unsupported
	}
	end := a.Addr + n
	own, refused := false, false
	for at := a.Addr; at < end; {
		w := f.next(a.Space, a.Requester, at)
		if w != nil && w.From <= at {
			own = true
			refused = refused || w.Rights&a.Right == 0
			at = w.To
			continue
		}
		gap := end
		if w != nil {
			gap = min(gap, w.From)
		}
		refused = refused || !f.spec.PassUnclaimed || f.isClaimed(a.Space, at, gap)
		at = gap
	}
	switch {
	case !refused:
		return Passed
	case own:
		return Abort
	}
	return Unsupported
}

// Counts returns what a function did so far.
func (f *Firewall) Counts(of Function) Counts {
	if int(of) >= len(f.counts) {
		return Counts{}
	}
	return f.counts[of]
}

// Checks returns how many accesses of all functions were checked: each is one look-up in the window
// memory, for the sum of energy.
func (f *Firewall) Checks() uint64 {
	n := uint64(0)
	for i := range f.counts {
		n += f.counts[i].Checked
	}
	return n
}

// Telemetry returns how many refusals were reported and how many were only counted.
func (f *Firewall) Telemetry() (reported, silent uint64) { return f.reported, f.silent }

// Windows returns a copy of the windows, in order of space, function and address.
func (f *Firewall) Windows() []Window { return append([]Window(nil), f.windows...) }

// Enabled reports whether the firewall checks.
func (f *Firewall) Enabled() bool { return !f.off }
