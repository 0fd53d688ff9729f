package expect

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/internal/spell"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/state"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// Status stands where a metric does and asks whether a placement, or a workload in it, can run at all.
const Status = "status"

func statuses() []string { return []string{result.OK, result.Undeployable, result.Unsupported} }

func directions() []string { return []string{"inbound", "outbound"} }

// lookup is stats.Lookup that knows the status too.
func lookup(name string) (stats.Metric, bool) {
	if name == Status {
		return stats.Metric{Name: Status, Unit: Status}, true
	}
	return stats.Lookup(name)
}

// parseLeft reads the side that must have a metric.
func parseLeft(text string, names Names) (Operand, stats.Metric, error) {
	if IsNumber(text) && !strings.Contains(text, "*") {
		return Operand{}, stats.Metric{}, fmt.Errorf("expected a metric on the left, such as nic.latency.p99 < 10us, got %q", text)
	}
	o, m, err := parseSide(text, names)
	if err == nil && isWord(m.Name) && (o.Factor != 0 || o.Value != 0) {
		err = noNumber(m.Name)
	}
	return o, m, err
}

// parseRight reads the side that is a quantity in the unit of the metric on the left, or has a metric in that unit.
func parseRight(text string, left stats.Metric, names Names) (Operand, error) {
	if text == "" {
		return Operand{}, fmt.Errorf("expected a quantity or a metric before the tolerance, such as %s == 5us +- 5%%", left.Name)
	}
	if IsNumber(text) && !strings.Contains(text, "*") {
		v, err := parseValue(text, left)
		return Operand{Value: v}, err
	}
	o, m, err := parseSide(text, names)
	if err != nil {
		return o, err
	}
	if left.Unit != m.Unit {
		return o, fmt.Errorf("%s is in %s and %s in %s; they cannot be compared", left.Name, left.Unit, m.Name, m.Unit)
	}
	return o, nil
}

// parseSide reads [FACTOR *] metric [+ quantity] or [- quantity]. The signs of what is added stand between spaces, since
// names have hyphens.
func parseSide(text string, names Names) (Operand, stats.Metric, error) {
	term, added, sign := text, "", 1.0
	if i := max(strings.LastIndex(text, " + "), strings.LastIndex(text, " - ")); i >= 0 {
		term, added = strings.TrimSpace(text[:i]), strings.TrimSpace(text[i+3:])
		if text[i+1] == '-' {
			sign = -1
		}
		if term == "" || added == "" || !IsNumber(added) {
			return Operand{}, stats.Metric{}, fmt.Errorf("expected a metric and what is added to it, such as tor.latency.p99 + 2us, got %q", text)
		}
	}
	name, factor, err := parseFactor(term)
	if err != nil {
		return Operand{}, stats.Metric{}, err
	}
	o, m, err := ParseOperand(name, names)
	if err != nil {
		return o, m, err
	}
	o.Factor = factor
	if added != "" {
		v, err := parseValue(added, m)
		if err != nil {
			return o, m, err
		}
		o.Value = sign * v
	}
	return o, m, nil
}

// parseFactor takes "0.95 * name" or "95% * name" apart, in either order; the factor is 0 where there is none.
func parseFactor(term string) (name string, factor float64, err error) {
	first, second, found := strings.Cut(term, "*")
	first, second = strings.TrimSpace(first), strings.TrimSpace(second)
	if !found {
		return term, 0, nil
	}
	if second != "" && IsNumber(second) {
		first, second = second, first
	}
	number, percent := strings.CutSuffix(first, "%")
	factor, err = strconv.ParseFloat(number, 64)
	if percent {
		factor /= 100
	}
	if err != nil || second == "" || strings.Contains(second, "*") || !(factor > 0) || math.IsInf(factor, 0) {
		return "", 0, fmt.Errorf("expected a factor above 0 and a metric, such as 0.95 * nic.offered.gbps, got %q", term)
	}
	return second, factor, nil
}

// cutTolerance takes what follows +- off the right side.
func cutTolerance(text string) (side, tolerance string, found bool) {
	for _, sign := range []string{"+-", "+/-", "±"} {
		if side, tolerance, found = strings.Cut(text, sign); found {
			return strings.TrimSpace(side), strings.TrimSpace(tolerance), true
		}
	}
	return text, "", false
}

// ParseValue reads a quantity as an expectation on a metric has it, and returns it in the unit of the metric, as in CSV.
func ParseValue(text string, m stats.Metric) (float64, error) { return parseValue(text, m) }

// parseTolerance reads a quantity in the unit of the metric, or a share of the right side.
func (e *Expectation) parseTolerance(text string, m stats.Metric) error {
	if e.Op != "==" && e.Op != "!=" {
		return fmt.Errorf("a tolerance goes with == or !=, not with %s; change the limit itself", e.Op)
	}
	if text == "" || !IsNumber(text) {
		return fmt.Errorf("expected a tolerance such as 5%% or 200ns after +-, got %q", text)
	}
	number, percent := strings.CutSuffix(text, "%")
	if !percent {
		v, err := parseValue(text, m)
		if err == nil && !(v > 0) {
			err = fmt.Errorf("expected a tolerance above 0, got %q", text)
		}
		e.Tolerance.Value = v
		return err
	}
	share, err := strconv.ParseFloat(number, 64)
	switch {
	case err != nil || !(share > 0) || share >= 100:
		return fmt.Errorf("expected a tolerance above 0%% and below 100%%, got %q", text)
	case m.Unit == "ratio":
		return fmt.Errorf("%s is a ratio: +- %s may be a share of it or points; write a plain number such as +- 0.005, or within 1%%..2%%", m.Name, text)
	case e.Right.Metric != "" && e.Right.Value != 0:
		return fmt.Errorf("a share of a sum is not clear; write the tolerance as a quantity, such as +- 200ns")
	}
	e.Tolerance.Share = share / 100
	return nil
}

// parseWithin reads a range, whose ends belong to it.
func (e *Expectation) parseWithin(left, low, high string, names Names) error {
	o, m, err := parseLeft(left, names)
	if err != nil {
		return err
	}
	if isWord(m.Name) {
		return noNumber(m.Name)
	}
	e.Op, e.Left = "within", o
	if e.Right.Value, err = parseValue(low, m); err != nil {
		return err
	}
	if e.High, err = parseValue(high, m); err != nil {
		return err
	}
	if e.High < e.Right.Value {
		return fmt.Errorf("expected a range such as 2us..4us, the lower end first, got %s..%s", low, high)
	}
	return e.checkRange(m)
}

// isWord reports whether a metric has words for values.
func isWord(metric string) bool { return metric == Status || metric == stateMetric }

func noNumber(word string) error {
	example := "software.status == undeployable"
	if word == stateMetric {
		example = "nic.state == steady"
	}
	return fmt.Errorf("a %s is no number; expected a condition such as %s", word, example)
}

func (e *Expectation) parseStatus(want string) error {
	words, name := statuses(), e.Left.Metric
	if name == stateMetric {
		words = state.Names()
	}
	switch {
	case e.Op != "==" && e.Op != "!=":
		return fmt.Errorf("a %s has no order; expected == or !=, got %s", name, e.Op)
	case !slices.Contains(words, want):
		return fmt.Errorf("unknown %s %q%s", name, want, spell.DidYouMean(want, words))
	case e.While != "":
		return fmt.Errorf("a condition on the %s is judged in any state; leave out what follows %s", name, want)
	}
	e.Status = want
	return nil
}
