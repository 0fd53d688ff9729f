package strict

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// Canonical returns the normal form of the document, for hashing: one line of flow YAML, keys sorted, aliases and
// merges expanded, text quoted; comments, layout and key order leave no trace. Parsing it gives it again.
func (d *Document) Canonical() []byte {
	var b bytes.Buffer
	d.root.canonical(&b)
	b.WriteByte('\n')
	return b.Bytes()
}

func (n *node) canonical(b *bytes.Buffer) {
	switch n.kind {
	case Null:
		b.WriteString("null")
	case Scalar:
		b.WriteString(n.canonicalScalar())
	case List:
		b.WriteByte('[')
		for i, c := range n.items {
			if i > 0 {
				b.WriteString(", ")
			}
			c.canonical(b)
		}
		b.WriteByte(']')
	case Mapping:
		sorted := slices.SortedFunc(slices.Values(n.fields), func(x, y field) int { return strings.Compare(x.key, y.key) })
		b.WriteByte('{')
		for i, f := range sorted {
			if i > 0 {
				b.WriteString(", ")
			}
			// An explicit key: an implicit one may not be longer than 1024 characters.
			b.WriteString("? " + strconv.Quote(f.key) + " : ")
			f.value.canonical(b)
		}
		b.WriteByte('}')
	}
}

func (n *node) canonicalScalar() string {
	switch {
	case n.tag == "!!str":
		return strconv.Quote(n.text)
	case n.plain:
		return n.text
	default:
		return n.tag + " " + strconv.Quote(n.text)
	}
}

// longestQuote is how many characters of a value a message repeats: a hostile one may be a megabyte long.
const longestQuote = 40

func quote(text string) string {
	if r := []rune(text); len(r) > longestQuote {
		text = string(r[:longestQuote]) + "..."
	}
	return strconv.Quote(text)
}
