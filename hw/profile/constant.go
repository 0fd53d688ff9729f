// Package profile holds the constants of a piece of hardware, each with where it comes from.
package profile

import (
	"fmt"
	"reflect"

	"github.com/dsnsim/dsnsim/internal/strict"
)

// Constant is one figure of the hardware. It has a Source, or is Assumed for a reason; never both, never neither.
type Constant[T any] struct {
	Value T
	// Low and High are the range to sweep, where one is known.
	Low, High *T
	// Source is the document or measurement, with Confidence: verified (it was opened), recalled (from memory) or
	// derived (arithmetic on what it names).
	Source     string
	Confidence string
	// Assumed is why a figure without a source was chosen.
	Assumed string
}

// fields is how a constant is written.
type fields[T any] struct {
	Value      T      `yaml:"value" strict:"required"`
	Low        *T     `yaml:"low"`
	High       *T     `yaml:"high"`
	Source     string `yaml:"source"`
	Confidence string `yaml:"confidence" strict:"oneof=verified|recalled|derived"`
	Assumed    string `yaml:"assumed"`
}

// UnmarshalStrict implements strict.Unmarshaler. It refuses a figure that does not say where it comes from, one that no hardware
// has, and a range that does not hold its value.
func (c *Constant[T]) UnmarshalStrict(n *strict.Node) {
	if n.Kind() != strict.Mapping {
		n.Errorf("expected a figure with its origin, {value: ..., source: ..., confidence: ...} or {value: ..., assumed: ...}, got %s",
			n.Describe())
		return
	}
	var f fields[T]
	if !n.Decode(&f) {
		return
	}
	checkOrigin(n, f.Source, f.Confidence, f.Assumed)
	checkNumber(n.At("value"), f.Value)
	for _, bound := range []struct {
		name string
		p    *T
		sign int64
	}{{"low", f.Low, 1}, {"high", f.High, -1}} {
		if bound.p == nil {
			continue
		}
		if bound.sign*(number(f.Value)-number(*bound.p)) < 0 {
			n.At(bound.name).Errorf("%s is %v, on the wrong side of the value %v", bound.name, *bound.p, f.Value)
		}
		checkNumber(n.At(bound.name), *bound.p)
	}
	*c = Constant[T](f)
}

// number returns an integer constant as such; other kinds compare equal.
func number(v any) int64 {
	if r := reflect.ValueOf(v); r.CanInt() {
		return r.Int()
	}
	return 0
}

// Entry is a constant for printing.
type Entry struct {
	Path, Value, Low, High, Source, Confidence, Assumed string
}

// entry makes the printable form.
func (c Constant[T]) entry(path string) Entry {
	text := func(p *T) string {
		if p == nil {
			return ""
		}
		return fmt.Sprint(*p)
	}
	return Entry{path, fmt.Sprint(c.Value), text(c.Low), text(c.High), c.Source, c.Confidence, c.Assumed}
}

// printable is any Constant.
type printable interface{ entry(path string) Entry }

// entries walks a value and appends its constants in the order of the fields.
func entries(list []Entry, path string, v reflect.Value) []Entry {
	if c, ok := v.Interface().(printable); ok {
		return append(list, c.entry(path))
	}
	join := func(name string) string {
		if path == "" {
			return name
		}
		return path + "." + name
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if name := v.Type().Field(i).Tag.Get("yaml"); name != "" && name != "-" {
				list = entries(list, join(name), v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			list = entries(list, fmt.Sprintf("%s[%d]", path, i), v.Index(i))
		}
	}
	return list
}
