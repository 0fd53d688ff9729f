// Package profiles holds the hardware profiles that the program ships.
package profiles

import "embed"

// Files are the profiles, one YAML file each.
//
//go:embed *.yaml
var Files embed.FS
