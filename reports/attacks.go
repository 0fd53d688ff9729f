package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// attacks returns what each attack achieved in each placement, and in words what succeeded and why others have no path.
func attacks(r *result.Report) (*grid, []item) {
	if len(r.Attacks) == 0 {
		return nil, nil
	}
	t := &siege{found: map[key]*result.Attack{}}
	for i := range r.Attacks {
		a := &r.Attacks[i]
		if !slices.Contains(t.placements, a.Placement) {
			t.placements = append(t.placements, a.Placement)
		}
		if !slices.ContainsFunc(t.list, func(o *result.Attack) bool { return o.Number == a.Number }) {
			t.list = append(t.list, a)
		}
		t.found[key{a.Placement, a.Number}] = a
	}
	g := &grid{heads: t.placements}
	for _, a := range t.list {
		t.rows(g, a)
	}
	g.legend = "Others: the other virtual functions of the server, from when the attack begins; their change against the same packets without it. " +
		"Answers: of PCIe to what it refuses, UR unsupported request, CA completer abort, and nothing to a write, which is dropped."
	return g, t.words()
}

// siege is the attacks of a report, by placement and by number in the scenario.
type siege struct {
	placements []string
	list       []*result.Attack // one of each number
	found      map[key]*result.Attack
}

type key struct {
	placement string
	number    int
}

// name tells an attack from the others.
func attackName(a *result.Attack) string {
	if a.VF == nil {
		return fmt.Sprintf("%s, server %d", a.Kind, a.Server)
	}
	return fmt.Sprintf("%s, VF %d of server %d", a.Kind, *a.VF, a.Server)
}

// row writes a line of the table; what a placement lacks is absent.
func (t *siege) row(g *grid, number int, label string, write func(*result.Attack) cell) {
	r := row{label: label, indent: 2}
	for _, p := range t.placements {
		c := cell{text: absent, words: true}
		if a := t.found[key{p, number}]; a != nil {
			c = write(a)
		}
		r.cells = append(r.cells, c)
	}
	g.rows = append(g.rows, r)
}

func (t *siege) rows(g *grid, first *result.Attack) {
	n := first.Number
	g.rows = append(g.rows, row{label: attackName(first)})
	for k := range first.Targets {
		t.row(g, n, first.Targets[k].Target, func(a *result.Attack) cell {
			return cell{text: a.Targets[k].Outcome, words: true}
		})
	}
	tried := false
	for _, p := range t.placements {
		a := t.found[key{p, n}]
		tried = tried || a != nil && a.Outcome != result.NoPath
	}
	if !tried {
		return
	}
	figures := []struct {
		label string
		value func(*result.Attack) string
	}{
		{"tried", func(a *result.Attack) string { return whole(a.Tried) }},
		{"refused", func(a *result.Attack) string { return whole(a.Refused) }},
		{"succeeded", func(a *result.Attack) string { return whole(a.Succeeded) }},
		{"answers", answers},
		{"others' p99", func(a *result.Attack) string {
			return change(a.Victims.LatencyP99Change, a.Victims.LatencyP99ChangeCI95)
		}},
		{"others' throughput", func(a *result.Attack) string {
			return change(&a.Victims.ThroughputChange, a.Victims.ThroughputChangeCI95)
		}},
	}
	for _, f := range figures {
		t.row(g, n, f.label, func(a *result.Attack) cell {
			if a.Victims == nil {
				return cell{text: absent, words: true}
			}
			return cell{text: f.value(a), words: true}
		})
	}
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
		return absent
	}
	return strings.Join(parts, ", ")
}

// words lists what succeeded, and once for all placements alike why there is no path.
func (t *siege) words() []item {
	var list []item
	for _, p := range t.placements {
		for _, first := range t.list {
			a := t.found[key{p, first.Number}]
			if a == nil {
				continue
			}
			for k := range a.Targets {
				if target := &a.Targets[k]; target.Effect != "" {
					list = append(list, item{term: p, bad: true, text: fmt.Sprintf("%s: %s (%s)", attackName(a), target.Effect, target.Way)})
				}
			}
		}
	}
	var reasons, where []string
	for _, first := range t.list {
		for _, p := range t.placements {
			a := t.found[key{p, first.Number}]
			if a == nil || a.Why == "" {
				continue
			}
			if i := slices.Index(reasons, a.Why); i < 0 {
				reasons, where = append(reasons, a.Why), append(where, p)
			} else if !slices.Contains(strings.Split(where[i], ", "), p) {
				where[i] += ", " + p
			}
		}
	}
	for i, why := range reasons {
		list = append(list, item{term: where[i], text: "no path: " + why})
	}
	return list
}

// checkAttacks refuses figures that no format can tell truly.
func checkAttacks(r *result.Report) error {
	for i := range r.Attacks {
		a := &r.Attacks[i]
		values := []float64{a.Tried, a.Refused, a.Succeeded, a.Reported, a.Silent}
		for k := range a.Targets {
			t := &a.Targets[k]
			values = append(values, t.Tried, t.Refused, t.Succeeded, t.UnsupportedRequests, t.CompleterAborts, t.DroppedWrites, t.Throttled)
		}
		if v := a.Victims; v != nil {
			values = append(values, v.ThroughputGbps, v.ThroughputWithoutGbps, v.LossRatio, v.LossWithoutRatio, v.ThroughputChange)
			for _, p := range []*float64{v.LatencyP99Ns, v.LatencyP99WithoutNs, v.LatencyP99Change, v.LatencyP99ChangeCI95, v.ThroughputChangeCI95} {
				if p != nil {
					values = append(values, *p)
				}
			}
		}
		if !finite(values...) {
			return fmt.Errorf("attack %s in %s has a figure that is not finite", attackName(a), a.Placement)
		}
	}
	return nil
}
