//go:build unix

package output

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func modeOf(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	return info.Mode().Perm()
}

// A new file gets what the umask leaves of 0644; one that is replaced keeps its mode.
func TestOutputMode(t *testing.T) {
	folder := t.TempDir()
	for umask, want := range map[int]fs.FileMode{0o022: 0o644, 0o077: 0o600, 0: 0o644} {
		old := syscall.Umask(umask)
		path := filepath.Join(folder, want.String())
		err := Write(io.Discard, path, writes("x"))
		syscall.Umask(old)
		require.NoError(t, err)
		assert.Equal(t, want, modeOf(t, path))
		require.NoError(t, os.Chmod(path, 0o660))
		require.NoError(t, Write(io.Discard, path, writes("y")))
		assert.Equal(t, fs.FileMode(0o660), modeOf(t, path))
		require.NoError(t, os.Remove(path))
	}
}

func TestOutputThroughLink(t *testing.T) {
	real, links := t.TempDir(), t.TempDir()
	link := filepath.Join(links, "latest.csv")
	require.NoError(t, os.WriteFile(filepath.Join(real, "out.csv"), []byte("old"), 0o600))
	require.NoError(t, os.Symlink(filepath.Join(real, "out.csv"), link))
	require.NoError(t, Write(io.Discard, link, writes("new")))
	onlyFile(t, real, "out.csv", "new")
	onlyFile(t, links, "latest.csv", "new")
	info, err := os.Lstat(link)
	require.NoError(t, err)
	assert.NotZero(t, info.Mode()&fs.ModeSymlink, "the link is still one")
}

// A device or a pipe must never be replaced by a file.
func TestOutputToDeviceAndPipe(t *testing.T) {
	require.NoError(t, Write(io.Discard, os.DevNull, writes("x")))
	info, err := os.Stat(os.DevNull)
	require.NoError(t, err)
	assert.NotZero(t, info.Mode()&fs.ModeDevice)

	folder := t.TempDir()
	pipe := filepath.Join(folder, "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	got := make(chan string)
	go func() {
		text, _ := os.ReadFile(pipe)
		got <- string(text)
	}()
	require.NoError(t, Write(io.Discard, pipe, writes("through the pipe")))
	assert.Equal(t, "through the pipe", <-got)
}

// A file that a run left behind when it was killed is in nobody's way.
func TestOutputBesideLeftovers(t *testing.T) {
	folder := t.TempDir()
	f, err := temporary(folder, 0o644)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	path := filepath.Join(folder, "out.csv")
	require.NoError(t, Write(io.Discard, path, writes("new")))
	require.NoError(t, os.Remove(f.Name()))
	onlyFile(t, folder, "out.csv", "new")
}

// A folder that may not be written to is a failure that names the flag, not the temporary file.
func TestFolderWithoutPermission(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	folder := t.TempDir()
	require.NoError(t, os.Chmod(folder, 0o500))
	path := filepath.Join(folder, "out.csv")
	err := Write(&bytes.Buffer{}, path, writes("x"))
	require.ErrorIs(t, err, os.ErrPermission)
	assert.NotContains(t, err.Error(), ".tmp")
	assert.Equal(t, exit.Failed, exit.Code(err))
	assert.False(t, errors.As(err, new(exit.UsageError)))
}
