// Package schemagen writes a JSON Schema of what package strict decodes, for editors that complete and check files. It is draft-07:
// yaml-language-server takes that in every version, as do the editors that have a checker of their own, and nothing of later
// drafts is needed.
package schemagen

import (
	"bytes"
	"encoding/json"
)

// Draft is the value of $schema.
const Draft = "http://json-schema.org/draft-07/schema#"

// Schema is a JSON Schema, as far as it is needed here. The zero value allows everything.
type Schema struct {
	Draft       string `json:"$schema,omitempty"`
	ID          string `json:"$id,omitempty"`
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	// Ref names a definition. In draft-07 what stands beside it is for people only.
	Ref      string      `json:"$ref,omitempty"`
	Type     any         `json:"type,omitempty"` // a name or a list of names
	Enum     []any       `json:"enum,omitempty"`
	Const    any         `json:"const,omitempty"`
	Pattern  string      `json:"pattern,omitempty"`
	Minimum  json.Number `json:"minimum,omitempty"`
	Maximum  json.Number `json:"maximum,omitempty"`
	Default  any         `json:"default,omitempty"`
	Examples []any       `json:"examples,omitempty"`
	AnyOf    []*Schema   `json:"anyOf,omitempty"`
	Not      *Schema     `json:"not,omitempty"`
	Items    *Schema     `json:"items,omitempty"`
	MinItems int         `json:"minItems,omitempty"`
	MaxItems int         `json:"maxItems,omitempty"`
	Unique   bool        `json:"uniqueItems,omitempty"`
	Keys     Properties  `json:"properties,omitempty"`
	Patterns Properties  `json:"patternProperties,omitempty"`
	Names    *Schema     `json:"propertyNames,omitempty"`
	Required []string    `json:"required,omitempty"`
	MinKeys  int         `json:"minProperties,omitempty"`
	MaxKeys  int         `json:"maxProperties,omitempty"`
	Others   *Others     `json:"additionalProperties,omitempty"`
	Defs     Properties  `json:"definitions,omitempty"`
}

// Others is what keys without a schema of their own may be; nil Of allows none.
type Others struct{ Of *Schema }

// MarshalJSON writes false or the schema.
func (o *Others) MarshalJSON() ([]byte, error) {
	if o.Of == nil {
		return []byte("false"), nil
	}
	return plain(o.Of)
}

// Property is a key and its schema.
type Property struct {
	Name   string
	Schema *Schema
}

// Properties are keys in order, which editors show.
type Properties []Property

// MarshalJSON writes an object with the keys in their order.
func (p Properties) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, one := range p {
		if i > 0 {
			out.WriteByte(',')
		}
		name, err := plain(one.Name)
		if err != nil {
			return nil, err
		}
		value, err := plain(one.Schema)
		if err != nil {
			return nil, err
		}
		out.Write(name)
		out.WriteByte(':')
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// plain is json.Marshal that leaves < and > readable.
func plain(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(out.Bytes()), err
}

// Text returns the schema as indented JSON.
func (s *Schema) Text() ([]byte, error) {
	flat, err := plain(s)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, flat, "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
