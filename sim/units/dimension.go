package units

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// A unit is one way to write a quantity: 1 of it is num/den of the base unit.
type unit struct {
	name     string
	num, den int64
	// print is set for the units that String chooses from; the others are understood only.
	print bool
}

// A dimension is what one quantity type knows about its text.
type dimension struct {
	what    string // the quantity with its article, for errors: "a duration"
	example string // a valid text, for errors
	zero    string // how zero prints
	// units holds the units in the order in which String prefers them when two give equally short numbers: the
	// printed ones first, largest prefix first, and the last of them able to print every value exactly.
	units []unit
	// aliases maps what people write to what they mean; an alias is never accepted, only suggested.
	aliases map[string]string
	// whole is set where String must not print a decimal point (Count).
	whole bool
}

// maxText bounds the work for a text that is surely wrong: the longest exact int64 needs 20 digits.
const maxText = 64

// parse returns the quantity in base units, or an error that names the text, the expectation and the likely intent.
func (d *dimension) parse(s string) (int64, error) {
	number, name, err := d.split(s)
	if err != nil {
		return 0, err
	}
	u, ok := d.find(name)
	if !ok {
		return 0, d.unknownUnit(s, number, name)
	}
	value, ok := new(big.Rat).SetString(number)
	if !ok {
		return 0, d.fail(s, "%.40q is not a number", number)
	}
	value.Mul(value, big.NewRat(u.num, u.den))
	if !value.IsInt() {
		return 0, d.fail(s, "it is finer than the base unit, %s", d.baseUnit())
	}
	if !value.Num().IsInt64() {
		return 0, d.fail(s, "it is too large, the limit is about %d%s", math.MaxInt64/d.units[0].num, d.units[0].name)
	}
	return value.Num().Int64(), nil
}

// split separates the number from the unit's name. The name has either code point of the micro sign written as u.
func (d *dimension) split(s string) (number, name string, err error) {
	if len(s) > maxText {
		return "", "", d.fail(s[:maxText]+"...", "it is longer than %d bytes", maxText)
	}
	end := numberEnd(s)
	if end == 0 {
		return "", "", d.fail(s, "%s", whyNoNumber(s))
	}
	number, name = s[:end], strings.TrimPrefix(s[end:], " ")
	if reason := whyBadTail(name); reason != "" {
		return "", "", d.fail(s, "%s", reason)
	}
	for _, micro := range []string{"\u00b5", "\u03bc"} {
		if rest, found := strings.CutPrefix(name, micro); found {
			name = "u" + rest
		}
	}
	return number, name, nil
}

// numberEnd returns the length of the leading digits, with at most one point that has digits on both sides.
func numberEnd(s string) int {
	end := digits(s)
	if end > 0 && end < len(s) && s[end] == '.' {
		if n := digits(s[end+1:]); n > 0 {
			end += 1 + n
		}
	}
	return end
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

func whyNoNumber(s string) string {
	switch {
	case s == "":
		return "it is empty"
	case s[0] == '-':
		return "it must not be negative"
	case s[0] == '+':
		return "a sign is not allowed"
	case s[0] == '.':
		return "a number starts with a digit: write 0" + s
	case strings.TrimSpace(s) != s:
		return "it starts or ends with a space"
	}
	return "it does not start with a number"
}

// whyBadTail explains what follows a number but cannot begin a unit.
func whyBadTail(tail string) string {
	if tail == "" {
		return ""
	}
	switch c := tail[0]; {
	case c == ',' || c == '_' || c == '\'':
		return "thousands separators are not allowed"
	case c == '.':
		return "a point needs digits on both sides"
	case (c == 'e' || c == 'E') && len(tail) > 1 && strings.ContainsRune("+-0123456789", rune(tail[1])):
		return "exponents are not allowed, write the number out or use a prefix"
	case c == ' ' || c == '\t':
		return "at most one space may stand between the number and the unit"
	case c >= '0' && c <= '9':
		return "digits may not be grouped with spaces"
	case strings.TrimSpace(tail) != tail:
		return "it starts or ends with a space"
	}
	return ""
}

func (d *dimension) find(name string) (unit, bool) {
	for _, u := range d.units {
		if u.name == name {
			return u, true
		}
	}
	return unit{}, false
}

// unknownUnit explains a unit that this dimension does not have: the reason where there is one, the likely meaning,
// and otherwise the list.
func (d *dimension) unknownUnit(s, number, name string) error {
	if name == "" {
		return d.fail(s, "a unit is required, zero included (units: %s)%s", d.unitNames(), d.bareHint(number))
	}
	if reason := d.whyCapitalK(number, name); reason != "" {
		return d.fail(s, "%s", reason)
	}
	if meant := d.nearest(name); meant != "" {
		return d.fail(s, "unknown unit %.40q, did you mean %s%s?", name, number, meant)
	}
	return d.fail(s, "unknown unit %.40q (units: %s)", name, d.unitNames())
}

// bareHint suggests the percentage for a ratio that was written as a fraction.
func (d *dimension) bareHint(number string) string {
	v, ok := new(big.Rat).SetString(number)
	if d != &ratios || !ok || v.Cmp(big.NewRat(1, 1)) > 0 {
		return ""
	}
	text := v.Mul(v, big.NewRat(100, 1)).FloatString(maxText)
	text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	return fmt.Sprintf("; did you mean %s%%?", text)
}

// whyCapitalK explains the one prefix that is a multiplier of 1000 to some and of 1024 to others.
func (d *dimension) whyCapitalK(number, name string) string {
	rest, found := strings.CutPrefix(name, "K")
	if !found {
		return ""
	}
	_, decimal := d.find("k" + rest)
	_, binary := d.find("Ki" + rest)
	switch {
	case decimal && binary:
		return fmt.Sprintf("the prefix K is ambiguous, write %sk%s (1000) or %sKi%s (1024)", number, rest, number, rest)
	case decimal:
		return fmt.Sprintf("the prefix for 1000 is a small k, did you mean %sk%s?", number, rest)
	case rest == "b" && d == &sizes:
		return fmt.Sprintf("b is bits and the prefix K is ambiguous, write %skB (1000 bytes) or %sKiB (1024 bytes)", number, number)
	}
	return ""
}

// nearest returns the unit that name most likely stands for: a known alias, else a unit that differs in case only.
func (d *dimension) nearest(name string) string {
	if meant, ok := d.aliases[name]; ok {
		return meant
	}
	lower := strings.ToLower(name)
	if meant, ok := d.aliases[lower]; ok {
		return meant
	}
	for _, u := range d.units {
		if strings.ToLower(u.name) == lower {
			return u.name
		}
	}
	return ""
}

func (d *dimension) unitNames() string {
	var names []string
	for _, u := range d.units {
		if u.print && u.name != "" {
			names = append(names, u.name)
		}
	}
	return strings.Join(names, ", ")
}

func (d *dimension) baseUnit() string {
	for _, u := range d.units {
		if u.num == 1 && u.den == 1 {
			return "1" + u.name
		}
	}
	return d.format(1)
}

func (d *dimension) fail(s, format string, args ...any) error {
	return fmt.Errorf("%.40q is not %s such as %s: %s", s, d.what, d.example, fmt.Sprintf(format, args...))
}

// format returns the shortest exact text of v base units: of the units that are not larger than v the one with the
// shortest number, and of equally short ones the first in the dimension's order (the largest prefix).
// A negative v, which only a difference can be, prints with a sign and is not understood by parse.
func (d *dimension) format(v int64) string {
	if v == 0 {
		return d.zero
	}
	sign, magnitude := "", uint64(v)
	if v < 0 {
		sign, magnitude = "-", -magnitude
	}
	number, name := "", ""
	for i, u := range d.units {
		smallest := i == len(d.units)-1 || !d.units[i+1].print
		if !u.print || magnitude < uint64(u.num) && !smallest {
			continue
		}
		text, exact := decimal(magnitude, uint64(u.num))
		if !exact || d.whole && strings.Contains(text, ".") {
			continue
		}
		if number == "" || len(text) < len(number) {
			number, name = text, u.name
		}
	}
	return sign + number + name
}

// decimal returns v/scale written out, and whether that is exact. Every scale here has only the factors 2 and 5,
// so it is, except for lengths of text that no one would prefer.
func decimal(v, scale uint64) (text string, exact bool) {
	whole, rest := v/scale, v%scale
	text = strconv.FormatUint(whole, 10)
	if rest == 0 {
		return text, true
	}
	var b strings.Builder
	b.WriteString(text + ".")
	for range 20 {
		rest *= 10 // cannot overflow: rest < scale <= 1e15
		b.WriteByte(byte('0' + rest/scale))
		if rest %= scale; rest == 0 {
			return b.String(), true
		}
	}
	return b.String(), false
}
