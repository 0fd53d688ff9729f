package output

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var errWrite = errors.New("the report failed")

func writes(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

// writesThenFails fails after more than any buffer holds, so that half of it is on the disk.
func writesThenFails(w io.Writer) error {
	if _, err := w.Write(make([]byte, 1<<20)); err != nil {
		return err
	}
	return errWrite
}

// onlyFile checks that a folder holds one file with that content: no temporary file was left behind.
func onlyFile(t *testing.T, folder, name, want string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	assert.Equal(t, name, entries[0].Name())
	got, err := os.ReadFile(filepath.Join(folder, name))
	require.NoError(t, err)
	assert.Equal(t, want, string(got))
}

func TestOutputToStdout(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, Write(&out, "-", writes("report\n")))
	assert.Equal(t, "report\n", out.String())
	assert.ErrorIs(t, Write(&out, "-", writesThenFails), errWrite)
}

func TestOutputToClosedPipe(t *testing.T) {
	r, w, err := os.Pipe()
	require.NoError(t, err)
	require.NoError(t, r.Close())
	defer w.Close()
	assert.Error(t, Write(w, "-", writes("report\n")), "what stays in a buffer is not written")
}

func TestOutputToFile(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "out.csv")
	var stdout bytes.Buffer
	require.NoError(t, Write(&stdout, path, writes("one")))
	onlyFile(t, folder, "out.csv", "one")
	require.NoError(t, Write(&stdout, path, writes("two")))
	onlyFile(t, folder, "out.csv", "two")
	assert.Empty(t, stdout.String())
}

func TestOutputInWorkingFolder(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	require.NoError(t, Write(io.Discard, "out.csv", writes("one")))
	onlyFile(t, folder, "out.csv", "one")
}

// An old report stays as it was until the new one is whole.
func TestOutputFailsAndKeepsTheOld(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "out.csv")
	require.ErrorIs(t, Write(io.Discard, path, writesThenFails), errWrite)
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Empty(t, entries, "nothing is left of a report that failed")

	require.NoError(t, Write(io.Discard, path, writes("old")))
	err = Write(io.Discard, path, writesThenFails)
	require.ErrorIs(t, err, errWrite)
	assert.ErrorContains(t, err, "--output "+path)
	assert.Equal(t, exit.Failed, exit.Code(err))
	onlyFile(t, folder, "out.csv", "old")

	assert.Panics(t, func() { _ = Write(io.Discard, path, func(io.Writer) error { panic("a bug") }) })
	onlyFile(t, folder, "out.csv", "old")
}

// While a report is written, the file under its name is the old one.
func TestOutputIsNeverHalfWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.csv")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o600))
	require.NoError(t, Write(io.Discard, path, func(w io.Writer) error {
		_, err := w.Write(make([]byte, 1<<20))
		got, readErr := os.ReadFile(path)
		assert.Equal(t, "old", string(got))
		return errors.Join(err, readErr)
	}))
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.EqualValues(t, 1<<20, info.Size())
}

func TestOutputThatCannotBe(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	require.NoError(t, os.WriteFile(file, []byte("keep"), 0o600))
	below := func(folder string) string { return filepath.Join(folder, "out.csv") }
	missing := filepath.Join(folder, "no")
	for _, c := range []struct {
		path, want string
		code       int
	}{
		{"", "--output is empty; name a file, such as out.csv, or - for standard output", exit.Usage},
		{folder, "--output " + folder + " is a folder; name a file in it, such as " + below(folder), exit.Usage},
		{below(missing), "--output " + below(missing) + ": the folder " + missing + " does not exist", exit.Failed},
		{below(file), "--output " + below(file) + ": " + file + " is not a folder", exit.Failed},
	} {
		called := false
		err := Write(io.Discard, c.path, func(io.Writer) error { called = true; return nil })
		require.EqualError(t, err, c.want)
		assert.Equal(t, c.code, exit.Code(err))
		assert.Equal(t, err, Check(c.path), "it can be said before the run")
		assert.False(t, called)
	}
	onlyFile(t, folder, "file", "keep")
	assert.NoError(t, Check("-"))
	assert.NoError(t, Check(file))
	assert.NoError(t, Check(filepath.Join(folder, "new")))
}

func TestWidthOfNoTerminal(t *testing.T) {
	assert.Equal(t, 80, Width(io.Discard))
	f, err := os.Create(filepath.Join(t.TempDir(), "f"))
	require.NoError(t, err)
	defer f.Close()
	assert.Equal(t, 80, Width(f))
	assert.False(t, IsTerminal(f))
}
