// Package starters holds commented scenarios to begin with, one for each kind of user.
package starters

import (
	"bytes"
	"embed"
)

//go:embed *.yaml
var files embed.FS

// SchemaName is the name that a starter gives the schema, which is expected beside it.
const SchemaName = "dsnsim.schema.json"

// Targets lists the kinds of user that presets and starters are for.
func Targets() []string { return []string{"enterprise", "cloud", "service-provider"} }

// For returns a commented scenario to begin with for one of Targets, which names the schema as SchemaName beside it, and whether
// there is one.
func For(target string) ([]byte, bool) {
	text, err := files.ReadFile(target + ".yaml")
	if err != nil {
		return nil, false
	}
	return bytes.Replace(text, []byte("$schema=../schema.json\n"), []byte("$schema="+SchemaName+"\n"), 1), true
}
