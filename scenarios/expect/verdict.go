package expect

import (
	"fmt"
	"math"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// mostReplications is as many as a scenario may ask for.
const mostReplications = 1000

// undecided is the verdict before anything was looked at.
func (e *Expectation) undecided() result.Expectation {
	return result.Expectation{Text: e.Text, Verdict: Undecided, Line: e.Line, Col: e.Col, File: e.File}
}

// verdict judges measured sides; why is how many replications would do for one that is undecided.
func (e *Expectation) verdict(a, b measurement) (verdict, why string) {
	low, high, ranged := e.ends(b)
	if !ranged {
		return decide(a, b, e.Op)
	}
	verdict, why = Holds, ""
	for _, end := range []struct {
		value measurement
		op    string
	}{{low, ">="}, {high, "<="}} {
		v, needs := decide(a, end.value, end.op)
		if weight(v) > weight(verdict) {
			verdict, why = v, needs
		}
	}
	if e.Op == "!=" {
		verdict = map[string]string{Holds: Fails, Fails: Holds, Undecided: Undecided}[verdict]
	}
	return verdict, why
}

// ends returns what the left side is to be between, where that is asked.
func (e *Expectation) ends(b measurement) (low, high measurement, ranged bool) {
	low, high = b, b
	switch t := e.Tolerance; {
	case e.Op == "within":
		high.value = e.High
	case t.Share > 0:
		// A right side below 0 has its lower end at the larger share.
		far := math.Copysign(t.Share, b.value)
		low, high = b.times(1-far), b.times(1+far)
	case t.Value > 0:
		low.value, high.value = b.value-t.Value, b.value+t.Value
	default:
		return b, b, false
	}
	return low, high, true
}

func decide(a, b measurement, op string) (verdict, why string) {
	holds, open := compare(a, b, op)
	switch {
	case open:
		return Undecided, needed(a, b)
	case holds:
		return Holds, ""
	}
	return Fails, ""
}

// needed estimates how many replications would decide, if means and scatter stay what they are.
func needed(a, b measurement) string {
	runs := max(a.runs, b.runs)
	if a.half > 0 && b.half > 0 {
		runs = min(a.runs, b.runs)
	}
	half := halfBetween(a, b)
	n, ok := stats.Replications(half, runs, math.Abs(a.value-b.value), mostReplications)
	if !ok {
		return fmt.Sprintf(" (more than %d)", mostReplications)
	}
	return fmt.Sprintf(" (about %d)", n)
}

// against writes what the left side was compared with.
func (e *Expectation) against(b measurement, right Operand) string {
	low, high, ranged := e.ends(b)
	switch {
	case !ranged && right.Metric == "":
		return e.Left.seen(b.value)
	case !ranged:
		return right.show(b.value)
	case right.Metric == "":
		return e.Left.seen(low.value) + ".." + e.Left.seen(high.value)
	}
	return fmt.Sprintf("%s..%s, since %s", e.Left.seen(low.value), e.Left.seen(high.value), right.show(b.value))
}

// judgeStatus says whether the row has the wanted status, or the placement the wanted state.
func (e *Expectation) judgeStatus(o Operand, results []result.Result) result.Expectation {
	out := e.undecided()
	r, why := o.row(results)
	if why != "" {
		out.Why = why
		return out
	}
	if o.Metric == stateMetric {
		return e.judgeState(o.Placement, r, out)
	}
	name := o.Placement
	if o.Class != result.All {
		name += "." + o.Class
	}
	status := r.Status
	if r.Forced { // that it was simulated does not make it deployable
		status = result.Undeployable
	}
	out.Why = strings.TrimSuffix(fmt.Sprintf("%s is %s: %s", name, status, strings.Join(r.Reasons, "; ")), ": ")
	out.Verdict = Fails
	if (status == e.Status) == (e.Op == "==") {
		out.Verdict = Holds
	}
	return out
}
