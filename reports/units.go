package reports

import (
	"math"
	"strconv"
)

// scale is the unit in which a column of times is printed.
type scale struct {
	unit string
	ns   float64
}

// scaleFor picks the unit in which a time in ns reads best.
func scaleFor(ns float64) scale {
	switch {
	case ns >= 1e6:
		return scale{"ms", 1e6}
	case ns >= 1e3:
		return scale{"us", 1e3}
	}
	return scale{"ns", 1}
}

// number prints a value with about four digits and no exponent.
func number(v float64) string {
	size := math.Abs(v)
	decimals := 2
	switch {
	case v == 0:
		return "0"
	case size >= 1000 || size == math.Trunc(size):
		decimals = 0
	case size >= 100:
		decimals = 1
	case size < 0.01:
		return strconv.FormatFloat(v, 'g', 2, 64)
	}
	return strconv.FormatFloat(v, 'f', decimals, 64)
}

// percent prints a ratio. A loss that is not zero never reads as zero.
func percent(ratio float64) string {
	p := 100 * ratio
	switch {
	case p == 0:
		return "0%"
	case p < 0.01:
		return "<0.01%"
	case p < 10:
		return strconv.FormatFloat(p, 'f', 2, 64) + "%"
	}
	return strconv.FormatFloat(p, 'f', 1, 64) + "%"
}
