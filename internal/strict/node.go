package strict

// Node is a value being decoded by an Unmarshaler. Faults reported through it carry its position and join those of the whole
// document.
type Node struct {
	n      *node
	faults *errorList
}

// Field is one key of a mapping, and its value. Key has the position of the key itself.
type Field struct {
	Name  string
	Key   *Node
	Value *Node
}

// Unmarshaler is a type that decodes itself: one that may be written in several forms, or has rules of its own. It
// reports what is wrong with Node.Errorf and leaves the rest as it was.
type Unmarshaler interface {
	UnmarshalStrict(n *Node)
}

// Defaulter is a type whose fresh values, as elements of lists and maps or behind pointers, are filled by SetDefaults before
// they are decoded.
type Defaulter interface {
	SetDefaults()
}

func (n *Node) with(inner *node) *Node { return &Node{inner, n.faults} }

// Kind returns what the value is.
func (n *Node) Kind() Kind { return n.n.kind }

// Text returns what a scalar says, without quotes, and "" for every other kind.
func (n *Node) Text() string { return n.n.text }

// Pos returns the line and column of the value, from 1; 0, 0 when it came from Document.Set.
func (n *Node) Pos() (line, col int) { return n.n.line, n.n.col }

// Position is where a value stands, kept with what is made of it for faults that show later.
type Position struct {
	// Line and Col count from 1; they are 0 where Document.Set gave the value.
	Line, Col int
	// File is the file of Line where that is not the document's own, but one that was merged in; else "".
	File string
}

// Position returns where the value stands.
func (n *Node) Position() Position {
	p := Position{Line: n.n.line, Col: n.n.col}
	if !n.FromSet() && n.n.file != n.faults.file {
		p.File = n.n.file
	}
	return p
}

// File returns the file of the value, or "--set path" when it came from Document.Set.
func (n *Node) File() string { return n.n.file }

// FromSet reports whether the value came from Document.Set.
func (n *Node) FromSet() bool { return n.n.line == 0 }

// Describe names the value for a message: "a list", "the text \"x\"".
func (n *Node) Describe() string { return n.n.describe() }

// Glimpse is Describe for a value that may be all of a stranger's file, secrets too: of a text it repeats a few characters only.
func (n *Node) Glimpse() string {
	const few = 8
	if n.n.kind == Scalar && len(n.n.text) > few {
		return "text"
	}
	return n.n.describe()
}

// Items returns the elements of a list in order, and none for every other kind.
func (n *Node) Items() []*Node {
	out := make([]*Node, len(n.n.items))
	for i, c := range n.n.items {
		out[i] = n.with(c)
	}
	return out
}

// Fields returns the keys of a mapping in the order of the file, those merged in last, and none for every other kind.
func (n *Node) Fields() []Field {
	out := make([]Field, len(n.n.fields))
	for i, f := range n.n.fields {
		out[i] = Field{f.key, n.with(f.keyNode()), n.with(f.value)}
	}
	return out
}

// keyNode makes a text of the key, so that it can be decoded and complained about like a value.
func (f field) keyNode() *node {
	return &node{pos: f.at, kind: Scalar, tag: "!!str", text: f.key, size: 1, height: 1}
}

// Has reports whether a mapping has the key.
func (n *Node) Has(key string) bool { return n.n.lookup(key) >= 0 }

// At walks down mappings by the keys and returns the last value found: the wanted one or, for saying where something is
// wrong or missing, the nearest above it.
func (n *Node) At(keys ...string) *Node {
	cur := n.n
	for _, k := range keys {
		i := cur.lookup(k)
		if i < 0 {
			break
		}
		cur = cur.fields[i].value
	}
	return n.with(cur)
}

// Errorf reports a fault at the value.
func (n *Node) Errorf(format string, args ...any) { n.faults.add(n.n.pos, format, args...) }

// Decode decodes the value into what into points to and reports whether there was nothing wrong with it. Inside UnmarshalStrict,
// convert to a type without that method first, or it recurses.
func (n *Node) Decode(into any) bool {
	before := n.faults.count
	decodePointer(n, into)
	return n.faults.count == before
}

// MaxList bounds lists whose items are compared with each other. Assumed: beyond what a report could show.
const MaxList = 500

// TooLong complains about a list with more than MaxList items and reports whether it did.
func (n *Node) TooLong() bool {
	count := len(n.Items())
	if count > MaxList {
		n.Errorf("expected at most %d items, got %d", MaxList, count)
	}
	return count > MaxList
}

// OneOrList returns the items of a list, or the node itself: of keys that take one value or a list of them.
func (n *Node) OneOrList() []*Node {
	if n.Kind() == List {
		return n.Items()
	}
	return []*Node{n}
}
