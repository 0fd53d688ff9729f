package strict

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// Without returns the document less some keys of the outermost mapping, for what a loader acts on before it decodes.
func (d *Document) Without(keys ...string) *Document {
	root := *d.root
	root.fields = slices.DeleteFunc(slices.Clone(root.fields), func(f field) bool { return slices.Contains(keys, f.key) })
	root.measure()
	return &Document{root: &root, faults: d.faults.clone()}
}

// Put returns a copy of the document in which a value stands at path, as after Set. What is wrong with the path is told at
// the position of at. The error is of type Errors.
func (d *Document) Put(path string, value, at *Node) (*Document, error) {
	elems := strings.Split(path, ".")
	if slices.Contains(elems, "") {
		return nil, at.n.fault("expected names separated by dots, such as traffic.0.load, got %s", quote(path))
	}
	if len(elems) > MaxDepth {
		return nil, at.n.fault("nested too deeply: more than %d levels", MaxDepth)
	}
	root, err := put(d.root, elems, value.n, nil, at.n.pos)
	if err != nil {
		return nil, err
	}
	if err := root.bounded(); err != nil {
		return nil, at.n.fault("%s", err.(Errors)[0].Msg)
	}
	return &Document{root: root, faults: d.faults.clone()}, nil
}

// Get returns the value at a path such as Put takes, and whether there is one.
func (d *Document) Get(path string) (*Node, bool) {
	cur := d.root
	for elem := range strings.SplitSeq(path, ".") {
		switch i, err := strconv.Atoi(elem); {
		case cur.kind == Mapping && cur.lookup(elem) >= 0:
			cur = cur.fields[cur.lookup(elem)].value
		case cur.kind == List && err == nil && i >= 0 && i < len(cur.items):
			cur = cur.items[i]
		default:
			return nil, false
		}
	}
	return &Node{cur, &d.faults}, true
}

// Size returns how many values the document holds, aliases expanded.
func (d *Document) Size() int { return d.root.size }

// Root returns the outermost value.
func (d *Document) Root() *Node { return &Node{d.root, &d.faults} }

// Canonical returns the normal form of the value, as Document.Canonical does of all.
func (n *Node) Canonical() string {
	var b bytes.Buffer
	n.n.canonical(&b)
	return b.String()
}

// Fault returns what Errorf reports, for a loader that reports it itself. It is of type Errors.
func (n *Node) Fault(format string, args ...any) error { return n.n.fault(format, args...) }

func (l *errorList) clone() errorList { return errorList{l.file, slices.Clone(l.errs), l.count} }
