package tap

import (
	"io"
	"os"
	"path/filepath"
)

// staging writes several files that appear together or not at all.
type staging struct {
	dir   string
	files []staged
}

type staged struct{ temporary, final string }

// file writes one file under a temporary name in the folder.
func (s *staging) file(name string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(s.dir, "."+name+".*")
	if err != nil {
		return err
	}
	s.files = append(s.files, staged{f.Name(), filepath.Join(s.dir, name)})
	err = write(f)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// commit gives all files their names. A folder that holds something else by one of the names is found out before the
// first of them.
func (s *staging) commit() error {
	for _, f := range s.files {
		if info, err := os.Lstat(f.final); err == nil && info.IsDir() {
			return &os.PathError{Op: "replace", Path: f.final, Err: os.ErrExist}
		}
	}
	for _, f := range s.files {
		if err := os.Rename(f.temporary, f.final); err != nil {
			return err
		}
	}
	return nil
}

// discard removes what has no name yet.
func (s *staging) discard() {
	for _, f := range s.files {
		_ = os.Remove(f.temporary) // those that have their names are not there any more
	}
}
