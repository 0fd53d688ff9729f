// Package diff compares reports with earlier ones: what is worse beyond a tolerance and beyond noise.
package diff

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/internal/spell"
	"github.com/dsnsim/dsnsim/scenarios/expect"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// Policy says which changes count.
type Policy struct {
	// Tolerances are by metric or family of metrics ("latency" for all that begin with "latency."), or "" for all. The longest name
	// that fits decides.
	// Without any for a metric, it is DefaultShare.
	Tolerances []Tolerance
	// Confidence is how sure it must be that a change is none of chance, 0.95 for 95%; 0 stands for that.
	Confidence float64
	// Incomplete allows reports of runs that were interrupted.
	Incomplete bool
}

// DefaultShare is how far a figure may move where nothing else is said. Assumed: nobody sizes a rack by less than one per cent.
const DefaultShare = 0.01

// Tolerance is how far a metric may move: by a share of the old value, or by Value in the unit of the CSV column.
type Tolerance struct {
	Metric       string
	Share, Value float64
}

// ParseTolerance reads "2%" for every metric, or "latency.p99=5%", "latency=200ns", "loss.ratio=0.001" for one or a family. A
// share is always of the old value, for a ratio too.
func ParseTolerance(text string) (Tolerance, error) {
	name, amount, named := strings.Cut(text, "=")
	if !named {
		name, amount = "", text
	}
	t := Tolerance{Metric: strings.TrimSpace(name)}
	amount = strings.TrimSpace(amount)
	metric, err := family(t.Metric)
	if err != nil || named && t.Metric == "" {
		if err == nil {
			err = fmt.Errorf("expected a metric before =, such as latency.p99=5%%, got %q", text)
		}
		return t, err
	}
	number, percent := strings.CutSuffix(amount, "%")
	if percent {
		share, err := strconv.ParseFloat(number, 64)
		if err != nil || !(share >= 0) || math.IsInf(share, 0) {
			return t, fmt.Errorf("expected a tolerance such as 2%%, got %q", amount)
		}
		t.Share = share / 100
		return t, nil
	}
	if !named {
		return t, fmt.Errorf("expected a tolerance in per cent for all metrics, such as 2%%, or of one, such as latency.p99=200ns; got %q", text)
	}
	if metric.Unit == mixed {
		return t, fmt.Errorf("the metrics of %q have several units; expected a tolerance in per cent, such as %s=5%%", t.Metric, t.Metric)
	}
	t.Value, err = expect.ParseValue(amount, metric)
	if err == nil && !(t.Value >= 0) {
		err = fmt.Errorf("expected a tolerance from 0, got %q", amount)
	}
	return t, err
}

// mixed is the unit of a family whose metrics have several.
const mixed = "several"

// family returns a metric of that name or family, whose unit is that of all of them.
func family(name string) (stats.Metric, error) {
	if name == "" {
		return stats.Metric{}, nil
	}
	var found stats.Metric
	names := []string{}
	for _, m := range stats.All() {
		names = append(names, m.Name)
		if !belongs(m.Name, name) {
			continue
		}
		if found.Name != "" && found.Unit != m.Unit {
			found.Unit = mixed
			continue
		}
		found = stats.Metric{Name: name, Unit: m.Unit}
	}
	if found.Name == "" {
		hint := ""
		if near := spell.Nearest(name, names); near != "" {
			hint = fmt.Sprintf("; did you mean %q?", near)
		}
		return found, fmt.Errorf("unknown metric %q%s (\"dsnsim metrics\" lists them)", name, hint)
	}
	return found, nil
}

func belongs(metric, family string) bool {
	return metric == family || strings.HasPrefix(metric, family+".")
}

// tolerance returns what applies to a metric: the longest name, and of equal ones the last.
func (p *Policy) tolerance(metric string) Tolerance {
	best := Tolerance{Share: DefaultShare}
	found := -1
	for _, t := range p.Tolerances {
		if (t.Metric == "" || belongs(metric, t.Metric)) && len(t.Metric) >= found {
			best, found = t, len(t.Metric)
		}
	}
	return best
}

func (p *Policy) confidence() float64 {
	if p.Confidence == 0 {
		return 0.95
	}
	return p.Confidence
}

// significant reports whether a change is beyond tolerance and noise.
func (p *Policy) significant(metric string, was, is stats.Estimate) bool {
	moved := math.Abs(is.Mean - was.Mean)
	t := p.tolerance(metric)
	if moved == 0 || moved <= max(t.Share*math.Abs(was.Mean), t.Value) {
		return false
	}
	chance, known := stats.Welch(was, is)
	return !known || chance < 1-p.confidence()
}

// statusOrder is from worst to best.
var statusOrder = []string{"unsupported", "undeployable", "ok"}

// works is how well a status is: ok is better than the others, which are alike.
func works(status string) int { return max(0, slices.Index(statusOrder, status)-1) }
