// Package stdout tells whether standard output was closed when the program began. Go's runtime opens /dev/null in its place
// before any Go code runs, so that a report would vanish and all be well; only what runs earlier can tell.
package stdout

import (
	"errors"
	"io"
	"os"
)

// Writer returns standard output, or where that was closed a writer that fails.
func Writer() io.Writer {
	if closed() {
		return refusing{}
	}
	return os.Stdout
}

// ErrClosed is the error of writing to a standard output that was closed.
var ErrClosed = errors.New("standard output is closed")

type refusing struct{}

// Write fails.
func (refusing) Write([]byte) (int, error) { return 0, ErrClosed }
