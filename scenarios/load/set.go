package load

import (
	"strings"

	"github.com/dsnsim/dsnsim/internal/strict"
)

// applyTo puts those overrides that are of one key of the outermost mapping into the document, and returns the others.
func applyTo(doc *strict.Document, sets []string, key string) (others []string, errs strict.Errors) {
	var now []string
	for _, set := range sets {
		if path, _, found := strings.Cut(set, "="); found && firstOf(strings.TrimSpace(path)) == key {
			now = append(now, set)
		} else {
			others = append(others, set)
		}
	}
	return others, apply(doc, now)
}

// apply puts the overrides, each "path=value", into the document in order; a later one wins. It returns all that is
// wrong with them.
func apply(doc *strict.Document, sets []string) strict.Errors {
	var errs strict.Errors
	for _, set := range sets {
		path, value, found := strings.Cut(set, "=")
		if !found {
			errs = append(errs, strict.Error{File: "--set " + set, Msg: "expected path=value, such as traffic.0.load=40%"})
			continue
		}
		if err := doc.Set(strings.TrimSpace(path), value); err != nil {
			errs = append(errs, err.(strict.Errors)...)
		}
	}
	return errs
}
