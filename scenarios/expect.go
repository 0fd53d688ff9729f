package scenarios

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// The verdicts of an expectation.
const (
	Holds     = "holds"
	Fails     = "fails"
	Undecided = "undecided"
)

// Evaluate judges each expectation by the results, in order. An expectation without a placement is judged for each placement in
// the results: it fails when one fails, and the value and reason are those of the placement that decides. It is undecided where
// a result is missing or not ok, or where the confidence interval leaves it open.
func Evaluate(exps []Expectation, results []result.Result) []result.Expectation {
	out := make([]result.Expectation, len(exps))
	for i := range exps {
		out[i] = exps[i].evaluate(results)
	}
	return out
}

func (e *Expectation) evaluate(results []result.Result) result.Expectation {
	free := e.Left.Placement == "" || (e.Right.Metric != "" && e.Right.Placement == "")
	if !free {
		return e.judge(e.Left, e.Right, results)
	}
	out := result.Expectation{Text: e.Text, Verdict: Undecided, Why: "there are no results"}
	for i, placement := range placementsOf(results) {
		left, right := e.Left.in(placement), e.Right.in(placement)
		verdict := e.judge(left, right, results)
		if i == 0 || weight(verdict.Verdict) > weight(out.Verdict) {
			out = verdict
		}
	}
	return out
}

// weight orders verdicts by which one decides.
func weight(verdict string) int { return slices.Index([]string{Holds, Undecided, Fails}, verdict) }

func placementsOf(results []result.Result) []string {
	var names []string
	for i := range results {
		if !slices.Contains(names, results[i].Placement) {
			names = append(names, results[i].Placement)
		}
	}
	return names
}

// in returns o with the placement filled in where it has none.
func (o Operand) in(placement string) Operand {
	if o.Metric != "" && o.Placement == "" {
		o.Placement = placement
	}
	return o
}

// measurement is a value and the half-width of its 95% confidence interval; 0 where there is none.
type measurement struct{ value, half float64 }

func (e *Expectation) judge(left, right Operand, results []result.Result) result.Expectation {
	out := result.Expectation{Text: e.Text, Verdict: Undecided}
	a, why := left.measured(results)
	if why != "" {
		out.Why = why
		return out
	}
	out.Value = a.value
	b, why := right.measured(results)
	if why != "" {
		out.Why = why
		return out
	}
	holds, open := compare(a, b, e.Op)
	switch {
	case open:
		out.Why = fmt.Sprintf("needs more replications: %s +/- %s, against %s",
			left.show(a.value), number(math.Hypot(a.half, b.half)), right.show(b.value))
	case holds:
		out.Verdict = Holds
	default:
		out.Verdict = Fails
		out.Why = fmt.Sprintf("%s, against %s", left.show(a.value), right.show(b.value)) + left.madeOf(results)
	}
	return out
}

// measured looks the operand up in the results, or says why it cannot.
func (o Operand) measured(results []result.Result) (m measurement, why string) {
	if o.Metric == "" {
		return measurement{value: o.Value}, ""
	}
	i := o.find(results)
	// A placement that cannot run may have a single row, whatever the class.
	if i < 0 {
		i = slices.IndexFunc(results, func(r result.Result) bool { return r.Placement == o.Placement && r.Status != result.OK })
	}
	if i < 0 {
		return m, fmt.Sprintf("there is no result for %s, traffic class %s", o.Placement, o.Class)
	}
	r := results[i]
	if v, measured := r.Metrics[o.Metric]; r.Status != result.OK && measured {
		return measurement{value: v}, "" // whether it is supported
	}
	if r.Status != result.OK {
		return m, strings.TrimSuffix(fmt.Sprintf("%s is %s: %s", o.Placement, r.Status, strings.Join(r.Reasons, "; ")), ": ")
	}
	v, measured := r.Metrics[o.Metric]
	if !measured || math.IsNaN(v) || math.IsInf(v, 0) {
		return m, fmt.Sprintf("%s was not measured for %s", o.Metric, o.Placement)
	}
	m.value = v
	if half := r.CI95[o.Metric]; r.Replications >= 2 && half > 0 {
		m.half = half
	}
	return m, ""
}

// find returns the place of the operand's row, or -1.
func (o Operand) find(results []result.Result) int {
	return slices.IndexFunc(results, func(r result.Result) bool {
		return r.Placement == o.Placement && r.Class == o.Class && r.Direction == result.All
	})
}

// named is how many components madeOf names.
const named = 3

// madeOf says what takes most of a power, largest first; nothing for other metrics.
func (o Operand) madeOf(results []result.Result) string {
	of := map[string]func(p result.Power) float64{
		"power.dsn":   func(p result.Power) float64 { return p.DSNWatts },
		"power.total": func(p result.Power) float64 { return p.Watts },
		"power.host": func(p result.Power) float64 {
			if p.Side != "host" {
				return 0
			}
			return p.Watts
		},
	}[o.Metric]
	i := o.find(results)
	if of == nil || i < 0 || len(results[i].Power) == 0 {
		return ""
	}
	parts := slices.Clone(results[i].Power)
	slices.SortStableFunc(parts, func(a, b result.Power) int { return cmp.Compare(of(b), of(a)) })
	var texts []string
	for _, p := range parts[:min(named, len(parts))] {
		if of(p) > 0 {
			texts = append(texts, fmt.Sprintf("%s %s W", p.Component, strconv.FormatFloat(of(p), 'f', 2, 64)))
		}
	}
	return "; most of it is " + strings.Join(texts, ", ")
}

// compare reports whether a OP b holds, and whether the intervals leave it open. The two intervals are combined as those of independent
// means; placements share their traffic, so this errs towards "open". An exact 0 (no loss at all) is compared exactly: a
// count that was ever above 0 has a mean above 0.
func compare(a, b measurement, op string) (holds, open bool) {
	exactZero := (op == "==" || op == "!=") && b == measurement{}
	half := math.Hypot(a.half, b.half)
	if !exactZero && half > 0 && math.Abs(a.value-b.value) <= half {
		return false, true
	}
	switch op {
	case "<":
		return a.value < b.value, false
	case "<=":
		return a.value <= b.value, false
	case ">":
		return a.value > b.value, false
	case ">=":
		return a.value >= b.value, false
	case "==":
		return a.value == b.value, false
	case "!=":
		return a.value != b.value, false
	}
	panic("scenarios: unknown operator " + op)
}

// show writes the operand with its value: "nic.latency.p99 is 1234.5 ns", or the bare number.
func (o Operand) show(value float64) string {
	if o.Metric == "" {
		return number(value)
	}
	name := o.Metric
	if o.Class != result.All {
		name = o.Class + "." + name
	}
	unit := ""
	if m, _ := stats.Lookup(o.Metric); m.Unit != "ratio" {
		unit = " " + m.Unit
	}
	return fmt.Sprintf("%s.%s is %s%s", o.Placement, name, number(value), unit)
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
