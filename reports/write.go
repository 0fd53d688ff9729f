package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/dsnsim/dsnsim/internal/spell"
)

// form is one thing that can be written in several formats. A format whose function or value is nil is not one of them.
type form struct {
	what     string // in errors
	names    []string
	document func() *document
	csv      func(out *bytes.Buffer) error
	json     any
}

// write writes it in a format, with a single call of w.Write.
func (f *form) write(w io.Writer, format string, opt Options) error {
	var out bytes.Buffer
	var err error
	switch {
	case format == "table":
		err = writeDocument(&out, f.document(), opt)
	case format == "csv" && f.csv != nil:
		err = f.csv(&out)
	case format == "json":
		e := json.NewEncoder(&out)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		err = e.Encode(f.json)
	case format == "markdown" && f.csv != nil:
		markdownDocument(&out, f.document())
	default:
		return fmt.Errorf("format %q of %s is not known%s", format, f.what, spell.DidYouMean(format, f.names))
	}
	if err != nil {
		return fmt.Errorf("%s as %s: %w", f.what, format, err)
	}
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("write %s: %w", f.what, err)
	}
	return nil
}
