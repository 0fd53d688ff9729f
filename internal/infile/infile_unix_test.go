//go:build unix

package infile

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSpecial refuses what has no end, also behind a link, without waiting for it.
func TestSpecial(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o644))
	link := filepath.Join(dir, "link")
	require.NoError(t, os.Symlink("/dev/zero", link))
	for path, want := range map[string]string{pipe: "is a pipe", "/dev/zero": "is a device", link: "is a device"} {
		_, err := Files{}.Open(path)
		assert.ErrorContains(t, err, want)
	}
	files, err := Below(dir)
	require.NoError(t, err)
	_, err = files.Open(pipe)
	assert.ErrorContains(t, err, "is a pipe")
	_, err = files.Open("/dev/zero")
	assert.ErrorIs(t, err, ErrOutside)
	in, err := Files{}.Open("-")
	require.NoError(t, err)
	assert.NoError(t, in.Close())
	_, err = os.Stdin.Stat()
	assert.NoError(t, err, "standard input stays open")
}
