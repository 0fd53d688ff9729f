package strict_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/strict"
)

// span is a stand-in for a unit: digits and "ms".
type span int

func (s *span) UnmarshalText(b []byte) error {
	digits, found := strings.CutSuffix(string(b), "ms")
	if !found {
		return fmt.Errorf("%q has no unit; write 10ms", b)
	}
	_, err := fmt.Sscanf(digits, "%d", (*int)(s))
	return err
}

type item struct {
	Name string `yaml:"name" strict:"required"`
	Loop bool   `yaml:"loop"`
	Wait span   `yaml:"wait"`
}

func (i *item) SetDefaults() { i.Loop = true }

// step is polymorphic: a bare name, or a mapping of the name to its number of rules.
type step struct {
	Name      string
	Rules     int
	Line, Col int
}

func (s *step) UnmarshalStrict(n *strict.Node) {
	s.Line, s.Col = n.Pos()
	switch n.Kind() {
	case strict.Scalar:
		s.Name = n.Text()
	case strict.Mapping:
		f := n.Fields()
		if len(f) != 1 {
			n.Errorf("expected one name, got %d", len(f))
			return
		}
		s.Name = f[0].Name
		f[0].Value.Decode(&s.Rules)
	default:
		n.Errorf("expected a name or a mapping, got %s", n.Describe())
	}
}

type common struct {
	Note string `yaml:"note"`
}

type config struct {
	common  `yaml:",inline"`
	Version int                `yaml:"version" strict:"required,min=1,max=2"`
	Mode    string             `yaml:"mode" strict:"oneof=network|host"`
	Lanes   int                `yaml:"lanes" strict:"oneof=1|2|4|8|16"`
	Seed    uint64             `yaml:"seed"`
	Small   int8               `yaml:"small"`
	Factor  float64            `yaml:"factor" strict:"min=0,max=10"`
	Run     span               `yaml:"run"`
	Steps   []step             `yaml:"steps"`
	Items   []item             `yaml:"items"`
	Names   []string           `yaml:"names" strict:"oneof=nic|tor"`
	Weights map[string]int     `yaml:"weights"`
	Index   map[string]float64 `yaml:"index"`
	Maybe   *item              `yaml:"maybe"`
	Skipped chan int
}

func decode(t *testing.T, src string) (config, error) {
	t.Helper()
	c := config{Mode: "network", Lanes: 16}
	err := strict.Decode("f.yaml", []byte(src), &c)
	return c, err
}

func TestDecodesEveryForm(t *testing.T) {
	c, err := decode(t, `# comment
x-base: &base {loop: false, wait: 3ms}
note: 007
version: 1
mode: host
lanes: +4
seed: 18446744073709551615
small: -0x80
factor: 2.5
run: 10ms
steps: [parse, {acl: 1_000}]
items:
  - name: a
  - <<: *base
    name: b
    wait: 4ms
names: [tor, nic]
weights: {64B: 7, 1518B: 1, 570B: 4}
index: {one: 1, two: 2e3}
maybe: {name: c}
`)
	require.NoError(t, err)
	assert.Equal(t, config{
		common: common{Note: "007"}, Version: 1, Mode: "host", Lanes: 4, Seed: 18446744073709551615, Small: -128, Factor: 2.5, Run: 10,
		Steps:   []step{{"parse", 0, 11, 9}, {"acl", 1000, 11, 16}},
		Items:   []item{{"a", true, 0}, {"b", false, 4}},
		Names:   []string{"tor", "nic"},
		Weights: map[string]int{"64B": 7, "1518B": 1, "570B": 4},
		Index:   map[string]float64{"one": 1, "two": 2000},
		Maybe:   &item{"c", true, 0},
	}, c)
}

func TestKeepsWhatTheFileDoesNotMention(t *testing.T) {
	c, err := decode(t, "version: 1\nmaybe: ~\n")
	require.NoError(t, err)
	assert.Equal(t, config{Version: 1, Mode: "network", Lanes: 16}, c)
}

func TestErrorTexts(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"unknown key", "version: 1\nlanse: 4\n", `f.yaml:2:1: unknown key "lanse"; did you mean "lanes"? (valid: note, version, mode, lanes, seed, small, factor, run, steps, items, names, weights, index, maybe)`},
		{"unknown key, nothing near", "version: 1\nmaybe: {name: x, zzzzzz: 4}\n", `f.yaml:2:18: unknown key "zzzzzz" (valid: name, loop, wait)`},
		{"x- only at the top", "version: 1\nmaybe: {name: x, x-a: 4}\n", `f.yaml:2:18: unknown key "x-a" (valid: name, loop, wait)`},
		{"keys of a stranger", "root:$6$saltsalt$hashhash: 1\n", `f.yaml:1:1: unknown key "root:$6$..." (valid: note, version, mode, lanes, seed, small, factor, run, steps, items, names, weights, index, maybe)
f.yaml:1:1: missing key "version"`},
		{"a long key among ours", "version: 1\nroot:$6$saltsalt: 1\n", `f.yaml:2:1: unknown key "root:$6$saltsalt" (valid: note, version, mode, lanes, seed, small, factor, run, steps, items, names, weights, index, maybe)`},
		{"missing", "seed: 1\n", `f.yaml:1:1: missing key "version"`},
		{"missing in an item", "version: 1\nitems:\n  - {loop: true}\n", `f.yaml:3:5: missing key "name"`},
		{"above", "version: 3", `f.yaml:1:10: expected a whole number from 1 to 2, got 3`},
		{"not whole", "version: 1.5", `f.yaml:1:10: expected a whole number from 1 to 2, got 1.5`},
		{"quoted", "version: '1'", `f.yaml:1:10: expected a whole number from 1 to 2, got the text "1"`},
		{"leading zero", "version: 01", `f.yaml:1:10: expected a whole number from 1 to 2 without leading zeros, got 01`},
		{"overflow", "version: 1\nsmall: 128", `f.yaml:2:8: expected a whole number from -128 to 127, got 128`},
		{"negative", "version: 1\nseed: -1", `f.yaml:2:7: expected a whole number from 0 to 18446744073709551615, got -1`},
		{"float", "version: 1\nfactor: .inf", `f.yaml:2:9: expected a number from 0 to 10, got .inf`},
		{"float range", "version: 1\nfactor: 11", `f.yaml:2:9: expected a number from 0 to 10, got 11`},
		{"enum", "version: 1\nmode: hots", `f.yaml:2:7: expected one of network, host, got the text "hots"; did you mean "host"?`},
		{"enum of integers", "version: 1\nlanes: 3", `f.yaml:2:8: expected one of 1, 2, 4, 8, 16, got 3`},
		{"enum in a list", "version: 1\nnames: [nic, tro]", `f.yaml:2:14: expected one of nic, tor, got the text "tro"; did you mean "tor"?`},
		{"bool", "version: 1\nitems: [{name: a, loop: yes}]", `f.yaml:2:25: expected true or false, got the text "yes"`},
		{"text unmarshaller", "version: 1\nrun: 10", `f.yaml:2:6: "10" has no unit; write 10ms`},
		{"text unmarshaller, null", "version: 1\nrun:\n", `f.yaml:2:5: expected a value, got nothing`},
		{"mapping wanted", "version: 1\nmaybe: [a]", `f.yaml:2:8: expected a mapping, got a list`},
		{"mapping wanted, nothing there", "version: 1\nweights:\n", `f.yaml:2:9: expected a mapping, got nothing`},
		{"list wanted", "version: 1\nitems: {name: a}", `f.yaml:2:8: expected a list, got a mapping`},
		{"text wanted", "version: 1\nnote: []", `f.yaml:2:7: expected text, got a list`},
		{"own unmarshaller", "version: 1\nsteps: [[a]]", `f.yaml:2:9: expected a name or a mapping, got a list`},
		{"below own unmarshaller", "version: 1\nsteps: [{a: b}]", `f.yaml:2:13: expected a whole number, got the text "b"`},
		{"duplicate", "version: 1\nseed: 1\nseed: 2\n", `f.yaml:3:1: duplicate key "seed"; the first is at 2:1`},
		{"duplicate in flow", "version: 1\nindex: {a: 1, é: 2, a: 3}\n", `f.yaml:2:21: duplicate key "a"; the first is at 2:9`},
		{"odd key", "version: 1\nindex: {[a]: 1}", `f.yaml:2:9: expected a name as key, got a list`},
		{"tag", "version: 1\nnote: !secret x", `f.yaml:2:7: tag !secret is not supported`},
		{"binary tag", "version: 1\nnote: !!binary x", `f.yaml:2:7: tag !!binary is not supported`},
		{"merging a scalar", "version: 1\nx-a: &a b\nmaybe: {name: a, <<: *a}", `f.yaml:3:22: expected a mapping to merge, got the text "b"`},
		{"alias of a wrong value, once", "version: 1\nx-a: &a 5\nsteps: [{a: b}]\nrun: *a\nitems: [{name: a, wait: *a}]", "f.yaml:2:6: \"5\" has no unit; write 10ms\nf.yaml:3:13: expected a whole number, got the text \"b\""},
		{"cycle", "version: 1\nitems: &a [*a]", `f.yaml:2:12: alias *a stands inside the value that it names`},
		{"unknown alias", "version: *a", `f.yaml:1:10: unknown anchor 'a' referenced`},
		{"empty", "", `f.yaml:1:1: the file is empty; expected a mapping`},
		{"only a comment", "# nothing\n", `f.yaml:1:1: the file is empty; expected a mapping`},
		{"only a mark", "---\n", `f.yaml:2:1: expected a mapping, got nothing`},
		{"list at the top", "- a", `f.yaml:1:1: expected a mapping, got a list`},
		{"a secret at the top", "ghp_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789", `f.yaml:1:1: expected a mapping, got text`},
		{"text at the top", "hello", `f.yaml:1:1: expected a mapping, got the text "hello"`},
		{"second document", "version: 1\n---\nversion: 1\n", `f.yaml:2:1: a second document begins here; a file holds one`},
		{"bad second document", "version: 1\n---\na: [", `f.yaml:4:1: did not find expected node content while parsing a flow node`},
		{"tab", "version: 1\nindex:\n\ta: 1\n", `f.yaml:3:1: found character that cannot start any token while scanning for the next token`},
		{"colon", "version: 1: 2", `f.yaml:1:11: mapping values are not allowed in this context`},
		{"open quote", "version: 'a\nb: 1\n", `f.yaml:3:1: found unexpected end of stream while scanning a quoted scalar that begins at 1:10`},
		{"not UTF-8", "version: 1\nnote: a\xff", `f.yaml:2:8: byte 0xff is not UTF-8 text`},
		{"control character", "note: \x00", `f.yaml:1:7: control character U+0000 is not allowed in YAML`},
		{"all at once, in order", "mode: hots\nversion: 9\nrun: 5\nseed: 1\nseed: 2", "f.yaml:1:7: expected one of network, host, got the text \"hots\"; did you mean \"host\"?\nf.yaml:2:10: expected a whole number from 1 to 2, got 9\nf.yaml:3:6: \"5\" has no unit; write 10ms\nf.yaml:5:1: duplicate key \"seed\"; the first is at 4:1"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			_, err := decode(t, tc.src)
			require.Error(t, err)
			assert.Equal(t, tc.want, err.Error())
			var es strict.Errors
			require.ErrorAs(t, err, &es)
			var e strict.Error
			assert.True(t, errors.As(err, &e))
		})
	}
}

func TestManyErrorsAreCut(t *testing.T) {
	_, err := decode(t, "version: 1\nsteps: ["+strings.Repeat("[],", 5000)+"]")
	var es strict.Errors
	require.ErrorAs(t, err, &es)
	require.Len(t, es, 101)
	assert.Equal(t, "4900 more errors are not shown", es[100].Msg)
}

// hostile are files that a careless decoder would expand to gigabytes or recurse on until it dies.
func hostile() map[string]string {
	var laughs, merges, chain, wide strings.Builder
	laughs.WriteString("x-a0: &a0 [1, 2, 3]\n")
	merges.WriteString("x-a0: &a0 {k0: 1}\n")
	chain.WriteString("x-a0: &a0 [1]\n")
	for i := 1; i < 40; i++ {
		fmt.Fprintf(&laughs, "x-a%d: &a%d [%s]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d,", i-1), 9))
	}
	for i := 1; i < 20000; i++ {
		fmt.Fprintf(&merges, "x-a%d: &a%d {<<: *a%d, k%d: 1}\n", i, i, i-1, i)
		fmt.Fprintf(&chain, "x-a%d: &a%d [*a%d]\n", i, i, i-1)
	}
	wide.WriteString("x-a: &a {")
	for i := range 5000 {
		fmt.Fprintf(&wide, "k%d: 1, ", i)
	}
	wide.WriteString("}\nx-b: {<<: [" + strings.Repeat("*a,", 50000) + "]}\n")
	return map[string]string{
		"billion laughs":     laughs.String() + "index: *a39\n",
		"merge chain":        merges.String(),
		"alias chain":        chain.String(),
		"one merge often":    wide.String(),
		"deep flow":          strings.Repeat("[", 200000),
		"deep flow mapping":  strings.Repeat("{a: ", 200000),
		"deep block":         strings.Repeat("- ", 200000),
		"deep explicit keys": strings.Repeat("? ", 200000),
		"too long":           "a: " + strings.Repeat("x", strict.MaxSource),
		"many values":        "index: [" + strings.Repeat("1,", 300000) + "]",
	}
}

func TestHostileFilesAreRefusedSoon(t *testing.T) {
	for name, src := range hostile() {
		t.Run(name, func(t *testing.T) {
			var c config
			start := time.Now()
			_, err := strict.Parse("f.yaml", []byte(src))
			t.Logf("%v after %v", err, time.Since(start))
			require.Error(t, err)
			assert.Error(t, strict.Decode("f.yaml", []byte(src), &c))
			assert.Regexp(t, `too many values|too deeply|too long|max depth`, err.Error())
			// Slow on a loaded machine is seconds; a bomb is for ever.
			assert.Less(t, time.Since(start), 20*time.Second)
		})
	}
}

func TestAuthorsFaultsPanic(t *testing.T) {
	assert.Panics(t, func() { _ = strict.Decode("f", []byte("a: 1"), config{}) })
	assert.Panics(t, func() { _ = strict.Decode("f", []byte("a: 1"), (*config)(nil)) })
	var bad struct {
		C chan int `yaml:"c"`
	}
	assert.Panics(t, func() { _ = strict.Decode("f", []byte("c: 1"), &bad) })
	var rule struct {
		C int `yaml:"c" strict:"least=1"`
	}
	assert.Panics(t, func() { _ = strict.Decode("f", []byte("c: 1"), &rule) })
}
