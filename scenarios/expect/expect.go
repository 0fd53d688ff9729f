// Package expect is what a scenario expects of its results: conditions as a file writes them, and the verdicts on them.
package expect

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
// the results: it fails when one fails, and value and reason are from the placement that decides. It is undecided where
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
	out := e.undecided()
	out.Why = "there are no results"
	placements := placementsOf(results)
	if asked := e.inState(placements, results); len(asked) > 0 {
		placements = asked
	}
	for i, placement := range placements {
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

// measurement is a value and the half-width of its 95% confidence interval over runs replications; 0 where there is none.
// samples are its values by replication, where they are known.
type measurement struct {
	value, half float64
	runs        int
	samples     []float64
}

func (e *Expectation) judge(left, right Operand, results []result.Result) result.Expectation {
	if e.Status != "" {
		return e.judgeStatus(left, results)
	}
	out := e.undecided()
	if out.Why = e.unsettled(results, left, right); out.Why != "" {
		return out
	}
	a, why := left.measured(results)
	if why != "" {
		out.Why = why
		return out
	}
	out.Value, out.Unit = a.value, left.unit()
	b, why := right.measured(results)
	if why != "" {
		out.Why = why
		return out
	}
	out.CI95 = halfBetween(a, b)
	if right.Metric != "" {
		out.Against = &b.value
	}
	out.Verdict, out.Why = e.verdict(a, b)
	switch out.Verdict {
	case Undecided:
		out.Why = fmt.Sprintf("needs more replications%s: %s +/- %s, against %s", out.Why, left.show(a.value), left.seen(out.CI95), e.against(b, right))
	case Fails:
		out.Why = fmt.Sprintf("%s, against %s", left.show(a.value), e.against(b, right)) + left.madeOf(results)
	}
	return out
}

// measured looks the operand up in the results, or says why it cannot.
func (o Operand) measured(results []result.Result) (m measurement, why string) {
	if o.Metric == "" {
		return measurement{value: o.Value}, ""
	}
	r, why := o.row(results)
	if why != "" {
		return m, why
	}
	v, measured := r.Metrics[o.Metric]
	if r.Status != result.OK && !measured {
		return m, strings.TrimSuffix(fmt.Sprintf("%s is %s: %s", o.Placement, r.Status, strings.Join(r.Reasons, "; ")), ": ")
	}
	if !measured || math.IsNaN(v) || math.IsInf(v, 0) {
		return m, fmt.Sprintf("%s was not measured for %s", o.Metric, o.Placement)
	}
	m.value, m.runs = o.factor()*v+o.Value, r.Replications
	if half := r.CI95[o.Metric]; r.Status == result.OK && r.Replications >= 2 && half > 0 {
		m.half = o.factor() * half
	}
	m.samples = o.scaled(r.Samples[o.Metric])
	return m, ""
}

// row returns the operand's row, or says that there is none.
func (o Operand) row(results []result.Result) (*result.Result, string) {
	i := o.find(results)
	// A placement that cannot run may have a single row, whatever the class.
	if i < 0 {
		i = slices.IndexFunc(results, func(r result.Result) bool { return r.Placement == o.Placement && r.Status != result.OK })
	}
	if i < 0 {
		why := fmt.Sprintf("there is no result for %s, traffic class %s", o.Placement, o.Class)
		if o.Direction != "" {
			why += ", " + o.Direction
		}
		return nil, why
	}
	return &results[i], ""
}

func (o Operand) factor() float64 {
	if o.Factor == 0 {
		return 1
	}
	return o.Factor
}

// find returns the place of the operand's row, or -1.
func (o Operand) find(results []result.Result) int {
	return slices.IndexFunc(results, func(r result.Result) bool {
		return r.Placement == o.Placement && r.Class == o.Class && r.Direction == cmp.Or(o.Direction, result.All)
	})
}

// named is how many components madeOf names.
const named = 3

// madeOf says what most of a metric comes from, largest first, where some section lists its parts.
func (o Operand) madeOf(results []result.Result) string {
	i := o.find(results)
	if i < 0 {
		return ""
	}
	s, column := results[i].PartsOf(o.Metric)
	if s == nil {
		return ""
	}
	of := func(r result.Row) float64 { return r.At(column) }
	parts := slices.Clone(s.Rows)
	slices.SortStableFunc(parts, func(a, b result.Row) int { return cmp.Compare(of(b), of(a)) })
	var texts []string
	for _, p := range parts[:min(named, len(parts))] {
		if of(p) > 0 {
			texts = append(texts, fmt.Sprintf("%s %s %s", p.Label, strconv.FormatFloat(of(p), 'f', 2, 64), s.Columns[column].Unit))
		}
	}
	return "; most of it is " + strings.Join(texts, ", ")
}

// compare reports whether a OP b holds, and whether the interval of their difference leaves it open. An exact 0 (no loss at all) is
// compared exactly: a count that was ever above 0 has a mean above 0.
func compare(a, b measurement, op string) (holds, open bool) {
	exactZero := (op == "==" || op == "!=") && b.value == 0 && b.half == 0
	half := halfBetween(a, b)
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
	panic("expect: unknown operator " + op)
}

// show writes the operand with its value: "nic.latency.p99 is 1234.5 ns", or the bare number.
func (o Operand) show(value float64) string {
	if o.Metric == "" {
		return number(value)
	}
	name := o.Placement + "."
	if o.Class != result.All {
		name += o.Class + "."
	}
	if o.Direction != "" {
		name += o.Direction + "."
	}
	name += o.Metric
	if o.Factor != 0 {
		name = number(o.Factor) + " * " + name
	}
	switch {
	case o.Value > 0:
		name += " + " + o.seen(o.Value)
	case o.Value < 0:
		name += " - " + o.seen(-o.Value)
	}
	return name + " is " + o.seen(value)
}

// seen writes a value of the operand's metric in the unit that reports show. A ratio stays one, as conditions are written.
func (o Operand) seen(value float64) string {
	unit, size := stats.Shown(o.unit())
	return strings.TrimSpace(number(value/size) + " " + unit)
}

// unit is the unit of the operand's metric, "" for a ratio.
func (o Operand) unit() string {
	if m, known := stats.Lookup(o.Metric); known && m.Unit != "ratio" {
		return m.Unit
	}
	return ""
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
