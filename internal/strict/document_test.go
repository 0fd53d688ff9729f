package strict_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/internal/strict"
)

func parse(t require.TestingT, src string) *strict.Document {
	doc, err := strict.Parse("f.yaml", []byte(src))
	require.NoError(t, err)
	return doc
}

func TestSet(t *testing.T) {
	tests := []struct{ name, src, path, value, want string }{
		{"replaces", "a: {b: 1}", "a.b", "2", `{? "a" : {? "b" : 2}}`},
		{"adds a key", "a: {b: 1}", "a.c", "x y", `{? "a" : {? "b" : 1, ? "c" : "x y"}}`},
		{"creates the way down", "a: 1", "b.c.d", "true", `{? "a" : 1, ? "b" : {? "c" : {? "d" : true}}}`},
		{"fills what is null", "a:", "a.b", "1", `{? "a" : {? "b" : 1}}`},
		{"a list index", "a: [{b: 1}, {b: 2}]", "a.1.b", "3", `{? "a" : [{? "b" : 1}, {? "b" : 3}]}`},
		{"a list value", "a: 1", "a", "[x, {y: 2}]", `{? "a" : ["x", {? "y" : 2}]}`},
		{"an empty value", "a: 1", "a", "", `{? "a" : null}`},
		{"a numeric key", "a: {0: 1}", "a.0", "5", `{? "a" : {? "0" : 5}}`},
		{"an alias is cut loose", "a: &a {x: 1}\nb: *a", "b.x", "2", `{? "a" : {? "x" : 1}, ? "b" : {? "x" : 2}}`},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			doc := parse(t, tc.src)
			require.NoError(t, doc.Set(tc.path, tc.value))
			assert.Equal(t, tc.want+"\n", string(doc.Canonical()))
		})
	}
}

func TestSetErrors(t *testing.T) {
	tests := []struct{ path, value, want string }{
		{"items.2.name", "x", `--set items.2.name: items is a list of 1; expected an index from 0 to 0, got "2"`},
		{"items.-1", "x", `--set items.-1: items is a list of 1; expected an index from 0 to 0, got "-1"`},
		{"items.first", "x", `--set items.first: items is a list of 1; expected an index from 0 to 0, got "first"`},
		{"steps.0", "x", `--set steps.0: steps is an empty list; set the whole list`},
		{"run.x", "1", `--set run.x: run is the text "1ms", not a mapping or a list; nothing can be set inside it`},
		{"version.x", "1", `--set version.x: version is 1, not a mapping or a list; nothing can be set inside it`},
		{"", "1", `--set : expected names separated by dots, such as traffic.0.load`},
		{"a..b", "1", `--set a..b: expected names separated by dots, such as traffic.0.load`},
		{"a", "[", `--set a: did not find expected node content while parsing a flow node`},
		{"a", "{b: 1, b: 2}", `--set a: duplicate key "b"; the first is at 1:2`},
		{strings.Repeat("a.", 200) + "a", "1", "--set " + strings.Repeat("a.", 200) + `a: nested too deeply: more than 100 levels`},
		{strings.Repeat("a.", 60) + "a", strings.Repeat("[", 60) + strings.Repeat("]", 60), "--set " + strings.Repeat("a.", 60) + `a: nested too deeply once aliases are expanded: more than 100 levels`},
	}
	for _, tc := range tests {
		doc := parse(t, "version: 1\nrun: 1ms\nsteps: []\nitems: [{name: a}]")
		before := string(doc.Canonical())
		assert.EqualError(t, doc.Set(tc.path, tc.value), tc.want)
		assert.Equal(t, before, string(doc.Canonical()), "a refused override must change nothing")
	}
}

func TestErrorsInsideOverridesNameThem(t *testing.T) {
	doc := parse(t, "version: 9\nsteps: [{a: b}]\n")
	for _, s := range [][2]string{{"run", "10"}, {"itmes", "[]"}, {"maybe.loop", "1"}, {"steps", "[a, [b]]"}} {
		require.NoError(t, doc.Set(s[0], s[1]))
	}
	var c config
	err := doc.Decode(&c)
	require.Error(t, err)
	assert.Equal(t, `f.yaml:1:10: expected a whole number from 1 to 2, got 9
--set steps: expected a name or a mapping, got a list
--set run: "10" has no unit; write 10ms
--set itmes: unknown key "itmes"; did you mean "items"? (valid: note, version, mode, lanes, seed, small, factor, run, steps, items, names, weights, index, maybe)
--set maybe.loop: expected true or false, got 1
--set maybe.loop: missing key "name"`, err.Error())
}

// walker looks around with the methods of Node.
type walker struct{ seen []string }

func (w *walker) UnmarshalStrict(n *strict.Node) {
	for _, keys := range [][]string{{"a", "b"}, {"a", "z", "b"}, {"z"}, {"c"}} {
		at := n.At(keys...)
		line, col := at.Pos()
		w.seen = append(w.seen, fmt.Sprintf("%v %s:%d:%d %v %s", keys, at.File(), line, col, at.FromSet(), at.Describe()))
	}
	ok := n.At("a").Has("b") && !n.At("a").Has("z") && !n.At("a", "b").Has("b") && len(n.At("a", "b").Items()) == 0
	w.seen = append(w.seen, fmt.Sprint(ok))
}

func TestNodeAt(t *testing.T) {
	doc := parse(t, "a:\n  b: 5\n")
	require.NoError(t, doc.Set("c", "[x]"))
	var w walker
	require.NoError(t, doc.Decode(&w))
	assert.Equal(t, []string{"[a b] f.yaml:2:6 false 5", "[a z b] f.yaml:2:3 false a mapping", "[z] f.yaml:1:1 false a mapping",
		"[c] --set c:0:0 true a list", "true"}, w.seen)
}

func TestLongValuesAreShortened(t *testing.T) {
	_, err := decode(t, "version: 1\nmode: "+strings.Repeat("é", 1000)+"\nseed: "+strings.Repeat("9", 1000))
	require.Error(t, err)
	assert.Less(t, len(err.Error()), 600)
}

func TestMapsNeedMappings(t *testing.T) {
	_, err := decode(t, "version: 1\nindex: []\nweights: 5\n")
	assert.EqualError(t, err, "f.yaml:2:8: expected a mapping, got a list\nf.yaml:3:10: expected a mapping, got 5")
}

func TestCanonicalForgetsLayoutAndOrder(t *testing.T) {
	a := parse(t, "# a comment\nb: [1, 'two', \"thr\\u0065e\"]\na: {y: &v 1.5, x: *v}\n")
	b := parse(t, "a:\n  x: 1.5   # here\n  y: 1.5\nb:\n- 1\n- two\n- three\n")
	assert.Equal(t, `{? "a" : {? "x" : 1.5, ? "y" : 1.5}, ? "b" : [1, "two", "three"]}`+"\n", string(a.Canonical()))
	assert.Equal(t, string(a.Canonical()), string(b.Canonical()))
}

func TestCanonicalTellsValuesApart(t *testing.T) {
	seen := map[string]string{}
	for _, src := range []string{"a: 1", "a: '1'", "a: [1]", "a: {1: 1}", "a: ~", "a: 'null'", "a: [1, 2]", "a: [2, 1]", "a: ['1, 2']", "a: true",
		"a: 'true'", "a: !!bool yes", "a: yes", "b: 1", "a: {}", "a: []", "a: \"x\\ny\"", "a: x y"} {
		c := string(parse(t, src).Canonical())
		assert.Empty(t, seen[c], "%q looks like %q", src, seen[c])
		seen[c] = src
	}
}

// yamlValue draws a value and its YAML text, in flow style.
func yamlValue(depth int) *rapid.Generator[string] {
	scalar := rapid.OneOf(
		rapid.Custom(func(t *rapid.T) string { return fmt.Sprint(rapid.Int().Draw(t, "int")) }),
		rapid.SampledFrom([]string{"~", "true", "2001-01-01", "1.5e3", "0x1F", "plain text", "!!int x", "!!str 5"}),
		rapid.Custom(func(t *rapid.T) string { return fmt.Sprintf("%q", rapid.String().Draw(t, "s")) }),
	)
	if depth == 0 {
		return scalar
	}
	return rapid.Custom(func(t *rapid.T) string {
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			return scalar.Draw(t, "scalar")
		case 1:
			return "[" + strings.Join(rapid.SliceOfN(yamlValue(depth-1), 0, 4).Draw(t, "items"), ", ") + "]"
		}
		var fields []string
		for _, k := range rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,5}`), 0, 4, rapid.ID).Draw(t, "keys") {
			fields = append(fields, k+": "+yamlValue(depth-1).Draw(t, "value"))
		}
		return "{" + strings.Join(fields, ", ") + "}"
	})
}

func TestCanonicalIsAFixedPoint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc, err := strict.Parse("f.yaml", []byte("a: "+yamlValue(3).Draw(t, "value")))
		if err != nil {
			t.Skip(err) // Go's %q and YAML differ about some control characters
		}
		once := doc.Canonical()
		assert.Equal(t, string(once), string(parse(t, string(once)).Canonical()))
	})
}

func TestSetEqualsWritingIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := yamlValue(2).Draw(t, "value")
		written, err := strict.Parse("f.yaml", []byte("a: {b: "+v+"}"))
		if err != nil {
			t.Skip(err)
		}
		set := parse(t, "a: {b: 1}")
		require.NoError(t, set.Set("a.b", v))
		assert.Equal(t, string(written.Canonical()), string(set.Canonical()))
	})
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"version: 1\nsteps: [a, {b: 2}]\n", "a: &a [*a]", "<<: {a: 1}", "? x\n: y", "a: !!int x", "items: [{name: a}]\n---\n"} {
		f.Add([]byte(s), "items.0.name", "[1, {a: b}]")
	}
	f.Fuzz(func(t *testing.T, src []byte, path, value string) {
		doc, err := strict.Parse("f.yaml", src)
		if err != nil {
			return
		}
		_ = doc.Set(path, value)
		var c config
		_ = doc.Decode(&c)
		once := doc.Canonical()
		again, err := strict.Parse("f.yaml", once)
		if len(once) > strict.MaxSource {
			return
		}
		if err != nil {
			t.Fatalf("canonical form does not parse: %v\n%s", err, once)
		}
		if twice := again.Canonical(); string(twice) != string(once) {
			t.Fatalf("canonical form changes:\n%s%s", once, twice)
		}
	})
}

func BenchmarkDecodeManyItems(b *testing.B) {
	src := []byte("version: 1\nitems:\n" + strings.Repeat("- {name: abc, loop: true, wait: 10ms}\n", 20000))
	for b.Loop() {
		var c config
		if err := strict.Decode("f.yaml", src, &c); err != nil {
			b.Fatal(err)
		}
	}
}
