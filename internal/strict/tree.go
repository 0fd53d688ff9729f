package strict

import (
	"slices"

	yaml "go.yaml.in/yaml/v4"
)

// pos is where a value is written.
type pos struct {
	file      string
	line, col int
}

// fault returns Errors with one fault at p.
func (p pos) fault(format string, args ...any) error {
	var list errorList
	list.add(p, format, args...)
	return list.errs
}

// Kind is what a value is.
type Kind int

// The kinds of value.
const (
	Null Kind = iota
	Scalar
	List
	Mapping
)

// node is one value of the tree. It is not changed once built, since aliases share nodes: Set copies the way down.
type node struct {
	pos
	kind Kind
	// tag is the YAML type of a scalar ("!!str", "!!int", ...), text what it says, plain whether it was written bare.
	tag, text string
	plain     bool
	items     []*node
	fields    []field
	// size is the number of values in this one, and height the nesting, both with aliases expanded.
	size, height int
}

type field struct {
	key   string
	at    pos
	value *node
}

func (n *node) lookup(key string) int {
	return slices.IndexFunc(n.fields, func(f field) bool { return f.key == key })
}

// measure computes size and height from the children.
func (n *node) measure() {
	n.size, n.height = 1, 1
	for _, c := range n.items {
		n.size, n.height = min(n.size+c.size, MaxNodes+1), max(n.height, c.height+1)
	}
	for _, f := range n.fields {
		n.size, n.height = min(n.size+f.value.size, MaxNodes+1), max(n.height, f.value.height+1)
	}
}

// bounded says what is wrong when the tree under n is too big, or nil.
func (n *node) bounded() error {
	if n.size > MaxNodes {
		return n.fault("too many values once aliases are expanded: more than %d", MaxNodes)
	}
	if n.height > MaxDepth {
		return n.fault("nested too deeply once aliases are expanded: more than %d levels", MaxDepth)
	}
	return nil
}

// builder turns the parser's tree into ours.
type builder struct {
	file   string
	faults errorList
	done   map[*yaml.Node]*node // nil while under construction
	work   int                  // fields and items looked at so far
}

// tooMuch stops a build that merges without end; what is built so far is dropped.
type tooMuch struct{ err error }

func build(file string, root *yaml.Node) (doc *Document, err error) {
	b := &builder{file: file, done: map[*yaml.Node]*node{}}
	defer func() {
		if r := recover(); r != nil {
			stop, ours := r.(tooMuch)
			if !ours {
				panic(r)
			}
			doc, err = nil, stop.err
		}
	}()
	if root.Kind == yaml.DocumentNode && len(root.Content) == 1 {
		root = root.Content[0]
	}
	return &Document{root: b.node(root), faults: b.faults}, nil
}

func (b *builder) pos(y *yaml.Node) pos { return pos{b.file, max(1, y.Line), max(1, y.Column)} }

// spend counts one piece of work at y and stops the build when there was too much.
func (b *builder) spend(y *yaml.Node) {
	if b.work++; b.work > 2*MaxNodes {
		panic(tooMuch{b.pos(y).fault("too many values once merge keys are expanded: more than %d", MaxNodes)})
	}
}

func (b *builder) node(y *yaml.Node) *node {
	if y.Kind == yaml.AliasNode {
		target, known := b.done[y.Alias]
		if !known || target == nil {
			panic(tooMuch{b.pos(y).fault("alias *%s stands inside the value that it names", y.Value)})
		}
		return target
	}
	b.done[y] = nil
	n := &node{pos: b.pos(y)}
	switch y.Kind {
	case yaml.SequenceNode:
		n.kind = List
		b.checkTag(y, "!!seq")
		for _, c := range y.Content {
			b.spend(c)
			n.items = append(n.items, b.node(c))
		}
	case yaml.MappingNode:
		n.kind = Mapping
		b.checkTag(y, "!!map")
		b.mapping(n, y)
	default:
		b.scalar(n, y)
	}
	n.measure()
	if err := n.bounded(); err != nil {
		panic(tooMuch{err})
	}
	b.done[y] = n
	return n
}

func (b *builder) scalar(n *node, y *yaml.Node) {
	n.kind, n.tag, n.text, n.plain = Scalar, y.Tag, y.Value, y.Style == 0
	known := b.checkTag(y, "!!str", "!!int", "!!float", "!!bool", "!!null", "!!timestamp", "!!merge")
	if !known || y.Tag == "!!merge" {
		n.tag, n.plain = "!!str", false
	}
	if y.Tag == "!!null" || y.Tag == "" {
		n.kind, n.text = Null, ""
	}
}

// checkTag reports whether y has an allowed tag or none.
func (b *builder) checkTag(y *yaml.Node, allowed ...string) bool {
	if y.Tag != "" && !slices.Contains(allowed, y.Tag) {
		b.faults.add(b.pos(y), "tag %s is not supported", y.Tag)
		return false
	}
	return true
}

// mapping fills n with the fields of y: its own first, then those merged in that it does not have.
func (b *builder) mapping(n *node, y *yaml.Node) {
	seen := make(map[string]pos, len(y.Content)/2)
	var merges []*yaml.Node
	for i := 0; i+1 < len(y.Content); i += 2 {
		key, value := y.Content[i], y.Content[i+1]
		b.spend(key)
		if key.Kind == yaml.ScalarNode && key.Tag == "!!merge" {
			merges = append(merges, value)
			b.node(value)
			continue
		}
		k, v := b.node(key), b.node(value)
		if k.kind != Scalar {
			b.faults.add(k.pos, "expected a name as key, got %s", k.describe())
			continue
		}
		if first, twice := seen[k.text]; twice {
			b.faults.add(k.pos, "duplicate key %s; the first is at %d:%d", quote(k.text), first.line, first.col)
			continue
		}
		seen[k.text] = k.pos
		n.fields = append(n.fields, field{k.text, k.pos, v})
	}
	for _, m := range merges {
		b.merge(n, seen, m)
	}
}

// merge adds to n the fields of the mapping or list of mappings that m stands for.
func (b *builder) merge(n *node, seen map[string]pos, m *yaml.Node) {
	from := b.done[m]
	if m.Kind == yaml.AliasNode {
		from = b.done[m.Alias]
	}
	sources := []*node{from}
	if from.kind == List {
		sources = from.items
	}
	for _, s := range sources {
		if s.kind != Mapping {
			b.faults.add(b.pos(m), "expected a mapping to merge, got %s", s.describe())
			continue
		}
		for _, f := range s.fields {
			b.spend(m)
			if _, have := seen[f.key]; !have {
				seen[f.key] = f.at
				n.fields = append(n.fields, f)
			}
		}
	}
}

// describe names n for "expected ..., got ...".
func (n *node) describe() string {
	switch {
	case n.kind == Null:
		return "nothing"
	case n.kind == List:
		return "a list"
	case n.kind == Mapping:
		return "a mapping"
	case n.tag == "!!str":
		return "the text " + quote(n.text)
	case n.plain && len(n.text) < longestQuote:
		return n.text
	default:
		return quote(n.text)
	}
}
