package strict

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/internal/spell"
)

// Decode decodes the document into the value that into points to, which keeps what the document does not mention.
// The error is of type Errors and holds everything that is wrong. It panics when into is not a non-nil pointer, or leads to a type
// that cannot be decoded (a channel, say): those are the author's faults.
func (d *Document) Decode(into any) error {
	faults := errorList{file: d.root.file, count: d.faults.count}
	faults.errs = append(faults.errs, d.faults.errs...)
	top := *d.root
	if _, own := into.(Unmarshaler); !own && top.kind != Mapping && top.kind != List {
		faults.add(top.pos, "expected a mapping, got %s", (&Node{&top, &faults}).Glimpse())
		return faults.sorted()
	}
	top.fields = nil
	for _, f := range d.root.fields {
		if !strings.HasPrefix(f.key, "x-") {
			top.fields = append(top.fields, f)
		}
	}
	n := &Node{&top, &faults}
	n.Decode(into)
	return faults.sorted()
}

func decodePointer(n *Node, into any) {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		panic(fmt.Sprintf("strict: decoding into %T, which is not a non-nil pointer", into))
	}
	decodeValue(n, v.Elem(), rules{})
}

// decodeValue decodes n into v, which is addressable.
func decodeValue(n *Node, v reflect.Value, r rules) {
	if u, ok := v.Addr().Interface().(Unmarshaler); ok {
		u.UnmarshalStrict(n)
		return
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if n.scalar("a value") {
			if err := u.UnmarshalText([]byte(n.Text())); err != nil {
				n.Errorf("%v", err)
			}
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		decodeStruct(n, v)
	case reflect.Slice:
		decodeSlice(n, v, r)
	case reflect.Map:
		decodeMap(n, v, r)
	case reflect.Pointer:
		if n.Kind() == Null {
			v.SetZero()
			return
		}
		fresh := freshValue(v.Type().Elem())
		decodeValue(n, fresh, r)
		v.Set(fresh.Addr())
	default:
		decodeScalar(n, v, r)
	}
}

// freshValue returns a new addressable value with its defaults.
func freshValue(t reflect.Type) reflect.Value {
	p := reflect.New(t)
	if d, ok := p.Interface().(Defaulter); ok {
		d.SetDefaults()
	}
	return p.Elem()
}

func decodeSlice(n *Node, v reflect.Value, r rules) {
	if n.Kind() != List {
		n.Errorf("expected a list, got %s", n.Describe())
		return
	}
	out := reflect.MakeSlice(v.Type(), 0, len(n.n.items))
	for _, item := range n.Items() {
		fresh := freshValue(v.Type().Elem())
		decodeValue(item, fresh, r)
		out = reflect.Append(out, fresh)
	}
	v.Set(out)
}

func decodeMap(n *Node, v reflect.Value, r rules) {
	if v.Type().Key().Kind() != reflect.String {
		panic(fmt.Sprintf("strict: %s has keys that are not strings", v.Type()))
	}
	if n.Kind() != Mapping {
		n.Errorf("expected a mapping, got %s", n.Describe())
		return
	}
	out := reflect.MakeMapWithSize(v.Type(), len(n.n.fields))
	for _, f := range n.Fields() {
		fresh := freshValue(v.Type().Elem())
		decodeValue(f.Value, fresh, r)
		out.SetMapIndex(reflect.ValueOf(f.Name).Convert(v.Type().Key()), fresh)
	}
	v.Set(out)
}

func decodeStruct(n *Node, v reflect.Value) {
	if n.Kind() != Mapping {
		n.Errorf("expected a mapping, got %s", n.Glimpse()) // it may be all of a file
		return
	}
	members := membersOf(v.Type(), nil)
	foreign := !slices.ContainsFunc(n.n.fields, func(f field) bool { _, known := members.find(f.key); return known })
	for _, f := range n.Fields() {
		m, known := members.find(f.Name)
		if !known {
			f.Key.Errorf("unknown key %s%s", quoteKey(f.Name, members.names(), foreign), spell.DidYouMean(f.Name, members.names()))
			continue
		}
		decodeValue(f.Value, v.FieldByIndex(m.index), m.rules)
	}
	for _, m := range members {
		if m.rules.required && !n.Has(m.name) {
			n.Errorf("missing key %q", m.name)
		}
	}
}

// quoteKey quotes an unknown key. Where a mapping is foreign, since none of its keys is known, it may be a stranger's file: then it
// repeats only a few characters of a key that is no plain misspelling.
func quoteKey(key string, known []string, foreign bool) string {
	const few = 8
	if r := []rune(key); foreign && len(r) > few && spell.Nearest(key, known) == "" {
		return quote(string(r[:few]) + "...")
	}
	return quote(key)
}
