package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/term"
)

// writeOutput has write print to stdout ("-") or to a file. The file appears whole or not at all: it is written beside
// its place under another name, and renamed when all of it is on the disk.
func writeOutput(stdout io.Writer, path string, write func(io.Writer) error) error {
	if path == "-" {
		buffered := bufio.NewWriter(stdout)
		if err := write(buffered); err != nil {
			return err
		}
		return buffered.Flush()
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return usageError{fmt.Errorf("--output %s: not a regular file; name a file, such as out.csv", path)}
	}
	if err := writeFile(path, write); err != nil {
		return fmt.Errorf("--output %s: %w", path, err)
	}
	return nil
}

func writeFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	buffered := bufio.NewWriter(f)
	if err = write(buffered); err != nil {
		return err
	}
	if err = buffered.Flush(); err != nil {
		return err
	}
	if err = f.Chmod(0o644); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// isTerminal reports whether a stream is a person's terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}

// widthOf returns the columns of a terminal, at most 120 so that tables stay readable, and 80 for what is none.
func widthOf(w io.Writer) int {
	if !isTerminal(w) {
		return 80
	}
	width, _, err := term.GetSize(int(w.(*os.File).Fd()))
	if err != nil || width <= 0 {
		return 80
	}
	return min(width, 120)
}
