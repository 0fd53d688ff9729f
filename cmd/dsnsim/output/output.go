// Package output writes what commands have to say: to standard output or to files that appear whole or not at all, with progress on a terminal.
package output

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"golang.org/x/term"
)

// Check refuses a value of --output that cannot become a file: that is better said before a long run than after. A
// value that no folder could take is bad usage; a folder that is not there is what any write fails for.
func Check(path string) error {
	if path == "-" {
		return nil
	}
	return CheckFile("--output", path, "out.csv", ", or - for standard output")
}

// CheckFile is checkOutput for any flag that names a file to write; example is such a file.
func CheckFile(flag, path, example, otherwise string) error {
	if path == "" {
		return exit.BadUsage(fmt.Errorf("%s is empty; name a file, such as %s%s", flag, example, otherwise))
	}
	if info, err := os.Stat(path); err == nil {
		if info.IsDir() {
			return exit.BadUsage(fmt.Errorf("%s %s is a folder; name a file in it, such as %s", flag, path, filepath.Join(path, example)))
		}
		return nil
	}
	parent := filepath.Dir(path)
	info, err := os.Stat(parent)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s %s: the folder %s does not exist", flag, path, parent)
	case err == nil && !info.IsDir():
		return fmt.Errorf("%s %s: %s is not a folder", flag, path, parent)
	}
	return nil
}

// Write has write print to stdout ("-") or to a file. A file appears whole or not at all, and one that exists is
// replaced only when the new one is safely on the disk. A device or a pipe, which cannot be replaced, is written to.
func Write(stdout io.Writer, path string, write func(io.Writer) error) error {
	if path == "-" {
		return flushed(stdout, write)
	}
	if err := Check(path); err != nil {
		return err
	}
	return WriteFile("--output", path, write)
}

// WriteFile is writeOutput for a file that any flag names.
func WriteFile(flag, path string, write func(io.Writer) error) error {
	// The file that a symbolic link names is replaced, not the link.
	target := path
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		target = resolved
	}
	mode := fs.FileMode(0o644)
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return Fault(flag, path, writeThrough(path, write))
	}
	if err == nil {
		mode = info.Mode().Perm()
	}
	return Fault(flag, path, replace(target, mode, err == nil, write))
}

// Fault names the flag, and leaves out the name of the temporary file.
func Fault(flag, path string, err error) error {
	var file *fs.PathError
	var rename *os.LinkError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &file):
		err = fmt.Errorf("%s: %w", file.Op, file.Err)
	case errors.As(err, &rename):
		err = fmt.Errorf("%s: %w", rename.Op, rename.Err)
	}
	return fmt.Errorf("%s %s: %w", flag, path, err)
}

func flushed(w io.Writer, write func(io.Writer) error) error {
	buffered := bufio.NewWriter(w)
	if err := write(buffered); err != nil {
		return err
	}
	return buffered.Flush()
}

// writeThrough writes to what is no regular file.
func writeThrough(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(flushed(f, write), f.Close())
}

// replace writes a file under another name in the same folder, and renames it when all of it is on the disk. A new file
// gets the mode less the umask; one that exists keeps its mode exactly.
func replace(path string, mode fs.FileMode, exists bool, write func(io.Writer) error) error {
	f, err := temporary(filepath.Dir(path), mode)
	if err != nil {
		return err
	}
	renamed := false
	defer func() {
		if !renamed { // also when write panics
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err := flushed(f, write); err != nil {
		return err
	}
	if exists {
		if err := f.Chmod(mode); err != nil {
			return err
		}
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	renamed = true
	return nil
}

// temporary creates a file that was not there. os.CreateTemp would give it mode 0600, whatever the umask.
func temporary(folder string, mode fs.FileMode) (*os.File, error) {
	for try := 0; ; try++ {
		name := filepath.Join(folder, fmt.Sprintf(".dsnsim-%d-%d.tmp", os.Getpid(), try))
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// IsTerminal reports whether a stream is a person's terminal that can rewrite a line.
func IsTerminal(w io.Writer) bool {
	f, ok := fileOf(w)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}

// fileOf returns the file behind a stream, if there is one.
func fileOf(w io.Writer) (*os.File, bool) {
	if c, ok := w.(*Checked); ok {
		w = c.To
	}
	f, ok := w.(*os.File)
	return f, ok
}

// Width returns the columns of a terminal, at most 120 so that tables stay readable, and 80 for what is none.
func Width(w io.Writer) int {
	if !IsTerminal(w) {
		return 80
	}
	f, _ := fileOf(w)
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		return 80
	}
	return min(width, 120)
}

// Checked keeps the first error of writing.
type Checked struct {
	To  io.Writer
	Err error
}

func (w *Checked) Write(p []byte) (int, error) {
	n, err := w.To.Write(p)
	if w.Err == nil {
		w.Err = err
	}
	return n, err
}
