// Package infile opens the files that users and scenarios name: all of them may be hostile or a mistake. It takes regular files
// and standard input only, since a device has no end and a pipe may wait for ever, can be confined to a folder, and bounds what
// is read. Every reader of outside files goes through it.
package infile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// Files says which files may be read. The zero value is all of the file system.
type Files struct {
	root   *os.Root // nil for all
	folder string   // the root with all symbolic links resolved
	named  string   // as the user named it
}

// Error says why a file cannot be read.
type Error struct {
	// Path is the file as it was named.
	Path string
	// Reason is the cause without the path.
	Reason string
	cause  error
}

// Error returns the path and the reason.
func (e *Error) Error() string { return e.Path + ": " + e.Reason }

// Unwrap gives the cause to errors.Is, such as fs.ErrNotExist.
func (e *Error) Unwrap() error { return e.cause }

// ErrOutside is the cause where a file is not in the folder that reading is confined to.
var ErrOutside = errors.New("outside of the root")

// Below confines reading to a folder and what is in it: symbolic links and ".." that lead out of it are refused.
func Below(folder string) (Files, error) {
	resolved, err := filepath.EvalSymlinks(folder)
	if err == nil {
		resolved, err = filepath.Abs(resolved)
	}
	if err != nil {
		return Files{}, failure(folder, err)
	}
	root, err := os.OpenRoot(resolved)
	if err != nil {
		return Files{}, failure(folder, err)
	}
	return Files{root, resolved, folder}, nil
}

// Standard reports whether a path names standard input: "-", or its device.
func Standard(path string) bool {
	return slices.Contains([]string{"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"}, path)
}

// longestWait is how long a file may let its reader wait. Assumed: what lies on a disk does not wait at all.
const longestWait = time.Second

// Open opens a regular file, or standard input by its name. The error is an *Error.
func (f Files) Open(path string) (io.ReadCloser, error) {
	if Standard(path) {
		return io.NopCloser(os.Stdin), nil
	}
	file, err := f.open(path)
	if err != nil {
		return nil, failure(path, err)
	}
	return file, nil
}

func (f Files) open(path string) (*os.File, error) {
	open, stat := os.OpenFile, os.Stat
	if f.root != nil {
		inside, err := f.inside(path)
		if err != nil {
			return nil, err
		}
		path, open, stat = inside, f.root.OpenFile, f.root.Stat
	}
	info, err := stat(path) // opening a pipe would wait for its writer
	if err == nil {
		err = regular(info)
	}
	if err != nil {
		return nil, err
	}
	file, err := open(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	// A file of the kernel may call itself regular and yet wait for what comes, as /proc/kmsg does. Others have no deadline.
	_ = file.SetReadDeadline(time.Now().Add(longestWait))
	if info, err = file.Stat(); err == nil {
		err = regular(info)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// inside returns the path within the root, its links resolved.
func (f Files) inside(path string) (string, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	outside := fmt.Errorf("%w %s, which --root confines reading to", ErrOutside, f.named)
	resolved, err := filepath.EvalSymlinks(full)
	if err != nil {
		// What is outside is not even told to be missing.
		named, _ := filepath.Abs(f.named)
		if !below(f.folder, full) && !below(named, full) {
			return "", outside
		}
		return "", err
	}
	if !below(f.folder, resolved) {
		return "", outside
	}
	return filepath.Rel(f.folder, resolved)
}

func below(folder, path string) bool {
	rel, err := filepath.Rel(folder, path)
	return err == nil && filepath.IsLocal(rel)
}

// Check reports why a path cannot be opened, without reading it; nil where it can.
func (f Files) Check(path string) error {
	file, err := f.Open(path)
	if err != nil {
		return err
	}
	return file.Close()
}

// Read reads a file of at most a number of bytes. The error is an *Error.
func (f Files) Read(path string, most int64) ([]byte, error) {
	file, err := f.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	src, err := io.ReadAll(Bounded(file, most))
	if err != nil {
		return nil, failure(path, err)
	}
	return src, nil
}

// TooLong is the error of reading more than a Bounded reader lets through.
type TooLong struct{ Most int64 }

// Error says the bound.
func (e TooLong) Error() string { return "the file is too long: more than " + size(e.Most) }

// size writes a number of bytes in the largest unit that it is a whole number of.
func size(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// Bounded returns a reader that fails with TooLong beyond a number of bytes, where io.LimitReader would end as if the file did.
func Bounded(r io.Reader, most int64) io.Reader { return &bounded{r: r, left: most, most: most} }

type bounded struct {
	r          io.Reader
	left, most int64
}

// Read passes on what is within the bound.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, TooLong{b.most}
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left+1)]) // a byte more tells a file that ends from one that goes on
	if b.left -= int64(n); b.left < 0 {
		return n - 1, TooLong{b.most}
	}
	return n, err
}

// regular refuses what is no file with an end.
func regular(info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		return errors.New("is a directory; expected a file")
	case mode&fs.ModeNamedPipe != 0:
		return errors.New("is a pipe; expected a file (standard input may be one: -)")
	case mode&fs.ModeSocket != 0:
		return errors.New("is a socket; expected a file")
	}
	return errors.New("is a device; expected a file (standard input may be one: -)")
}

// failure makes an Error of what package os returns, without the path that it has in it.
func failure(path string, err error) *Error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return &Error{path, at.Err.Error(), err}
	}
	return &Error{path, err.Error(), err}
}
