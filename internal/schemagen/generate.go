package schemagen

import (
	"cmp"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"

	"github.com/dsnsim/dsnsim/internal/strict"
)

// Generator makes schemas of Go types, as package strict decodes them.
type Generator struct {
	// Forms are the types that decode themselves in a way of their own, by what they take. A form is a definition where it has a Title,
	// which is then its name.
	Forms map[reflect.Type]func(g *Generator) *Schema
	// Fields are fields whose type does not say all: by the name of the struct and of the field, such as Software.Cores.
	Fields map[string]func(g *Generator) *Schema
	// Docs describes fields, by the same names, and types. A field that has none is described by its type.
	Docs map[string]string
	// Faults are what a schema cannot be made of: types without a form, fields without a description.
	Faults []string
	// Seen are the fields that were looked at.
	Seen map[string]bool

	defs Properties
	done map[reflect.Type]*Schema
}

// Root returns the schema of a struct, with the definitions that it needs. What v holds are the defaults.
func (g *Generator) Root(v any) *Schema {
	g.done, g.Seen = map[reflect.Type]*Schema{}, map[string]bool{}
	s := g.object(reflect.ValueOf(v))
	s.Draft, s.Defs = Draft, g.defs
	return s
}

// Of returns the schema of a type.
func (g *Generator) Of(t reflect.Type) *Schema { return g.of(fresh(t), strict.FieldInfo{}) }

// fresh is a value as the decoder makes it where the file says nothing.
func fresh(t reflect.Type) reflect.Value {
	p := reflect.New(t)
	if d, ok := p.Interface().(strict.Defaulter); ok {
		d.SetDefaults()
	}
	return p.Elem()
}

var (
	unmarshaler     = reflect.TypeFor[strict.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// of returns the schema of a value's type under the rules of a field.
func (g *Generator) of(v reflect.Value, rules strict.FieldInfo) *Schema {
	t := v.Type()
	if form, ok := g.Forms[t]; ok {
		return g.form(t, form)
	}
	p := reflect.PointerTo(t)
	switch {
	case t.Kind() == reflect.Pointer:
		return g.of(fresh(t.Elem()), rules)
	case t.Kind() == reflect.Struct && len(strict.FieldsOf(t)) > 0:
		return g.object(v)
	case p.Implements(unmarshaler) || p.Implements(textUnmarshaler):
		g.fault("%s decodes itself, and no form says what it takes: add one", t)
		return &Schema{}
	}
	switch t.Kind() {
	case reflect.Slice:
		return &Schema{Type: "array", Items: g.of(fresh(t.Elem()), rules)}
	case reflect.Map:
		return &Schema{Type: "object", Others: &Others{g.of(fresh(t.Elem()), rules)}}
	case reflect.String:
		return text(rules)
	case reflect.Bool:
		return &Schema{Type: "boolean"}
	case reflect.Float32, reflect.Float64:
		return bounded("number", rules)
	}
	if t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64 {
		return integer(t, rules)
	}
	g.fault("%s cannot be decoded", t)
	return &Schema{}
}

func (g *Generator) fault(format string, args ...any) {
	g.Faults = append(g.Faults, fmt.Sprintf(format, args...))
}

// form returns the schema of a type with a form, as a reference where it has a name.
func (g *Generator) form(t reflect.Type, form func(*Generator) *Schema) *Schema {
	s, known := g.done[t]
	if !known {
		s = form(g)
		g.done[t] = s
		if s.Title != "" {
			g.defs = append(g.defs, Property{s.Title, s})
		}
	}
	if s.Title == "" {
		return s
	}
	return &Schema{Ref: "#/definitions/" + s.Title}
}

// object returns the schema of a struct: its keys and no others.
func (g *Generator) object(v reflect.Value) *Schema {
	t, s := v.Type(), &Schema{Type: "object", Others: &Others{}}
	for _, f := range strict.FieldsOf(t) {
		name := f.Owner.Name() + "." + f.Name
		g.Seen[name] = true
		var of Schema
		if form, ok := g.Fields[name]; ok {
			of = *form(g)
		} else {
			of = *g.of(v.FieldByName(f.Name), f)
		}
		if !f.Required {
			of.Default = defaultOf(v.FieldByName(f.Name))
		}
		if of.Description = cmp.Or(g.Docs[name], g.Docs[nameOf(f.Type)]); of.Description == "" {
			g.fault("key %q has no description: write a comment at the field %s", f.Key, name)
		}
		s.Keys = append(s.Keys, Property{f.Key, &of})
		if f.Required {
			s.Required = append(s.Required, f.Key)
		}
	}
	return s
}

// defaultOf is what a field holds, as a file says it; nil for what says nothing: zero, or what a file cannot say.
func defaultOf(v reflect.Value) any {
	if v.IsZero() || (v.CanInt() && v.Int() < 0) {
		return nil
	}
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		if text, err := m.MarshalText(); err == nil {
			return string(text)
		}
	}
	switch v.Kind() {
	case reflect.Bool, reflect.String, reflect.Int, reflect.Uint64, reflect.Float64:
		return v.Interface()
	case reflect.Slice:
		if list, ok := v.Interface().([]string); ok {
			return list
		}
	}
	return nil
}

// nameOf is the name of a struct, or of those in a list or behind a pointer.
func nameOf(t reflect.Type) string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice && t.Name() == "" {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct && t.Kind() != reflect.Map {
		return ""
	}
	return t.Name()
}

// text takes any scalar, as the decoder does.
func text(rules strict.FieldInfo) *Schema {
	if len(rules.OneOf) == 0 {
		return &Schema{Type: []string{"string", "number", "boolean"}}
	}
	s := &Schema{}
	for _, v := range rules.OneOf {
		s.Enum = append(s.Enum, v)
	}
	return s
}

func integer(t reflect.Type, rules strict.FieldInfo) *Schema {
	if len(rules.OneOf) > 0 {
		s := &Schema{}
		for _, v := range rules.OneOf {
			s.Enum = append(s.Enum, json.Number(v))
		}
		return s
	}
	s := bounded("integer", rules)
	bits := t.Bits()
	if unsigned := t.Kind() >= reflect.Uint; unsigned && s.Minimum == "" {
		s.Minimum = "0"
		if s.Maximum == "" {
			s.Maximum = json.Number(strconv.FormatUint(^uint64(0)>>(64-bits), 10))
		}
	}
	return s
}

func bounded(kind string, rules strict.FieldInfo) *Schema {
	s := &Schema{Type: kind}
	if rules.Min != nil {
		s.Minimum = json.Number(strconv.FormatInt(*rules.Min, 10))
	}
	if rules.Max != nil {
		s.Maximum = json.Number(strconv.FormatInt(*rules.Max, 10))
	}
	return s
}
