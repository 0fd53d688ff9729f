package experiments

import (
	"fmt"
	"strings"

	"github.com/dsnsim/dsnsim/internal/figure"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// fitTitle says whether the DSN fits, and by how much it does not.
func fitTitle(c *PowerCurve) string {
	f := c.Fit
	at := fmt.Sprintf("a DSN of %s takes %s W at %s", c.Placement, figure.Fixed(f.Watts, 2), figure.Percent(f.Load))
	if f.ExcessWatts <= 0 {
		return fmt.Sprintf("Fits %s: %s, %s W to spare", budgetName(c.Budget), at, figure.Fixed(-f.ExcessWatts, 2))
	}
	return fmt.Sprintf("What would have to change to fit %s: %s, so %s W must go", budgetName(c.Budget), at, figure.Fixed(f.ExcessWatts, 2))
}

// fitItems lists what takes most, and which load would fit.
func fitItems(c *PowerCurve) []result.Item {
	f := c.Fit
	var list []result.Item
	for _, part := range f.Contributors {
		text := fmt.Sprintf("%s W, %.0f%%", figure.Fixed(part.Watts, 2), 100*part.Share)
		if part.NJPerPacket != nil {
			text += fmt.Sprintf(", %.*f nJ a packet", decimalsOf(*part.NJPerPacket), *part.NJPerPacket)
		}
		list = append(list, result.Item{Term: part.Component, Text: text + ": " + operations(part.Operations)})
	}
	switch {
	case f.ExcessWatts <= 0:
	case f.FitsUpTo != nil:
		list = append(list, result.Item{Term: "load", Text: fmt.Sprintf("%.1f%% of the link would just fit", 100**f.FitsUpTo)})
	case c.Points[0].Load > 0:
		list = append(list, result.Item{Term: "load", Text: fmt.Sprintf("%s, the lowest here, is too much already", figure.Percent(c.Points[0].Load))})
	default:
		list = append(list, result.Item{Term: "load", Text: "none fits: what is drawn at rest is too much already"})
	}
	return list
}

// decimalsOf gives a figure three digits.
func decimalsOf(v float64) int {
	switch {
	case v >= 100:
		return 0
	case v >= 10:
		return 1
	}
	return 2
}

// shownOperations is how many parts of a component are named.
const shownOperations = 3

// operations lists the largest.
func operations(all []Operation) string {
	var list []string
	for i, o := range all {
		if i == shownOperations || i > 0 && o.Watts < 0.005 {
			break
		}
		text := fmt.Sprintf("%s %s W", o.Operation, figure.Fixed(o.Watts, 2))
		if o.AtRest && o.Operation != "at rest" {
			text += " at rest"
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}
