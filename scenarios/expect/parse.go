package expect

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/internal/spell"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Expectation is one condition on the results: [placement.][class.][direction.]metric OP value, or OP another metric.
// Without a placement it must hold for every placement that runs; without a class it is about all traffic together. Either
// metric may have a factor before it and a quantity added; see parseSide.
type Expectation struct {
	// Text is the condition as written.
	Text  string
	Left  Operand
	Op    string // < <= > >= == != within
	Right Operand
	// High is the upper end of what Left must be within; Right is the lower one.
	High float64
	// Tolerance is how far == and != let the sides be apart.
	Tolerance Tolerance
	// Status is what a condition on the metrics "status" and "state" asks for.
	Status string
	// While is the state in which the condition is to be judged, anyState for all of them; "" asks for a steady one where the metric
	// depends on that.
	While string
	strict.Position
}

// Operand is one side of an expectation: a metric times Factor plus Value, or Value alone where Metric is "".
type Operand struct {
	// Placement is "" for every placement. Class is result.All for the sum.
	Placement, Class, Metric string
	// Value is in the unit of the metric, here or on the other side, as in CSV.
	Value float64
	// Direction is "" for both together.
	Direction string
	// Factor is above 0; 0 where none is written, which is as 1.
	Factor float64
}

// Tolerance is a distance: a quantity in the unit of the metric, or a share of the right side. The zero value is none.
type Tolerance struct {
	Value, Share float64
}

// UnmarshalStrict takes the text; the scenario parses it when it knows the traffic classes.
func (e *Expectation) UnmarshalStrict(n *strict.Node) {
	e.Position = n.Position()
	if n.Kind() != strict.Scalar {
		n.Errorf("expected a condition such as nic.latency.p99 < 10us, got %s", n.Describe())
		return
	}
	e.Text = n.Text()
}

// Names are what an operand of an expectation may begin with: the placements that there are, and the traffic classes of the scenario.
type Names struct{ Placements, Classes []string }

// condition splits a text at its operator.
var condition = regexp.MustCompile(`^\s*([^\s<>=!](?:[^<>=!]*[^\s<>=!])?)\s*([<>=!]+)\s*([^<>=!]*[^\s<>=!])\s*$`)

// spread splits a text that says what a metric must be within.
var spread = regexp.MustCompile(`^\s*(\S.*?)\s+within\s+(\S+?)\s*\.\.\s*(\S+)\s*$`)

func operators() []string { return []string{"<", "<=", ">", ">=", "==", "!=", "within"} }

// Parse reads the text, given the names that it may have.
func (e *Expectation) Parse(names Names) error {
	text, err := e.cutState(e.Text)
	if err != nil {
		return err
	}
	if m := spread.FindStringSubmatch(text); m != nil {
		return e.parseWithin(m[1], m[2], m[3], names)
	}
	m := condition.FindStringSubmatch(text)
	if m == nil && strings.Contains(text, " within ") {
		return fmt.Errorf("expected a range such as nic.latency.p50 within 2us..4us, got %q", e.Text)
	}
	if m == nil {
		return fmt.Errorf("expected a condition such as nic.latency.p99 < 10us, got %q", e.Text)
	}
	if !slices.Contains(operators(), m[2]) {
		return fmt.Errorf("unknown operator %q in %q (valid: %s)", m[2], e.Text, strings.Join(operators(), " "))
	}
	e.Op = m[2]
	left, metric, err := parseLeft(m[1], names)
	if err != nil {
		return err
	}
	e.Left = left
	if isWord(metric.Name) {
		return e.parseStatus(m[3])
	}
	side, tolerance, tolerates := cutTolerance(m[3])
	if e.Right, err = parseRight(side, metric, names); err != nil {
		return err
	}
	if tolerates {
		if err := e.parseTolerance(tolerance, metric); err != nil {
			return err
		}
	}
	return e.checkRange(metric)
}

func IsNumber(text string) bool {
	return text != "" && strings.ContainsRune("+-.0123456789", rune(text[0]))
}

// ParseOperand reads [placement.][class.][direction.]metric.
func ParseOperand(name string, names Names) (Operand, stats.Metric, error) {
	o, rest, m := resolve(name, names)
	if rest != "" {
		return o, m, unknownName(o, rest, names)
	}
	if m.Scope == stats.PerPlacement && o.Class != result.All {
		return o, m, fmt.Errorf("%s is one figure for a whole placement; it has none for traffic class %q", m.Name, o.Class)
	}
	if o.Direction != "" && (m.Scope == stats.PerPlacement || isWord(m.Name)) {
		return o, m, fmt.Errorf("%s is one figure for both directions; it has none for %s", m.Name, o.Direction)
	}
	return o, m, nil
}

// resolve takes a name apart; rest is what it does not know, "" when all is well.
func resolve(name string, names Names) (o Operand, rest string, m stats.Metric) {
	o, rest = Operand{Class: result.All}, name
	if first, tail, _ := strings.Cut(rest, "."); slices.Contains(names.Placements, first) {
		o.Placement, rest = first, tail
	}
	m, known := lookup(rest)
	if first, tail, more := strings.Cut(rest, "."); !known && more && slices.Contains(names.Classes, first) {
		o.Class, rest = first, tail
		m, known = lookup(rest)
	}
	if first, tail, more := strings.Cut(rest, "."); !known && more && slices.Contains(directions(), first) {
		o.Direction, rest = first, tail
		m, known = lookup(rest)
	}
	if known {
		o.Metric, rest = m.Name, ""
	} else if rest == "" {
		rest = name
	}
	return o, rest, m
}

// unknownName says which part of a name is wrong: rest is what remains after the parts in o.
func unknownName(o Operand, rest string, names Names) error {
	first, tail, more := strings.Cut(rest, ".")
	classesAndDirections := slices.Concat(names.Classes, directions())
	// When what follows would be right, it is the first part that is misspelt.
	if after, unknown, _ := resolve(tail, names); more && unknown == "" && after.Placement == "" && o.Class == result.All {
		switch {
		case o.Placement != "":
			return fmt.Errorf("unknown traffic class or direction %q%s", first, spell.DidYouMean(first, classesAndDirections))
		case after.Class != result.All:
			return fmt.Errorf("unknown placement %q%s", first, spell.DidYouMean(first, names.Placements))
		}
		return fmt.Errorf("unknown placement or traffic class %q%s", first, spell.DidYouMean(first, slices.Concat(names.Placements, classesAndDirections)))
	}
	hint := ""
	if near := stats.Nearest(rest); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	return fmt.Errorf("unknown metric %q%s (\"dsnsim metrics\" lists them)", rest, hint)
}

// parseValue reads a number in the unit of m, as in CSV. Times, rates, powers and energies need a unit, ratios may have %.
func parseValue(text string, m stats.Metric) (v float64, err error) {
	switch strings.ToLower(m.Unit) {
	case "ns":
		return scaled(units.ParseDuration, text, m, units.Nanosecond)
	case "gbps":
		return scaled(units.ParseRate, text, m, units.Gbps)
	case "mpps":
		return scaled(units.ParsePacketRate, text, m, 1_000_000)
	case "w":
		return scaled(units.ParsePower, text, m, units.Watt)
	case "nj":
		return scaled(units.ParseEnergy, text, m, units.Nanojoule)
	case "pj":
		return scaled(units.ParseEnergy, text, m, units.Picojoule)
	case "ratio":
		if strings.HasSuffix(text, "%") {
			return scaled(units.ParseRatio, text, m, 1_000_000*units.PartPerMillion)
		}
	default:
		if c, err := units.ParseCount(text); err == nil {
			return float64(c), nil
		}
	}
	v, err = strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0, fmt.Errorf("%s is in %s; expected a plain number%s, got %q", m.Name, m.Unit, orPercent(m), text)
	}
	return v, nil
}

func orPercent(m stats.Metric) string {
	if m.Unit == "ratio" {
		return " or a percentage"
	}
	return ""
}

// scaled parses text as a quantity and returns it as a multiple of unit.
func scaled[T ~int64](parse func(string) (T, error), text string, m stats.Metric, unit T) (float64, error) {
	q, err := parse(text)
	if err != nil {
		return 0, fmt.Errorf("%s is in %s: %w", m.Name, m.Unit, err)
	}
	return float64(q) / float64(unit), nil
}

// IsMetricFamily reports whether a metric's name begins with this part.
func IsMetricFamily(name string) bool {
	return slices.ContainsFunc(stats.All(), func(m stats.Metric) bool { return strings.HasPrefix(m.Name, name+".") })
}
