package reports

import (
	"encoding/json"
	"io"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// writeJSON writes the report as one object. Keys of maps are sorted; a value that is not a number is an error.
func writeJSON(w io.Writer, r *result.Report, _ Options) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
