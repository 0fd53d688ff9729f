package strict

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// Set puts a value at path, as --set path=value does. Path elements are separated by dots, list indexes
// are numbers from 0, and missing mapping keys are created. The value is YAML, so lists and mappings work. Errors in what was set
// give the position as "--set path". The error is of type Errors.
func (d *Document) Set(path, value string) error {
	at := pos{file: "--set " + path}
	doc, err := Parse(at.file, []byte(value))
	if err != nil {
		if strings.TrimSpace(value) != "" {
			return atPath(err)
		}
		doc = &Document{root: &node{kind: Null, size: 1, height: 1}}
	}
	elems := strings.Split(path, ".")
	if slices.Contains(elems, "") || checkText(path, []byte(path)) != nil {
		return at.fault("expected names separated by dots, such as traffic.0.load")
	}
	if len(elems) > MaxDepth {
		return at.fault("nested too deeply: more than %d levels", MaxDepth)
	}
	if err := atPath(doc.faults.sorted()); err != nil {
		return err
	}
	root, err := put(d.root, elems, doc.root.moved(at), nil, at)
	if err != nil {
		return err
	}
	if err := root.bounded(); err != nil {
		return at.fault("%s", err.(Errors)[0].Msg)
	}
	d.root = root
	return nil
}

// atPath drops line and column from the faults of a value that has no file.
func atPath(err error) error {
	var es Errors
	if !errors.As(err, &es) {
		return err
	}
	es = slices.Clone(es)
	for i := range es {
		es[i].Line, es[i].Col = 0, 0
	}
	return es
}

// moved returns n with every position changed to p.
func (n *node) moved(p pos) *node {
	out := *n
	out.pos = p
	out.items, out.fields = slices.Clone(n.items), slices.Clone(n.fields)
	for i := range out.items {
		out.items[i] = out.items[i].moved(p)
	}
	for i, f := range out.fields {
		out.fields[i] = field{f.key, p, f.value.moved(p)}
	}
	return &out
}

// put returns a copy of n in which value stands at path. done are the elements walked already, for messages.
func put(n *node, path []string, value *node, done []string, at pos) (*node, error) {
	if len(path) == 0 {
		return value, nil
	}
	out, name := *n, path[0]
	where := "the file"
	if len(done) > 0 {
		where = strings.Join(done, ".")
	}
	var err error
	switch n.kind {
	case Null, Mapping:
		out.kind = Mapping
		out.fields = slices.Clone(n.fields)
		i := out.lookup(name)
		if i < 0 {
			i = len(out.fields)
			out.fields = append(out.fields, field{name, at, &node{pos: at, kind: Null, size: 1, height: 1}})
		}
		out.fields[i].value, err = put(out.fields[i].value, path[1:], value, append(done, name), at)
	case List:
		i, convErr := strconv.Atoi(name)
		if len(n.items) == 0 {
			return nil, at.fault("%s is an empty list; set the whole list", where)
		}
		if convErr != nil || i < 0 || i >= len(n.items) {
			return nil, at.fault("%s is a list of %d; expected an index from 0 to %d, got %q", where, len(n.items), len(n.items)-1, name)
		}
		out.items = slices.Clone(n.items)
		out.items[i], err = put(out.items[i], path[1:], value, append(done, name), at)
	default:
		return nil, at.fault("%s is %s, not a mapping or a list; nothing can be set inside it", where, n.describe())
	}
	if err != nil {
		return nil, err
	}
	out.measure()
	return &out, nil
}
