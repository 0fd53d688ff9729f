package reports

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// expectations lists each with its verdict, and what was measured or why it does not hold.
func expectations(r *result.Report) []item {
	list := make([]item, len(r.Expectations))
	for i, e := range r.Expectations {
		why := e.Why
		if why == "" {
			why = "measured " + measured(r, e)
		}
		list[i] = item{term: e.Verdict, text: fmt.Sprintf("%s (%s)", e.Text, why), bad: e.Verdict == "fails"}
	}
	return list
}

// measured writes the value of the left side, and that of the right side where it is a figure of the report too.
func measured(r *result.Report, e result.Expectation) string {
	isOperator := func(c rune) bool { return strings.ContainsRune(" <>=!", c) }
	sides := strings.FieldsFunc(e.Text, isOperator)
	values := []float64{e.Value}
	if len(sides) == 2 {
		if v, ok := figure(r, sides[1]); ok {
			values = append(values, v)
		}
	}
	unit := ""
	if len(sides) > 0 {
		unit = expectedUnit(sides[0])
	}
	return strings.Join(quantities(unit, values), ", against ")
}

// figure returns the figure of the report that goes by a name such as nic.latency.p99 or nic.web.latency.p99.
func figure(r *result.Report, name string) (float64, bool) {
	for i := range r.Results {
		res := &r.Results[i]
		prefix := res.Placement + "."
		if res.Class != result.All {
			prefix += res.Class + "."
		}
		metric, ok := strings.CutPrefix(name, prefix)
		if ok && res.Direction == result.All && res.Status == result.OK && has(res, metric) {
			return res.Metrics[metric], true
		}
	}
	return 0, false
}

// quantities writes values to six digits, all in the unit that suits them. A ratio stays one, as expectations are
// written.
func quantities(unit string, values []float64) []string {
	p := prefix{"", 1}
	if unit != "" {
		p = choosePrefix(unit, values)
	}
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = strings.TrimSpace(strconv.FormatFloat(v/p.size, 'g', 6, 64) + " " + p.unit)
	}
	return list
}

// expectedUnit returns the unit of the metric that ends a name, "" when that is a ratio or there is none.
func expectedUnit(name string) string {
	unit := ""
	for _, m := range stats.All() {
		// nic.chain.latency.p99 ends in latency.p99 too; both are times.
		if (name == m.Name || strings.HasSuffix(name, "."+m.Name)) && m.Unit != "ratio" {
			unit = m.Unit
		}
	}
	return unit
}
