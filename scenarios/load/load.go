// Package load reads scenario files: one alone, with what it extends, the variants of its matrix, and what the command line sets.
package load

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dsnsim/dsnsim/internal/infile"
	"github.com/dsnsim/dsnsim/internal/spell"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/scenarios"
)

// File reads a scenario file, puts the overrides ("path=value") into it, and checks it. Everything wrong in the file and
// the overrides comes at once as strict.Errors; a file that cannot be read is one error that wraps that of package os. A file
// whose matrix makes several scenarios is an error: All returns them.
func File(path string, sets []string) (*scenarios.Scenario, error) {
	return single(All(path, sets))
}

// Bytes is File for the text of a file. file is its name, for messages and for paths in it.
func Bytes(file string, src []byte, sets []string) (*scenarios.Scenario, error) {
	return single(AllBytes(file, src, sets))
}

// All is File for a file that may have a matrix: it returns every scenario of it, in the order of the matrix, each with
// the overrides. There is at least one where the error is nil.
func All(path string, sets []string) ([]*scenarios.Scenario, error) {
	return Loader{}.All(path, sets)
}

// AllBytes is All for the text of a file.
func AllBytes(file string, src []byte, sets []string) ([]*scenarios.Scenario, error) {
	return Loader{}.AllBytes(file, src, sets)
}

// Loader reads scenario files. The zero value lets them name any file.
type Loader struct {
	// Files are those that a scenario may name. The scenario's own file need not be one of them: it is the user who names it.
	Files infile.Files
	// Strict has the scenario's own file be one of Files too, as one that a folder holds.
	Strict bool
	// Named, when not nil, is told each file that a scenario is made of or names. Where a scenario is invalid, that is each existing file
	// that some text in it may name.
	Named func(path string)
}

// tell tells the files of scenarios to who asked.
func (l Loader) tell(list []*scenarios.Scenario) {
	for _, s := range list {
		for _, path := range s.NamedFiles() {
			l.Named(path)
		}
	}
}

// tellAny tells the files that texts of a document may name.
func (l Loader) tellAny(n *strict.Node) {
	const longest = 4096 // of a path, on Linux
	if text := n.Text(); text != "" && len(text) <= longest && !n.FromSet() {
		path := filepath.FromSlash(text)
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(n.File()), path)
		}
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			l.Named(path)
		}
	}
	for _, item := range n.Items() {
		l.tellAny(item)
	}
	for _, f := range n.Fields() {
		l.tellAny(f.Value)
	}
}

// All is the function of that name.
func (l Loader) All(path string, sets []string) ([]*scenarios.Scenario, error) {
	own := infile.Files{}
	if l.Strict {
		own = l.Files
	}
	src, err := read(own, path)
	if err != nil {
		return nil, fmt.Errorf("scenario %w", err)
	}
	return l.AllBytes(path, src, sets)
}

// AllBytes is the function of that name.
func (l Loader) AllBytes(file string, src []byte, sets []string) ([]*scenarios.Scenario, error) {
	doc, err := (&composer{files: l.Files, named: l.Named}).compose(file, src, nil)
	if err != nil {
		return nil, err
	}
	whole := doc.Root()
	list, err := l.decode(file, doc, sets)
	switch {
	case l.Named != nil && err != nil:
		l.tellAny(whole)
	case l.Named != nil:
		l.tell(list)
	}
	return list, err
}

// decode makes the scenarios of a document.
func (l Loader) decode(file string, doc *strict.Document, sets []string) ([]*scenarios.Scenario, error) {
	sets, refused := applyTo(doc, sets, "matrix")
	if len(refused) > 0 {
		return nil, refused
	}
	at, has := doc.Top("matrix")
	if !has || at.Kind() == strict.Null {
		doc = doc.Without("matrix")
		refused := apply(doc, sets)
		s, err := decode(file, doc, newContents(l.Files))
		if errs := append(err, refused...); len(errs) > 0 {
			return nil, errs
		}
		return []*scenarios.Scenario{s}, nil
	}
	m, faults := readMatrix(at)
	if len(faults) > 0 {
		return nil, faults
	}
	return m.load(l.Files, file, doc.Without("matrix"), at, sets)
}

// single returns the only scenario of a file.
func single(list []*scenarios.Scenario, err error) (*scenarios.Scenario, error) {
	if err != nil {
		return nil, err
	}
	return Single(list)
}

// Single returns the only scenario of a file.
func Single(list []*scenarios.Scenario) (*scenarios.Scenario, error) {
	if len(list) > 1 {
		return nil, strict.Errors{{File: list[0].File, Line: 1, Col: 1, Msg: fmt.Sprintf("the matrix makes %d scenarios, and only one can be taken here; "+
			"choose its values with --set", len(list))}}
	}
	return list[0], nil
}

// decode makes the scenario of a document that has everything in it.
func decode(file string, doc *strict.Document, in contents) (*scenarios.Scenario, strict.Errors) {
	s := scenarios.Defaults(file)
	s.Files = in.files
	if err := doc.Decode(&s); err != nil {
		return nil, faultsOf(err)
	}
	s.SHA256 = in.hash(doc, &s)
	return &s, nil
}

// read returns the text of a file, at most as much as a scenario may have.
func read(files infile.Files, path string) ([]byte, error) {
	src, err := files.Read(path, strict.MaxSource)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: %w%s", path, fs.ErrNotExist, neighbour(path))
	case err != nil && isFolder(path):
		return nil, fmt.Errorf("%s: is a directory; expected a scenario file%s", path, neighbour(filepath.Join(path, "scenario.yaml")))
	}
	return src, err
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// neighbour suggests a file beside one that is not there.
func neighbour(path string) string {
	found, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*.yaml"))
	names := make([]string, len(found))
	for i, f := range found {
		names[i] = filepath.Base(f)
	}
	if near := spell.Nearest(filepath.Base(path), names); near != "" {
		return fmt.Sprintf("; did you mean %s?", filepath.Join(filepath.Dir(path), near))
	}
	return ""
}
