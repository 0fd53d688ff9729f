package scenarios

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// A scenario without a name has its file's, whatever that may hold: it begins no line of a report.
func TestNameOfAFile(t *testing.T) {
	for file, want := range map[string]string{"dir/rack.yaml": "rack", "a\n::error::x.yaml": "a-::error::x", "\x1b[31mred.yaml": "-[31mred", "\xff.yaml": "\ufffd"} {
		s := Defaults(file)
		assert.Equal(t, want, s.Name)
	}
	for name, good := range map[string]bool{"two words, µ": true, "a\u0085b": false, "a\u2028b": false, "a\u202eb": false, "a\x7f": false, "": false} {
		assert.Equal(t, good, printable(name), "%q", name)
	}
}
