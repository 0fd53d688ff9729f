// Package figure writes figures into sentences. What stands in a column of a table is written by the layout of reports.
package figure

import (
	"strconv"
	"strings"
)

// Fixed writes a value with a number of decimals.
func Fixed(v float64, decimals int) string { return strconv.FormatFloat(v, 'f', decimals, 64) }

// Amount writes a value with up to two decimals.
func Amount(v float64) string {
	return strings.TrimSuffix(strings.TrimRight(Fixed(v, 2), "0"), ".")
}

// Percent writes a share with as many decimals as it has.
func Percent(ratio float64) string { return Fixed(100*ratio, -1) + "%" }

// Counted writes a number of things: "1 server", "2 servers".
func Counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// Bytes writes bytes with three digits.
func Bytes(n int64) string {
	v, unit := float64(n), 0
	names := []string{"B", "kB", "MB", "GB", "TB"}
	for v >= 999.5 && unit < len(names)-1 {
		v, unit = v/1000, unit+1
	}
	return strconv.FormatFloat(v, 'g', 3, 64) + " " + names[unit]
}
