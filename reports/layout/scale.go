package layout

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Prefix is a unit that readers may meet, and its size in the unit of the catalogue.
type Prefix struct {
	Unit string
	Size float64
}

// prefixes lists the units in which a quantity may be shown, smallest first. The catalogue's unit is what CSV and JSON
// hold; only a table scales it.
func prefixes(unit string) []Prefix {
	switch unit {
	case "ns":
		return []Prefix{{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}}
	case "Gbps":
		return []Prefix{{"bps", 1e-9}, {"kbps", 1e-6}, {"Mbps", 1e-3}, {"Gbps", 1}, {"Tbps", 1e3}}
	case "iops":
		return []Prefix{{"IOPS", 1}, {"kIOPS", 1e3}, {"MIOPS", 1e6}}
	case "Mpps":
		return []Prefix{{"pps", 1e-6}, {"kpps", 1e-3}, {"Mpps", 1}, {"Gpps", 1e3}}
	case "nJ":
		return []Prefix{{"pJ", 1e-3}, {"nJ", 1}, {"uJ", 1e3}, {"mJ", 1e6}}
	case "pJ":
		return []Prefix{{"pJ", 1}, {"nJ", 1e3}, {"uJ", 1e6}}
	case "B":
		return []Prefix{{"B", 1}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}}
	case "W":
		return []Prefix{{"mW", 1e-3}, {"W", 1}, {"kW", 1e3}}
	case "ratio":
		return []Prefix{{"%", 0.01}}
	}
	return []Prefix{{unit, 1}}
}

const (
	// significant is how many digits the smallest value of a line keeps.
	significant = 3
	// mostDigits is how many digits a value has before its point until its group moves to a larger unit.
	mostDigits = 6
	// mostDecimal is the most characters of a number with decimals; a longer one loses some of them.
	mostDecimal = 8
	// mostWhole is the most characters of any number; a longer one is written with an exponent.
	mostWhole = 9
)

// Scale is how values of one quantity are shown: in one unit and with the same number of decimals, so that they can be
// compared by eye.
type Scale struct {
	Prefix
	decimals int
}

// choosePrefix chooses the largest unit in which some value reaches 1 and none is below 0.1; and where the largest value
// then has too many digits, a larger one if it leaves the smallest two.
func choosePrefix(unit string, values []float64) Prefix {
	units := prefixes(unit)
	small, large := Extremes(values)
	i := 0
	for i+1 < len(units) {
		next := units[i+1].Size
		tooLong := large >= math.Pow10(mostDigits)*units[i].Size
		suits := small >= 0.1*next && large >= next
		if !suits && (!tooLong || small < 0.01*next) {
			break
		}
		i++
	}
	return units[i]
}

// NewScale gives the values as many decimals as tell the smallest to three digits, but never more than most. Values that
// are written with an exponent have no say.
func NewScale(p Prefix, values []float64, most int) Scale {
	s := Scale{Prefix: p}
	values = slices.DeleteFunc(slices.Clone(values), func(v float64) bool { return math.Abs(v) >= math.Pow10(mostWhole)*p.Size })
	small, large := Extremes(values)
	if small == 0 || allWhole(values, s.Size) {
		return s
	}
	s.decimals = min(most, max(0, significant-1-int(math.Floor(math.Log10(small/s.Size)))))
	for s.decimals > 0 && len(s.plain(large)) > mostDecimal {
		s.decimals--
	}
	return s
}

// Extremes returns the smallest and the largest magnitude other than zero, or zeros when there is none.
func Extremes(values []float64) (small, large float64) {
	for _, v := range values {
		v = math.Abs(v)
		if v > 0 && (small == 0 || v < small) {
			small = v
		}
		large = max(large, v)
	}
	return small, large
}

// allWhole reports whether all values are whole numbers in a unit of that size, to a billionth: 0.97/0.01 is not 97 in
// binary.
func allWhole(values []float64, size float64) bool {
	return !slices.ContainsFunc(values, func(v float64) bool {
		v /= size
		return math.Abs(v-math.Round(v)) > 1e-9*math.Abs(v)
	})
}

func (s Scale) plain(v float64) string { return strconv.FormatFloat(v/s.Size, 'f', s.decimals, 64) }

// Text writes a value without its unit. Zero is "0", and only zero looks like zero: less than the last decimal is written
// as "<0.01".
func (s Scale) Text(v float64) string {
	text := s.plain(v)
	switch {
	case v == 0:
		return "0"
	case isZero(text) && v > 0:
		return "<" + s.plain(s.Size*math.Pow10(-s.decimals))
	case len(text) > mostWhole:
		return strconv.FormatFloat(v/s.Size, 'g', significant, 64)
	}
	return text
}

// Half writes a half-width to the precision of its value, or "" when that precision does not show it.
func (s Scale) Half(v float64) string {
	text := s.plain(v)
	switch {
	case isZero(text):
		return ""
	case len(text) > mostWhole:
		text = strconv.FormatFloat(v/s.Size, 'g', significant, 64)
	}
	return "±" + text
}

func isZero(text string) bool { return strings.Trim(text, "-0.") == "" }
