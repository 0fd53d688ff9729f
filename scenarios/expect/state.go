package expect

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/internal/spell"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/state"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// stateMetric is the metric that has the names of states for values.
const stateMetric = "state"

// anyState asks for a judgement whatever the state is.
const anyState = "any"

// asked finds what a condition says about the state at its end.
var asked = regexp.MustCompile(`^(.*\S)\s+(?:while(?:\s+(\S.*?))?|in\s+(?:any|all)\s*(\S*))\s*$`)

// cutState cuts the part about the state off the text.
func (e *Expectation) cutState(text string) (string, error) {
	m := asked.FindStringSubmatch(text)
	switch {
	case m == nil:
		return text, nil
	case !strings.Contains(text[len(m[1]):], "while"):
		if m[3] != "state" {
			return "", fmt.Errorf("expected \"in any state\" at the end, got %q", strings.TrimSpace(text[len(m[1]):]))
		}
		e.While = anyState
		return m[1], nil
	}
	word := strings.ReplaceAll(m[2], " ", "_")
	if !slices.Contains(state.Names(), word) {
		return "", fmt.Errorf("unknown state %q after while%s; \"in any state\" asks for all of them", m[2], spell.DidYouMean(word, state.Names()))
	}
	e.While = word
	return m[1], nil
}

// unsettled says why a condition is not to be judged, "" where it is: nothing was measured, or a placement is not in the state that the
// figures are worth something in.
func (e *Expectation) unsettled(results []result.Result, sides ...Operand) string {
	depends, met := false, e.While == "" || e.While == anyState
	for _, o := range sides {
		if o.Metric == "" {
			continue
		}
		if why := o.empty(results); why != "" {
			return why
		}
		now := stateIn(results, o.Placement)
		met = met || now == e.While
		depends = needsSteady(o.Metric)
		if depends && now != "" && now != result.Steady && now != e.While && e.While != anyState {
			return fmt.Sprintf("%s is %s, so its loss, latency and jitter depend on how long the run is; \"while %s\" or \"in any state\" at the end of the condition has it judged all the same", o.Placement, spoken(now), now)
		}
	}
	if met {
		return ""
	}
	return fmt.Sprintf("%s is %s, and the condition is about one that is %s", sides[0].Placement, spoken(stateIn(results, sides[0].Placement)), spoken(e.While))
}

// needsSteady reports whether a metric means something in a steady state only: in any other, it says how long the run was.
func needsSteady(metric string) bool {
	for _, family := range []string{"loss.", "latency.", "chain.latency.", "jitter.", "reorder."} {
		if strings.HasPrefix(metric, family) {
			return true
		}
	}
	for reason := range stats.DropReason(stats.DropReasons) {
		if metric == "drops."+reason.String() {
			return reason.IsQueue()
		}
	}
	return false
}

// empty says that no packet was sent that the operand could be of.
func (o Operand) empty(results []result.Result) string {
	none := func(r *result.Result) bool {
		v, ok := r.Metrics["offered.mpps"]
		return ok && v == 0 && r.Status == result.OK
	}
	whole := Operand{Placement: o.Placement, Class: result.All, Metric: o.Metric}
	if i := whole.find(results); i >= 0 && none(&results[i]) {
		return "no packet was sent in the measured window, so nothing was measured for " + o.Placement
	}
	m, _ := stats.Lookup(o.Metric)
	if i := o.find(results); i >= 0 && m.Scope == stats.PerTraffic && none(&results[i]) && !strings.HasPrefix(o.Metric, "offered.") {
		return "no packet of " + strings.TrimSpace(o.Class+" "+o.Direction) + " was sent in the measured window"
	}
	return ""
}

// inState lists the placements in the state that the condition is about; none where it is about no state of its own.
func (e *Expectation) inState(placements []string, results []result.Result) []string {
	if e.While == "" || e.While == anyState {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(placements), func(p string) bool { return stateIn(results, p) != e.While })
}

// stateIn returns the state of a placement, "" where it was not simulated.
func stateIn(results []result.Result, placement string) string {
	for i := range results {
		if results[i].Placement == placement && results[i].State != "" {
			return results[i].State
		}
	}
	return ""
}

// spoken writes a state as people say it.
func spoken(state string) string {
	if state == "" {
		return "not simulated"
	}
	return strings.ReplaceAll(state, "_", " ")
}

// judgeState says whether a placement is in the wanted state.
func (e *Expectation) judgeState(placement string, r *result.Result, out result.Expectation) result.Expectation {
	if r.State == "" {
		out.Why = placement + " is " + r.Status
		return out
	}
	out.Why = placement + " is " + spoken(r.State)
	out.Verdict = Fails
	if (r.State == e.Status) == (e.Op == "==") {
		out.Verdict = Holds
	}
	return out
}
