package scenarios

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dsnsim/dsnsim/sim/strict"
)

// InputError is a fault in a scenario or in a file that it names, with the position in the scenario; faults found
// only when the run is prepared are reported as one.
type InputError = strict.Error

// LoadFile reads a scenario file, puts the overrides ("path=value") into it, and checks it. Everything wrong in the file and
// the overrides comes at once as strict.Errors; a file that cannot be read is one error that wraps that of package os.
func LoadFile(path string, sets []string) (*Scenario, error) {
	src, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("scenario %w", err)
	}
	return LoadBytes(path, src, sets)
}

// LoadBytes is LoadFile for the text of a file. file is its name, for messages and for paths in it.
func LoadBytes(file string, src []byte, sets []string) (*Scenario, error) {
	doc, err := strict.Parse(file, src)
	if err != nil {
		return nil, err
	}
	refused := apply(doc, sets)
	s := defaults(file)
	if err := doc.Decode(&s); err != nil || len(refused) > 0 {
		var errs strict.Errors
		errors.As(err, &errs)
		return nil, append(errs, refused...)
	}
	sum := sha256.Sum256(doc.Canonical())
	s.SHA256 = hex.EncodeToString(sum[:])
	return &s, nil
}

// read returns the text of a file, up to just more than a scenario may have.
func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w%s", path, fs.ErrNotExist, neighbour(path))
	} else if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil {
		return nil, err
	} else if info.IsDir() {
		return nil, fmt.Errorf("%s: is a directory; expected a scenario file%s", path, neighbour(filepath.Join(path, "scenario.yaml")))
	}
	return io.ReadAll(io.LimitReader(f, strict.MaxSource+1))
}

// neighbour suggests a file beside one that is not there.
func neighbour(path string) string {
	found, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*.yaml"))
	names := make([]string, len(found))
	for i, f := range found {
		names[i] = filepath.Base(f)
	}
	if near := strict.Nearest(filepath.Base(path), names); near != "" {
		return fmt.Sprintf("; did you mean %s?", filepath.Join(filepath.Dir(path), near))
	}
	return ""
}
