package expect

import (
	"fmt"
	"math"
	"strconv"

	"github.com/dsnsim/dsnsim/sim/stats"
)

// checkRange refuses a condition that no run can fail, and one that none can meet: the values that a metric can take say so.
func (e *Expectation) checkRange(m stats.Metric) error {
	if e.Right.Metric != "" {
		return nil
	}
	least, most := m.Range()
	least, most = e.Left.factor()*least+e.Left.Value, e.Left.factor()*most+e.Left.Value
	low, high, ranged := e.ends(measurement{value: e.Right.Value})
	always, never := bounds(e.Op, low.value, high.value, least, most, ranged)
	if !always && !never {
		return nil
	}
	what, hint := "always holds", ""
	if never {
		what = "can never hold"
	}
	if m.Unit == "ratio" && most == 1 && high.value > 1 && high.value <= 100 {
		hint = fmt.Sprintf("; for per cent write %s%%", strconv.FormatFloat(high.value, 'g', -1, 64))
	}
	return fmt.Errorf("%s is %s, so the condition %s and checks nothing%s", m.Name, valueSpan(m, least, most), what, hint)
}

// bounds reports whether a value between least and most always, or never, meets a condition.
func bounds(op string, low, high, least, most float64, ranged bool) (always, never bool) {
	if ranged {
		always, never = low <= least && high >= most, high < least || low > most
		if op == "!=" {
			always, never = never, always
		}
		return always, never
	}
	switch b := low; op {
	case "<":
		return most < b, b <= least
	case "<=":
		return most <= b, b < least
	case ">":
		return least > b, b >= most && !math.IsInf(most, 1)
	case ">=":
		return least >= b, b > most
	case "==":
		return false, b < least || b > most
	default: // !=
		return b < least || b > most, false
	}
}

// valueSpan writes the values that a metric, or what a condition makes of it, can take.
func valueSpan(m stats.Metric, least, most float64) string {
	unit := ""
	if m.Unit != "ratio" {
		unit = " " + m.Unit
	}
	if math.IsInf(most, 1) {
		return "never below " + number(least) + unit
	}
	return fmt.Sprintf("from %s to %s%s", number(least), number(most), unit)
}
