package load

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/internal/infile"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/scenarios"
)

// load makes every scenario of the matrix. doc is the file without it, at where the matrix stands. What --set says goes before the
// matrix: a key that it sets varies no more, and a path inside a value of the matrix is set in each variant.
func (m *matrix) load(files infile.Files, file string, doc *strict.Document, at *strict.Node, sets []string) ([]*scenarios.Scenario, error) {
	var now, later []string
	for _, set := range sets {
		path, _, _ := strings.Cut(set, "=")
		if m.pin(strings.TrimSpace(path)) {
			later = append(later, set)
		} else {
			now = append(now, set)
		}
	}
	if n := m.count() + len(m.include); n > maxVariants {
		return nil, at.Fault("the matrix makes too many scenarios: more than %d", maxVariants)
	} else if n*doc.Size() > maxVariantValues {
		return nil, at.Fault("the matrix makes too many scenarios of this size: %d of %d values, together more than %d", n, doc.Size(), maxVariantValues)
	}
	refused := apply(doc, now)
	var list []*scenarios.Scenario
	found, in := &variantFaults{}, newContents(files)
	for _, v := range m.variants() {
		one, faults := v.document(doc, later)
		if len(faults) == 0 && excluded(one, m.exclude) {
			continue
		}
		found.of++
		var s *scenarios.Scenario
		if len(faults) == 0 {
			s, faults = decode(file, one, in)
		}
		if found.add(v.label, faults); s != nil {
			alike := slices.ContainsFunc(list, func(other *scenarios.Scenario) bool { return other.Variant == v.label })
			s.NameVariant(v.label, len(list)+1, alike)
			list = append(list, s)
		}
	}
	if errs := append(found.errors(), refused...); len(errs) > 0 {
		return nil, errs
	}
	if len(list) == 0 {
		return nil, at.Fault("the matrix makes no scenario: exclude takes all of them away")
	}
	return list, nil
}

// document puts the values of a variant into the file's document.
func (v *variant) document(doc *strict.Document, sets []string) (*strict.Document, strict.Errors) {
	out := doc.Without() // Set would change doc
	for _, s := range v.settings {
		next, err := out.Put(s.path, s.value, s.key)
		if err != nil {
			return nil, faultsOf(err)
		}
		out = next
	}
	return out, apply(out, sets)
}

// excluded reports whether a document has all the values of an item of exclude.
func excluded(doc *strict.Document, items [][]setting) bool {
	return slices.ContainsFunc(items, func(item []setting) bool {
		return !slices.ContainsFunc(item, func(s setting) bool {
			at, there := doc.Get(s.path)
			return !there || at.Canonical() != s.value.Canonical()
		})
	})
}

// variantFaults collects what is wrong with variants. A fault that all have is reported as if there were no matrix.
type variantFaults struct {
	of    int // variants looked at
	order strict.Errors
	who   map[strict.Error][]string
}

func (f *variantFaults) add(label string, faults strict.Errors) {
	if f.who == nil {
		f.who = map[strict.Error][]string{}
	}
	for _, e := range faults {
		if len(f.who[e]) == 0 {
			f.order = append(f.order, e)
		}
		f.who[e] = append(f.who[e], label)
	}
}

// errors returns each fault once, at most as many as a file without a matrix has.
func (f *variantFaults) errors() strict.Errors {
	const most = 100
	var list strict.Errors
	for _, e := range f.order[:min(len(f.order), most)] {
		who := f.who[e]
		switch more := len(who) - 1; {
		case len(who) == f.of:
		case more > 0:
			e.Msg += fmt.Sprintf(" (in variant %s and %d more)", who[0], more)
		default:
			e.Msg += fmt.Sprintf(" (in variant %s)", who[0])
		}
		list = append(list, e)
	}
	return list
}
