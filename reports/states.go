package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/state"
)

// states are the first lines of a report: which placements are in which state, then what of the input does not
// come to what it seems to say, and then why for those placements that are not steady.
func states(r *result.Report) []result.Item {
	var list []result.Item
	for _, s := range state.Names() {
		if names := inState(r, s); len(names) > 0 {
			list = append(list, result.Item{Term: spokenState(s), Text: strings.Join(names, ", ") + meaning(s), Bad: s != result.Steady})
		}
	}
	for _, c := range r.Cautions {
		list = append(list, result.Item{Term: "note", Text: c})
	}
	for i := range r.States {
		if s := &r.States[i]; s.State != result.Steady || s.QueueLoss > 0 {
			list = append(list, result.Item{Term: s.Placement, Text: s.Summary})
		}
	}
	return list
}

func inState(r *result.Report, name string) []string {
	var list []string
	for i := range r.States {
		if r.States[i].State == name {
			list = append(list, r.States[i].Placement)
		}
	}
	return list
}

// spokenState writes a state for people; one that is not steady must be seen.
func spokenState(s string) string {
	if s == result.Steady {
		return s
	}
	return strings.ToUpper(strings.ReplaceAll(s, "_", " "))
}

// meaning says what a state makes of the figures.
func meaning(s string) string {
	switch s {
	case result.Steady:
		return ": what is offered is carried, and no queue grows"
	case result.Overloaded:
		return ": more is offered than is carried; loss, latency and jitter depend on how long the run is"
	case result.Cold:
		return ": tables were still filling; loss, latency and jitter are those of a cold start"
	case result.TooShort:
		return ": the run does not show a steady state"
	}
	return ": interrupted"
}

// unsteady lists the placements that are not steady, each with why: "software is overloaded: ...".
func unsteady(r *result.Report) []string {
	var list []string
	for i := range r.States {
		if s := &r.States[i]; s.State != result.Steady {
			list = append(list, fmt.Sprintf("%s is %s: %s", s.Placement, strings.ReplaceAll(s.State, "_", " "), s.Summary))
		}
	}
	return list
}

// stateCounts says how many placements are in which state: "3 steady, 2 overloaded"; "" where none was simulated.
func stateCounts(r *result.Report) string {
	var parts []string
	for _, s := range state.Names() {
		if n := len(inState(r, s)); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, strings.ReplaceAll(s, "_", " ")))
		}
	}
	return strings.Join(parts, ", ")
}

// isSteady reports whether a row is of a placement that is steady, as far as is known.
func isSteady(r *result.Result) bool {
	return r != nil && slices.Contains([]string{"", result.Steady}, r.State)
}
