package reports

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/reports/layout"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// expectations lists each with its verdict, and what was measured or why it does not hold.
func expectations(r *result.Report) []result.Item {
	list := make([]result.Item, len(r.Expectations))
	for i, e := range r.Expectations {
		why := e.Why
		if why == "" {
			why = "measured " + measured(e)
		}
		list[i] = result.Item{Term: e.Verdict, Text: fmt.Sprintf("%s (%s)", e.Text, why), Bad: e.Verdict == "fails"}
	}
	return list
}

// measured writes the value of the left side, and that of the right side where it is a figure too.
func measured(e result.Expectation) string {
	values := []float64{e.Value}
	if e.Against != nil {
		values = append(values, *e.Against)
	}
	return strings.Join(quantities(e.Unit, values), ", against ")
}

// quantities writes values to six digits, in the unit that people see in all reports. A ratio stays one, as expectations are
// written.
func quantities(unit string, values []float64) []string {
	p := layout.Prefix{Size: 1}
	if unit != "" {
		p.Unit, p.Size = stats.Shown(unit)
	}
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = strings.TrimSpace(strconv.FormatFloat(v/p.Size, 'g', 6, 64) + " " + p.Unit)
	}
	return list
}
