package strict

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// scalar reports whether n is a scalar, and complains when it is not.
func (n *Node) scalar(expected string) bool {
	if n.Kind() != Scalar {
		n.Errorf("expected %s, got %s", expected, n.Describe())
		return false
	}
	return true
}

func decodeScalar(n *Node, v reflect.Value, r rules) {
	switch v.Kind() {
	case reflect.String:
		decodeString(n, v, r)
	case reflect.Bool:
		decodeBool(n, v)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		decodeInteger(n, v, r)
	case reflect.Float32, reflect.Float64:
		decodeFloat(n, v, r)
	default:
		panic(fmt.Sprintf("strict: cannot decode into %s", v.Type()))
	}
}

// decodeString takes any scalar as it is written: where text is wanted, 007 is "007".
func decodeString(n *Node, v reflect.Value, r rules) {
	if !n.scalar("text") {
		return
	}
	if len(r.oneOf) > 0 && !slices.Contains(r.oneOf, n.Text()) {
		n.Errorf("%s", r.oneOfError(n.n))
		return
	}
	v.SetString(n.Text())
}

func decodeBool(n *Node, v reflect.Value) {
	isBool := n.n.tag == "!!bool"
	switch {
	case isBool && (n.Text() == "true" || n.Text() == "True" || n.Text() == "TRUE"):
		v.SetBool(true)
	case isBool && (n.Text() == "false" || n.Text() == "False" || n.Text() == "FALSE"):
		v.SetBool(false)
	default:
		n.Errorf("expected true or false, got %s", n.Describe())
	}
}

func decodeInteger(n *Node, v reflect.Value, r rules) {
	if n.n.tag != "!!int" {
		n.Errorf("expected %s, got %s", r.whole(), n.Describe())
		return
	}
	text := strings.TrimPrefix(n.Text(), "+")
	if len(r.oneOf) > 0 && !slices.Contains(r.oneOf, text) {
		n.Errorf("%s", r.oneOfError(n.n))
		return
	}
	// 010 is eight in YAML 1.1 and ten in 1.2: no reader should have to guess.
	if len(text) > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9' {
		n.Errorf("expected %s without leading zeros, got %s", r.whole(), n.Describe())
		return
	}
	if !setInteger(text, v, r) {
		n.Errorf("expected %s, got %s", r.orTypeSpan(v), n.Describe())
	}
}

// setInteger sets v, signed or not, and reports whether text is a whole number that v and the rules allow.
func setInteger(text string, v reflect.Value, r rules) bool {
	if v.CanUint() {
		u, err := strconv.ParseUint(text, 0, 64)
		if err != nil || v.OverflowUint(u) || outside(int64(min(u, math.MaxInt64)), r) {
			return false
		}
		v.SetUint(u)
		return true
	}
	i, err := strconv.ParseInt(text, 0, 64)
	if err != nil || v.OverflowInt(i) || outside(i, r) {
		return false
	}
	v.SetInt(i)
	return true
}

func outside(i int64, r rules) bool {
	return (r.min != nil && i < *r.min) || (r.max != nil && i > *r.max)
}

// orTypeSpan names the range that v's type gives where the rules give none.
func (r rules) orTypeSpan(v reflect.Value) string {
	switch {
	case r.min != nil || r.max != nil:
		return r.whole()
	case v.CanUint():
		return fmt.Sprintf("a whole number from 0 to %d", uint64(math.MaxUint64)>>(64-v.Type().Bits()))
	default:
		most := int64(math.MaxInt64) >> (64 - v.Type().Bits())
		return fmt.Sprintf("a whole number from %d to %d", -most-1, most)
	}
}

func decodeFloat(n *Node, v reflect.Value, r rules) {
	f, err := strconv.ParseFloat(n.Text(), 64)
	isNumber := n.n.tag == "!!int" || n.n.tag == "!!float"
	tooSmall := r.min != nil && f < float64(*r.min)
	tooBig := r.max != nil && f > float64(*r.max)
	if !isNumber || err != nil || math.IsInf(f, 0) || math.IsNaN(f) || v.OverflowFloat(f) || tooSmall || tooBig {
		n.Errorf("expected a number%s, got %s", r.span(), n.Describe())
		return
	}
	v.SetFloat(f)
}
