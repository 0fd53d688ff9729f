// Package reports prints a result in the formats that people and other programs read, one file a format.
package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/strict"
)

// Options says how to print; it does not change what is printed.
type Options struct {
	// Width is how many columns a table may take; 0 means 80.
	Width int
}

// format is one way to print a report.
type format struct {
	name  string
	write func(w io.Writer, r *result.Report, opt Options) error
}

// formats lists the formats. A new one is a file and a line here.
var formats = []format{
	{"table", writeTable},
	{"csv", writeCSV},
	{"json", writeJSON},
}

// Names lists the names of the formats.
func Names() []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// Known reports whether there is a format of that name.
func Known(name string) bool {
	for _, f := range formats {
		if f.name == name {
			return true
		}
	}
	return false
}

// Write prints a report in a format.
func Write(w io.Writer, name string, r *result.Report, opt Options) error {
	if opt.Width <= 0 {
		opt.Width = 80
	}
	for _, f := range formats {
		if f.name == name {
			return f.write(w, r, opt)
		}
	}
	return fmt.Errorf("format %q is not known%s (formats: %s)", name, strict.DidYouMean(name, Names()), strings.Join(Names(), ", "))
}
