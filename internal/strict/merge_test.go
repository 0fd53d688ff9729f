package strict

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func parsed(t require.TestingT, file, src string) *Document {
	d, err := Parse(file, []byte(src))
	require.NoError(t, err)
	return d
}

func TestOverMixesMappingsAndReplacesTheRest(t *testing.T) {
	for _, c := range []struct{ name, top, base, want string }{
		{"keys of both", "a: 1", "b: 2", "{a: 1, b: 2}"},
		{"the top wins", "a: 1", "a: 2", "{a: 1}"},
		{"deep", "a: {b: {c: 1}}", "a: {b: {c: 2, d: 3}, e: 4}", "{a: {b: {c: 1, d: 3}, e: 4}}"},
		{"lists are one value", "a: [1]", "a: [2, 3]", "{a: [1]}"},
		{"constants are one value", "a: {value: 1, assumed: why}", "a: {value: 2, source: x}", "{a: {value: 1, assumed: why}}"},
		{"even half ones", "a: {assumed: why}", "a: {value: 2, source: x}", "{a: {assumed: why}}"},
		{"another kind", "a: {b: 1}", "a: 5", "{a: {b: 1}}"},
		{"nothing takes a value away", "a: null", "a: {b: 1}", "{a: null}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := parsed(t, "top", c.top)
			d.Over(parsed(t, "base", c.base), "value")
			assert.Equal(t, string(parsed(t, "want", c.want).Canonical()), string(d.Canonical()))
		})
	}
}

func TestFaultsOfALaidDocumentNameTheirFile(t *testing.T) {
	var into struct {
		A int `yaml:"a"`
		B int `yaml:"b"`
	}
	d := parsed(t, "top.yaml", "a: x")
	d.Over(parsed(t, "base.yaml", "\nb: y\nb: 1\nc: 2"), "value")
	err := d.Decode(&into)
	require.ErrorContains(t, err, "top.yaml:1:4: expected a whole number")
	require.ErrorContains(t, err, "base.yaml:2:4: expected a whole number")
	require.ErrorContains(t, err, "base.yaml:3:1: duplicate key")
	require.ErrorContains(t, err, `base.yaml:4:1: unknown key "c"`)
}

func TestTop(t *testing.T) {
	d := parsed(t, "f", "base: mine\nother: [1]")
	n, ok := d.Top("base")
	require.True(t, ok)
	assert.Equal(t, "mine", n.Text())
	_, ok = d.Top("absent")
	assert.False(t, ok)
	_, ok = parsed(t, "f", "[1]").Top("base")
	assert.False(t, ok)
}

// The document laid over itself, or over nothing, is itself; and laying it twice changes nothing more.
func TestOverIsIdempotent(t *testing.T) {
	tree := rapid.StringMatching(`\{a: (1|\[1, 2\]|\{b: [0-9], c: \{d: [0-9]\}\}), (e|f): \{value: [0-9]\}\}`)
	rapid.Check(t, func(t *rapid.T) {
		top, base := tree.Draw(t, "top"), tree.Draw(t, "base")
		self := parsed(t, "f", top)
		self.Over(parsed(t, "f", top), "value")
		require.Equal(t, string(parsed(t, "f", top).Canonical()), string(self.Canonical()))
		empty := parsed(t, "f", top)
		empty.Over(parsed(t, "f", "{}"), "value")
		require.Equal(t, string(self.Canonical()), string(empty.Canonical()))
		once := parsed(t, "f", top)
		once.Over(parsed(t, "g", base), "value")
		first := string(once.Canonical())
		once.Over(parsed(t, "g", base), "value")
		require.Equal(t, first, string(once.Canonical()))
	})
}

// What loaders do with documents before they decode leaves the documents that they had as they were.
func TestCompose(t *testing.T) {
	doc, err := Parse("a.yaml", []byte("a: {b: [1, {c: 2}]}\nd: x\nd: y\n"))
	require.NoError(t, err)
	before := string(doc.Canonical())
	less := doc.Without("d", "nothing")
	assert.Equal(t, "{? \"a\" : {? \"b\" : [1, {? \"c\" : 2}]}}\n", string(less.Canonical()))
	assert.Equal(t, 6, less.Size(), "the mapping, a, b and its three values")
	assert.ErrorContains(t, less.Decode(&struct {
		A any `yaml:"-"`
	}{}), "duplicate key", "faults stay with what is left")

	at, there := doc.Get("a.b.1.c")
	require.True(t, there)
	assert.Equal(t, "2", at.Text())
	line, col := at.Pos()
	assert.Equal(t, []int{1, 16}, []int{line, col})
	for _, path := range []string{"a.b.2", "a.x", "d.e", "a.b.-1", ""} {
		_, there := doc.Get(path)
		assert.False(t, there, path)
	}

	value, _ := doc.Get("d")
	put, err := doc.Put("a.b.0", value, at)
	require.NoError(t, err)
	got, _ := put.Get("a.b.0")
	assert.Equal(t, `"x"`, got.Canonical())
	_, err = doc.Put("a.b.7", value, at)
	assert.EqualError(t, err, `a.yaml:1:16: a.b is a list of 2; expected an index from 0 to 1, got "7"`)
	_, err = doc.Put("a..b", value, at)
	assert.EqualError(t, err, `a.yaml:1:16: expected names separated by dots, such as traffic.0.load, got "a..b"`)
	_, err = doc.Put(strings.Repeat("a.", MaxDepth)+"a", value, at)
	assert.EqualError(t, err, "a.yaml:1:16: nested too deeply: more than 100 levels")
	assert.Equal(t, before, string(doc.Canonical()))
	assert.EqualError(t, doc.Root().Fault("no %d", 3), "a.yaml:1:1: no 3")
}

// Faults of several files stay together, each file's in the order of its lines; overrides come last.
func TestFaultsByFile(t *testing.T) {
	top, err := Parse("b.yaml", []byte("\n\nx: 1\n"))
	require.NoError(t, err)
	base, err := Parse("a.yaml", []byte("y: 1\n\n\n\n\nz: 2\n"))
	require.NoError(t, err)
	top.Over(base, "")
	require.NoError(t, top.Set("w", "1"))
	var errs Errors
	require.ErrorAs(t, top.Decode(&struct{}{}), &errs)
	var got []string
	for _, e := range errs {
		got = append(got, fmt.Sprintf("%s:%d", e.File, e.Line))
	}
	assert.Equal(t, []string{"a.yaml:1", "a.yaml:6", "b.yaml:3", "--set w:0"}, got)
}
