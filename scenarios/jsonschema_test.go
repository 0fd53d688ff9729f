package scenarios

import (
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/schemagen"
	"github.com/dsnsim/dsnsim/scenarios/services"
)

// generate makes the schema of scenario files from the types that they are decoded into and the comments at their fields.
func generate(t testing.TB) *schemagen.Schema {
	t.Helper()
	docs := map[string]string{}
	for _, folder := range folders() {
		one, err := schemagen.Comments(folder)
		require.NoError(t, err)
		maps.Copy(docs, one)
	}
	for name, text := range said {
		docs[name] = text
	}
	for name, text := range docs {
		for as, of := range map[string]string{"pricesKeys": "Prices", "backendKeys": "Backend"} {
			if field, ok := strings.CutPrefix(name, of+"."); ok {
				docs[as+"."+field] = text
			}
		}
	}
	g := &schemagen.Generator{Forms: forms(), Fields: fieldForms(), Docs: docs}
	plain := Defaults("")
	plain.Name = ""
	s := g.Root(plain)
	s.Title = "dsnsim scenario"
	s.Description = "What dsnsim simulates: a rack, the DSN in it, a chain of services and traffic. docs/scenario-keys.md lists all keys."
	s.Patterns = schemagen.Properties{{Name: "^x-", Schema: &schemagen.Schema{Description: "Anything, for anchors and notes."}}}
	s.AnyOf = needs("traffic", "workloads", "extends", "matrix")
	require.Empty(t, g.Faults, "the schema cannot be made of the types")
	for name := range said {
		name = strings.Replace(strings.Replace(name, "Prices.", "pricesKeys.", 1), "Backend.", "backendKeys.", 1)
		require.True(t, g.Seen[name], "%s is no key of the schema: take it out of said", name)
	}
	return s
}

// folders lists those with types of the schema.
func folders() []string {
	list := []string{".", "demand", "chain"}
	for _, k := range services.All {
		if k.Keys == nil {
			continue
		}
		_, folder, _ := strings.Cut(reflect.TypeOf(k.Keys).PkgPath(), "/scenarios/")
		if !slices.Contains(list, folder) {
			list = append(list, folder)
		}
	}
	return list
}

// TestSchemaIsCurrent keeps schema.json as the types are. After a change of a section run make golden.
func TestSchemaIsCurrent(t *testing.T) {
	want, err := generate(t).Text()
	require.NoError(t, err)
	if *Update {
		require.NoError(t, os.WriteFile("schema.json", want, 0o644))
		return // what is embedded is from before
	}
	have, err := os.ReadFile("schema.json")
	require.NoError(t, err)
	require.Equal(t, string(want), string(have), "schema.json is not of these types: run make golden")
	require.Equal(t, string(want), string(JSONSchema()))
}
