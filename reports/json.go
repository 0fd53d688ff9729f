package reports

import (
	"bytes"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// writeJSON writes the report as one object. What is empty is written as [] or {}, never null, so that a script can
// loop over it without asking first.
func writeJSON(out *bytes.Buffer, r *result.Report, _ Options) error {
	return writeIndented(out, r.Filled())
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
