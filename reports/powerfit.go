package reports

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// fitTitle says whether the DSN fits, and by how much it does not.
func fitTitle(c *result.PowerCurve) string {
	f := c.Fit
	if f == nil {
		return ""
	}
	at := fmt.Sprintf("a DSN of %s takes %s W at %s", c.Placement, watts(f.Watts), percent(f.Load))
	if f.ExcessWatts <= 0 {
		return fmt.Sprintf("Fits %s: %s, %s W to spare", budgetName(c.Budget), at, watts(-f.ExcessWatts))
	}
	return fmt.Sprintf("What would have to change to fit %s: %s, so %s W must go", budgetName(c.Budget), at, watts(f.ExcessWatts))
}

func watts(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }

// fitItems lists what takes most, and which load would fit.
func fitItems(c *result.PowerCurve) []item {
	f := c.Fit
	if f == nil {
		return nil
	}
	var list []item
	for _, part := range f.Contributors {
		text := fmt.Sprintf("%s W, %.0f%%", watts(part.Watts), 100*part.Share)
		if part.NJPerPacket != nil {
			text += fmt.Sprintf(", %.*f nJ a packet", decimalsOf(*part.NJPerPacket), *part.NJPerPacket)
		}
		list = append(list, item{term: part.Component, text: text + ": " + operations(part.Operations)})
	}
	switch {
	case f.ExcessWatts <= 0:
	case f.FitsUpTo != nil:
		list = append(list, item{term: "load", text: fmt.Sprintf("%.1f%% of the link would just fit", 100**f.FitsUpTo)})
	case c.Points[0].Load > 0:
		list = append(list, item{term: "load", text: fmt.Sprintf("%s, the lowest here, is too much already", percent(c.Points[0].Load))})
	default:
		list = append(list, item{term: "load", text: "none fits: what is drawn at rest is too much already"})
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
func operations(all []result.Operation) string {
	var list []string
	for i, o := range all {
		if i == shownOperations || i > 0 && isZero(watts(o.Watts)) {
			break
		}
		text := fmt.Sprintf("%s %s W", o.Operation, watts(o.Watts))
		if o.AtRest && o.Operation != "at rest" {
			text += " at rest"
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}
