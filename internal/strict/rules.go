package strict

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/internal/spell"
)

// rules are what a strict tag demands of a value. In a list they hold for each element.
type rules struct {
	required bool
	min, max *int64
	oneOf    []string
}

// parseRules reads a strict tag; it panics on one it cannot read, an author's fault.
func parseRules(tag string) rules {
	var r rules
	for part := range strings.SplitSeq(tag, ",") {
		name, arg, _ := strings.Cut(part, "=")
		switch name {
		case "":
		case "required":
			r.required = true
		case "min":
			r.min = limit(arg)
		case "max":
			r.max = limit(arg)
		case "oneof":
			r.oneOf = strings.Split(arg, "|")
		default:
			panic(fmt.Sprintf("strict: unknown rule %q in a tag", part))
		}
	}
	return r
}

func limit(arg string) *int64 {
	v, err := strconv.ParseInt(arg, 10, 64)
	if err != nil {
		panic(fmt.Sprintf("strict: bad limit %q in a tag", arg))
	}
	return &v
}

// oneOfError says that n is not among the allowed values. Numbers get no suggestion: 12 is not a misspelt 1.
func (r rules) oneOfError(n *node) string {
	expected, hint := "one of "+strings.Join(r.oneOf, ", "), ""
	if len(r.oneOf) == 1 {
		expected = r.oneOf[0]
	}
	if near := spell.Nearest(n.text, r.oneOf); near != "" && n.tag == "!!str" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	return fmt.Sprintf("expected %s, got %s%s", expected, n.describe(), hint)
}

// whole names the expected number for a message: "a whole number from 1 to 48".
func (r rules) whole() string { return "a whole number" + r.span() }

func (r rules) span() string {
	switch {
	case r.min != nil && r.max != nil:
		return fmt.Sprintf(" from %d to %d", *r.min, *r.max)
	case r.min != nil:
		return fmt.Sprintf(" of at least %d", *r.min)
	case r.max != nil:
		return fmt.Sprintf(" of at most %d", *r.max)
	}
	return ""
}

// member is one struct field that a key names.
type member struct {
	name  string
	index []int
	rules rules
}

type members []member

// membersOf lists the fields of t that have a yaml tag, in order, including the fields of embedded structs tagged ",inline".
func membersOf(t reflect.Type, prefix []int) members {
	var out members
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(slices.Clone(prefix), i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case options == "inline" && f.Type.Kind() == reflect.Struct:
			out = append(out, membersOf(f.Type, index)...)
		case name != "" && name != "-" && f.IsExported():
			out = append(out, member{name, index, parseRules(f.Tag.Get("strict"))})
		}
	}
	return out
}

func (ms members) find(name string) (member, bool) {
	i := slices.IndexFunc(ms, func(m member) bool { return m.name == name })
	if i < 0 {
		return member{}, false
	}
	return ms[i], true
}

func (ms members) names() []string {
	out := make([]string, len(ms))
	for i, m := range ms {
		out[i] = m.name
	}
	return out
}
