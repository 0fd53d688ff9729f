package load

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/internal/infile"
	"github.com/dsnsim/dsnsim/internal/strict"
)

// Bounds on extends. Assumed: far beyond what a person can follow.
const (
	maxChain = 16  // files from the scenario to its furthest base
	maxBases = 100 // files read for one scenario
)

// composer reads a scenario and the files that it extends. What a file says stands over what its bases say: mappings are
// merged key by key, and everything else, lists too, is replaced. Of several bases a later one stands over an earlier one.
type composer struct {
	files infile.Files
	bases int
	named func(path string) // nil where nobody asks
}

// notInherited are keys that are of a file itself: its name, and the version of the schema that it is written in.
var notInherited = []string{"version", "name", "extends"}

// compose returns the document of a file with its bases merged in, without the key extends. chain are the files that lead
// here. Values keep the position, and so the file, that they are written at: errors tell it, and relative paths begin there.
func (c *composer) compose(file string, src []byte, chain []string) (*strict.Document, error) {
	doc, err := strict.Parse(file, src)
	if err != nil {
		return nil, err
	}
	key, extends := doc.Top("extends")
	if !extends {
		return doc, nil
	}
	items := []*strict.Node{key}
	if key.Kind() == strict.List {
		if items = key.Items(); len(items) == 0 {
			return nil, key.Fault("expected a file to extend, such as base.yaml, or a list of them")
		}
	}
	chain = append(slices.Clone(chain), file)
	doc = doc.Without("extends")
	var faults strict.Errors
	for _, item := range slices.Backward(items) {
		base, err := c.base(item, chain)
		if err != nil {
			faults = append(faultsOf(err), faults...)
			continue
		}
		doc.Over(base, "")
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return doc, nil
}

// base reads one file that another extends.
func (c *composer) base(at *strict.Node, chain []string) (*strict.Document, error) {
	if at.Kind() != strict.Scalar || at.Text() == "" || strings.ContainsRune(at.Text(), 0) {
		return nil, at.Fault("expected the path of a file to extend, such as base.yaml, got %s", at.Describe())
	}
	path := filepath.FromSlash(at.Text())
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(at.File()), path)
	}
	if i := slices.IndexFunc(chain, func(f string) bool { return sameFile(f, path) }); i >= 0 {
		return nil, at.Fault("files extend each other in a circle: %s", strings.Join(append(slices.Clone(chain[i:]), path), " -> "))
	}
	if c.bases++; c.bases > maxBases {
		return nil, at.Fault("too many files are extended: more than %d", maxBases)
	}
	if len(chain) >= maxChain {
		return nil, at.Fault("files extend each other too deeply: more than %d", maxChain)
	}
	if c.named != nil {
		c.named(path)
	}
	src, err := read(c.files, path)
	if err != nil {
		return nil, at.Fault("cannot extend %s", err)
	}
	doc, err := c.compose(path, src, chain)
	if err != nil {
		return nil, err
	}
	if doc.Root().Kind() != strict.Mapping {
		return nil, doc.Root().Fault("expected a mapping, got %s", doc.Root().Glimpse())
	}
	// A base may be a part of a scenario, which needs no version; one that it has must be ours.
	if v, has := doc.Top("version"); has && v.Text() != "1" {
		return nil, v.Fault("expected 1, got %s", v.Describe())
	}
	return doc.Without(notInherited...), nil
}

// sameFile reports whether two paths name one file, whatever the way to it.
func sameFile(a, b string) bool {
	absA, errA := filepath.Abs(a)
	absB, errB := filepath.Abs(b)
	if errA != nil || errB != nil {
		return filepath.Clean(a) == filepath.Clean(b)
	}
	return absA == absB
}

// faultsOf takes an error of package strict apart.
func faultsOf(err error) strict.Errors {
	var list strict.Errors
	if errors.As(err, &list) {
		return list
	}
	var one strict.Error
	if errors.As(err, &one) {
		return strict.Errors{one}
	}
	return strict.Errors{{File: "scenario", Msg: err.Error()}}
}
