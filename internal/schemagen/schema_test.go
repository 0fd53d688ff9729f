package schemagen

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/units"
)

type inner struct {
	Depth uint8 `yaml:"depth"`
}

// own decodes itself: only a form says what it takes.
type own struct{}

func (own) UnmarshalStrict(*strict.Node) {}

type outer struct {
	Kind  string            `yaml:"kind" strict:"required,oneof=a|b"`
	Lanes int               `yaml:"lanes" strict:"oneof=1|2"`
	List  []int             `yaml:"list" strict:"min=1,max=9"`
	Seed  uint64            `yaml:"seed"`
	Share float64           `yaml:"share" strict:"min=0"`
	Ptr   *bool             `yaml:"ptr"`
	Map   map[string]inner  `yaml:"map"`
	Size  units.Bytes       `yaml:"size"`
	Other units.Bytes       `yaml:"other"`
	Free  string            `yaml:"free"`
	Own   own               `yaml:"own"`
	None  int               `yaml:"-"`
	Chan  map[string]string // no key
	inner `yaml:",inline"`
}

func docs(t reflect.Type) map[string]string {
	list := map[string]string{"inner": "what is inside"}
	for _, f := range strict.FieldsOf(t) {
		list[f.Owner.Name()+"."+f.Name] = "the " + f.Key
	}
	return list
}

// Each kind of field gives what the decoder takes.
func TestGenerator(t *testing.T) {
	of := reflect.TypeFor[outer]()
	g := &Generator{Docs: docs(of), Forms: map[reflect.Type]func(*Generator) *Schema{
		reflect.TypeFor[units.Bytes](): func(*Generator) *Schema { return &Schema{Title: "size", Type: "string", Pattern: "^[0-9]+B$"} },
	}, Fields: map[string]func(*Generator) *Schema{
		"outer.Own": func(*Generator) *Schema { return &Schema{Const: "x<y"} },
	}}
	text, err := g.Root(outer{Seed: 7, Ptr: nil, Size: 64, Free: "x", Kind: "a", inner: inner{3}}).Text()
	require.NoError(t, err)
	assert.Empty(t, g.Faults)
	assert.JSONEq(t, `{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "additionalProperties": false, "required": ["kind"],
"properties": {
 "kind": {"description": "the kind", "enum": ["a", "b"]},
 "lanes": {"description": "the lanes", "enum": [1, 2]},
 "list": {"description": "the list", "type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 9}},
 "seed": {"description": "the seed", "type": "integer", "minimum": 0, "maximum": 18446744073709551615, "default": 7},
 "share": {"description": "the share", "type": "number", "minimum": 0},
 "ptr": {"description": "the ptr", "type": "boolean"},
 "map": {"description": "the map", "type": "object", "additionalProperties": {"type": "object", "additionalProperties": false,
   "properties": {"depth": {"description": "the depth", "type": "integer", "minimum": 0, "maximum": 255}}}},
 "size": {"description": "the size", "$ref": "#/definitions/size", "default": "64B"},
 "other": {"description": "the other", "$ref": "#/definitions/size"},
 "free": {"description": "the free", "type": ["string", "number", "boolean"], "default": "x"},
 "own": {"description": "the own", "const": "x<y"},
 "depth": {"description": "the depth", "type": "integer", "minimum": 0, "maximum": 255}},
"definitions": {"size": {"title": "size", "type": "string", "pattern": "^[0-9]+B$"}}}`, string(text))
	assert.Contains(t, string(text), "x<y", "readable")
	assert.Less(t, strings.Index(string(text), `"kind"`), strings.Index(string(text), `"depth"`), "in the order of the struct")
}

// What cannot be described is told.
func TestFaults(t *testing.T) {
	g := &Generator{Docs: map[string]string{"outer.Kind": "x"}}
	g.Root(outer{})
	assert.Contains(t, g.Faults, "units.Bytes decodes itself, and no form says what it takes: add one")
	assert.Contains(t, g.Faults, `key "seed" has no description: write a comment at the field outer.Seed`)
	assert.True(t, g.Seen["inner.Depth"])

	type wrong struct {
		C chan int `yaml:"c"`
	}
	g = &Generator{Docs: map[string]string{"wrong.C": "x"}}
	g.Root(wrong{})
	assert.Equal(t, []string{"chan int cannot be decoded"}, g.Faults)
}

func TestComments(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "a.go"), []byte(`package a

// Thing is a thing.
type Thing struct {
	// CIR and CBS are the rate and
	// the burst.
	CIR int `+"`yaml:\"cir\"`"+`
	CBS int `+"`yaml:\"cbs\"`"+` // in bytes
	EBS int `+"`yaml:\"ebs\"`"+`
	// Last is not CIR.
	Last, More int
}
`), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "a_test.go"), []byte("not go"), 0o644))
	docs, err := Comments(folder)
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"Thing": "Thing is a thing.", "Thing.CIR": "cir and CBS are the rate and the burst.", "Thing.CBS": "in bytes",
		"Thing.Last": "Last is not CIR.", "Thing.More": "Last is not CIR."}, docs)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "b.go"), []byte("not go"), 0o644))
	_, err = Comments(folder)
	assert.Error(t, err)
}
