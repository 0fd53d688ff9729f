package scenarios

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestReferenceIsCurrent keeps docs/scenario-keys.md as the schema is. After a change run make golden.
func TestReferenceIsCurrent(t *testing.T) {
	want := reference(generate(t))
	const file = "../docs/scenario-keys.md"
	if *Update {
		require.NoError(t, os.WriteFile(file, []byte(want), 0o644))
	}
	have, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, want, string(have), "docs/scenario-keys.md is not of these types: run make golden")
}

// Every key of the schema has a row.
func TestReferenceHasEveryKey(t *testing.T) {
	text := reference(generate(t))
	for _, key := range []string{"version", "rack.server.nic.vf.max_rate", "dsn.traffic_manager.classes[].alpha", "services[].firewall.rules[].dport",
		"services[].lb.vips[].backends[].drain", "traffic[].flows.concurrent", "workloads[].queue_pairs", "run.precision", "prices.pue", "attacks[].kind", "matrix.include"} {
		assert.Contains(t, text, "`"+key+"`", key)
	}
	assert.NotContains(t, text, "|  |", "an empty cell")
}

// reference lists all keys for people: where they stand, what they take, what they are.
func reference(s *schema) string {
	var out strings.Builder
	out.WriteString("# Keys of scenario files\n\nMade from `scenarios/schema.json`; docs/scenario.md explains how files are put together. `[]` is each item of a list. " +
		"Defaults are those without a\n`target:`. A **bold** key is required where what it stands in is given.\n")
	for _, p := range s.Keys {
		fmt.Fprintf(&out, "\n## %s\n\n| key | values | default | |\n|---|---|---|---|\n", p.Name)
		r := &rows{defs: map[string]*schema{}, out: &out}
		for _, d := range s.Defs {
			r.defs["#/definitions/"+d.Name] = d.Schema
		}
		r.add(p.Name, p.Schema, p.Name == "version")
	}
	return out.String()
}

// rows writes a row for each key below one.
type rows struct {
	defs map[string]*schema
	out  *strings.Builder
}

func (r *rows) follow(s *schema) *schema {
	if s.Ref != "" {
		return r.defs[s.Ref]
	}
	return s
}

func (r *rows) add(path string, s *schema, required bool) {
	name := "`" + path + "`"
	if required {
		name = "**" + name + "**"
	}
	value := " "
	if s.Default != nil {
		value = "`" + strings.Trim(fmt.Sprint(s.Default), "[]") + "`"
	}
	about := s.Description
	if about == "" {
		about = r.follow(s).Description
	}
	fmt.Fprintf(r.out, "| %s | %s | %s | %s |\n", name, cell(r.takes(s)), dash(value), dash(cell(about)))
	r.below(path, s)
}

func dash(text string) string {
	if strings.TrimSpace(text) == "" {
		return "-"
	}
	return text
}

func cell(text string) string { return strings.ReplaceAll(text, "|", "\\|") }

// below adds the keys of a mapping, of the items of a list, and of every form of a value.
func (r *rows) below(path string, s *schema) {
	s = r.follow(s)
	for _, p := range s.Keys {
		required := false
		for _, k := range s.Required {
			required = required || k == p.Name
		}
		r.add(path+"."+p.Name, p.Schema, required)
	}
	if s.Items != nil {
		r.below(path+"[]", s.Items)
	}
	for _, form := range s.AnyOf {
		r.below(path, form)
	}
}

// takes says in words what a value may be.
func (r *rows) takes(s *schema) string {
	s = r.follow(s)
	switch {
	case len(s.AnyOf) > 0:
		var forms []string
		for _, f := range s.AnyOf {
			forms = append(forms, r.takes(f))
		}
		return strings.Join(forms, ", or ")
	case len(s.Enum) > 0:
		var names []string
		for _, e := range s.Enum {
			names = append(names, fmt.Sprintf("`%v`", e))
		}
		return strings.Join(names, " ")
	case s.Items != nil:
		return "list of " + r.takes(s.Items)
	case len(s.Keys) > 0, s.Others != nil, s.Type == "object":
		return "mapping"
	case s.Type == "integer" || s.Type == "number":
		return map[any]string{"integer": "whole number", "number": "number"}[s.Type] + span(s)
	case s.Type == "boolean":
		return "true or false"
	case s.Type == "array":
		return "list"
	case s.Type == "null":
		return "nothing"
	case len(s.Examples) > 0 && s.Title != "":
		return fmt.Sprintf("%s, such as `%v`", strings.ReplaceAll(s.Title, "_", " "), s.Examples[0])
	case len(s.Examples) > 0:
		return fmt.Sprintf("text such as `%v`", s.Examples[0])
	}
	return "text"
}

func span(s *schema) string {
	switch {
	case s.Minimum != "" && s.Maximum != "":
		return fmt.Sprintf(" from %s to %s", s.Minimum, s.Maximum)
	case s.Minimum != "":
		return fmt.Sprintf(" from %s", s.Minimum)
	case s.Maximum != "":
		return fmt.Sprintf(" up to %s", s.Maximum)
	}
	return ""
}
