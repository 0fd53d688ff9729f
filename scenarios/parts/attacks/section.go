package attacks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// sectionOf is the table of what each attack achieved in a placement, and in words what succeeded and why others have no path. In JSON the
// same is written in full (result.Attack).
func sectionOf(list []result.Attack) result.Section {
	s := result.Section{Name: "attacks", Title: "Attacks, each by itself", Aside: true, Columns: []result.Column{{Head: "outcome"}},
		Legend: "Others: the other virtual functions of the server, from when the attack begins; their change against the same packets without it. " +
			"Answers: of PCIe to what it refuses, UR unsupported request, CA completer abort, and nothing to a write, which is dropped."}
	var closed []string
	for i := range list {
		a := &list[i]
		s.Rows = append(s.Rows, rowsOf(a)...)
		for k := range a.Targets {
			if t := &a.Targets[k]; t.Effect != "" {
				s.Items = append(s.Items, result.Item{Text: fmt.Sprintf("%s: %s (%s)", attackName(a), t.Effect, t.Way), Bad: true})
			}
		}
		if a.Why != "" && !slices.Contains(closed, a.Why) {
			closed = append(closed, a.Why)
		}
	}
	for _, why := range closed {
		s.Items = append(s.Items, result.Item{Text: "no path: " + why})
	}
	return s
}

// attackName tells an attack from the others.
func attackName(a *result.Attack) string {
	if a.VF == nil {
		return fmt.Sprintf("%s, server %d", a.Kind, a.Server)
	}
	return fmt.Sprintf("%s, VF %d of server %d", a.Kind, *a.VF, a.Server)
}

// rowsOf is a heading for an attack, what came of each target, and, where it has a path, figures.
func rowsOf(a *result.Attack) []result.Row {
	const most = 1000 // rows of an attack
	rows := []result.Row{{Label: attackName(a), Rank: most * a.Number}}
	add := func(label, text string) {
		rows = append(rows, result.Row{Label: label, Rank: most*a.Number + len(rows), Values: []any{text}})
	}
	for _, t := range a.Targets {
		add(t.Target, t.Outcome)
	}
	if v := a.Victims; v != nil {
		add("tried", whole(a.Tried))
		add("refused", whole(a.Refused))
		add("succeeded", whole(a.Succeeded))
		add("answers", answers(a))
		add("others' p99", change(v.LatencyP99Change, v.LatencyP99ChangeCI95))
		add("others' throughput", change(&v.ThroughputChange, v.ThroughputChangeCI95))
	}
	return rows
}

func whole(v float64) string { return fmt.Sprintf("%.0f", v) }

// change writes a relative change in %, with its confidence interval where the digits show it.
func change(ratio, half *float64) string {
	if ratio == nil {
		return "too few arrived"
	}
	text := fmt.Sprintf("%+.1f%%", 100**ratio)
	if text == "-0.0%" {
		text = "+0.0%"
	}
	if half != nil && 100**half >= 0.05 {
		text += fmt.Sprintf(" ±%.1f", 100**half)
	}
	return text
}

// answers says what PCIe answered.
func answers(a *result.Attack) string {
	var ur, ca, dropped float64
	for i := range a.Targets {
		ur += a.Targets[i].UnsupportedRequests
		ca += a.Targets[i].CompleterAborts
		dropped += a.Targets[i].DroppedWrites
	}
	var parts []string
	for _, p := range []struct {
		what string
		n    float64
	}{{"UR", ur}, {"CA", ca}, {"dropped", dropped}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%s %.0f", p.what, p.n))
		}
	}
	if len(parts) == 0 {
		return "-"
	}
	return strings.Join(parts, ", ")
}
