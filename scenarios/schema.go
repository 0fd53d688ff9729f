package scenarios

import _ "embed"

// schemaFile is made from the types of this package and the comments at their fields by go test -update (make golden); a test
// keeps it current.
//
//go:embed schema.json
var schemaFile []byte

// JSONSchema returns the JSON Schema (draft-07) of scenario files, for editors.
func JSONSchema() []byte { return append([]byte(nil), schemaFile...) }
