//go:build unix

package infile

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

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

// A file that calls itself regular and has nothing to read yet does not hold its reader up for ever.
func TestRegularFileThatWaits(t *testing.T) {
	const path = "/proc/kmsg" // the log of the kernel, for root
	if file, err := os.Open(path); err != nil {
		t.Skip("cannot be opened here: ", err)
	} else {
		file.Close()
	}
	done := make(chan error, 1)
	go func() {
		_, err := Files{}.Read(path, 1<<30)
		done <- err
	}()
	select {
	case err := <-done:
		assert.Error(t, err)
	case <-time.After(20 * longestWait):
		t.Fatal("it waits")
	}
}
