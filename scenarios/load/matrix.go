package load

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/internal/strict"
)

// Bounds on a matrix. Assumed: 256 variants are what a person reads a report of, and as many as GitHub lets a matrix of jobs have;
// together they may hold as many values as four of the largest files.
const (
	maxVariants      = 256
	maxVariantValues = 4 * strict.MaxNodes
	maxAxes          = 100 // assumed: no person varies more
	longestLabel     = 32
)

// axis is one key of a matrix: a path as of --set, and the values that stand there in turn.
type axis struct {
	path   string
	key    *strict.Node
	values []*strict.Node
	labels []string
}

// setting is one value of a variant.
type setting struct {
	path       string
	value, key *strict.Node
}

// variant is one scenario of a matrix: what differs from the file, and its distinguishing name.
type variant struct {
	label    string
	settings []setting
}

// matrix is the variants that a file asks for: every combination of the values of its axes, the last key changing fastest, less
// those that an item of exclude describes, and after them one for each item of include.
type matrix struct {
	axes             []axis
	include, exclude [][]setting
}

// readMatrix takes a matrix apart. All that is wrong with it comes at once.
func readMatrix(n *strict.Node) (*matrix, strict.Errors) {
	m := &matrix{}
	var faults strict.Errors
	fault := func(at *strict.Node, format string, args ...any) {
		faults = append(faults, faultsOf(at.Fault(format, args...))...)
	}
	if n.Kind() != strict.Mapping {
		fault(n, "expected lists of values by path, such as {rack.server.nic.rate: [25Gbps, 100Gbps]}, got %s", n.Describe())
		return nil, faults
	}
	for _, f := range n.Fields() {
		switch values := f.Value.Items(); {
		case f.Name == "include" || f.Name == "exclude":
			list, err := readSettings(f.Value)
			faults = append(faults, err...)
			if f.Name == "include" {
				m.include = list
			} else {
				m.exclude = list
			}
		case slices.Contains([]string{"matrix", "extends", "name", "version"}, firstOf(f.Name)):
			fault(f.Key, "%s cannot vary", firstOf(f.Name))
		case len(values) == 0:
			fault(f.Value, "expected a list of values for %s, such as [25Gbps, 100Gbps], got %s", f.Name, f.Value.Describe())
		case len(values) > maxVariants:
			fault(f.Value, "the matrix makes too many scenarios: more than %d", maxVariants)
		case len(m.axes) == maxAxes:
			fault(f.Key, "the matrix has too many keys: more than %d", maxAxes)
			return m, faults
		default:
			for i, v := range values {
				if slices.ContainsFunc(values[:i], func(w *strict.Node) bool { return w.Canonical() == v.Canonical() }) {
					fault(v, "duplicate value %s", v.Describe())
				}
			}
			m.axes = append(m.axes, axis{path: f.Name, key: f.Key, values: values, labels: labelsOf(values)})
		}
	}
	return m, faults
}

// readSettings reads the items of include or exclude.
func readSettings(n *strict.Node) (list [][]setting, faults strict.Errors) {
	for _, item := range n.Items() {
		var one []setting
		for _, f := range item.Fields() {
			one = append(one, setting{f.Name, f.Value, f.Key})
		}
		if len(one) == 0 {
			faults = append(faults, faultsOf(item.Fault("expected values by path, such as {rack.server.nic.rate: 25Gbps}, got %s", item.Describe()))...)
		}
		list = append(list, one)
	}
	if n.Kind() != strict.List {
		faults = append(faults, faultsOf(n.Fault("expected a list such as [{rack.server.nic.rate: 25Gbps}], got %s", n.Describe()))...)
	}
	return list, faults
}

func firstOf(path string) string {
	first, _, _ := strings.Cut(path, ".")
	return first
}

// pin drops what an override of a path decides: the keys that are at the path or inside it vary no more. within reports whether
// the path is inside a value of the matrix, so that it must be set in each variant.
func (m *matrix) pin(path string) (within bool) {
	inside := func(inner, outer string) bool { return inner == outer || strings.HasPrefix(inner, outer+".") }
	m.axes = slices.DeleteFunc(m.axes, func(a axis) bool { return inside(a.path, path) })
	for i := range m.include {
		m.include[i] = slices.DeleteFunc(m.include[i], func(s setting) bool { return inside(s.path, path) })
		within = within || slices.ContainsFunc(m.include[i], func(s setting) bool { return inside(path, s.path) })
	}
	m.include = slices.DeleteFunc(m.include, func(one []setting) bool { return len(one) == 0 })
	return within || slices.ContainsFunc(m.axes, func(a axis) bool { return inside(path, a.path) })
}

// count returns how many combinations the axes make, or more than maxVariants.
func (m *matrix) count() int {
	n := 1
	for _, a := range m.axes {
		n = min(n*len(a.values), maxVariants+1)
	}
	return n
}

// variants lists the combinations in order, exclude not yet applied.
func (m *matrix) variants() []variant {
	var list []variant
	names := m.shortNames()
	if len(m.axes) > 0 || len(m.include) == 0 {
		for i := range m.count() {
			v := variant{}
			var parts []string
			for k := len(m.axes) - 1; k >= 0; k-- {
				a := &m.axes[k]
				at := i % len(a.values)
				i /= len(a.values)
				v.settings = append(v.settings, setting{a.path, a.values[at], a.key})
				parts = append(parts, names[a.path]+"="+a.labels[at])
			}
			slices.Reverse(v.settings) // a later key stands over an earlier one
			slices.Reverse(parts)
			v.label = strings.Join(parts, "/")
			list = append(list, v)
		}
	}
	for i, one := range m.include {
		var parts []string
		for _, s := range one {
			parts = append(parts, names[s.path]+"="+cmp.Or(labelOf(s.value), fmt.Sprint(i+1)))
		}
		list = append(list, variant{strings.Join(parts, "/"), one})
	}
	return list
}

// shortNames gives each path of the matrix its last part, with as much before it as tells it from the others.
func (m *matrix) shortNames() map[string]string {
	var paths []string
	for _, a := range m.axes {
		paths = append(paths, a.path)
	}
	for _, one := range m.include {
		for _, s := range one {
			if !slices.Contains(paths, s.path) {
				paths = append(paths, s.path)
			}
		}
	}
	names := map[string]string{}
	for _, p := range paths {
		parts := strings.Split(p, ".")
		for k := len(parts) - 1; k >= 0; k-- {
			names[p] = strings.Join(parts[k:], ".")
			alike := func(q string) bool { return q != p && (q == names[p] || strings.HasSuffix(q, "."+names[p])) }
			if !slices.ContainsFunc(paths, alike) {
				break
			}
		}
	}
	return names
}

// labelsOf names the values of an axis, by their number where names are alike.
func labelsOf(values []*strict.Node) []string {
	labels := make([]string, len(values))
	for i, v := range values {
		labels[i] = labelOf(v)
	}
	for i := range labels {
		if labels[i] == "" || slices.Contains(labels[:i], labels[i]) || slices.Contains(labels[i+1:], labels[i]) {
			for k := range labels {
				labels[k] = fmt.Sprintf("%d", k+1)
			}
			break
		}
	}
	return labels
}

// notInLabel is what a label leaves out: names of variants are part of JUnit, CSV and names of benchmarks.
var notInLabel = regexp.MustCompile(`[^A-Za-z0-9_.%+=-]+`)

// labelOf names a value: what it says, the names of a list joined by +, the keys of a mapping; "" for what is too long.
func labelOf(n *strict.Node) string {
	var parts []string
	switch n.Kind() {
	case strict.Scalar:
		parts = []string{notInLabel.ReplaceAllString(path.Base(strings.ReplaceAll(n.Text(), `\`, "/")), "-")}
	case strict.List:
		for _, item := range n.Items() {
			parts = append(parts, labelOf(item))
		}
	case strict.Mapping:
		for _, f := range n.Fields() {
			parts = append(parts, notInLabel.ReplaceAllString(f.Name, "-"))
		}
	case strict.Null:
		parts = []string{"none"}
	}
	if len(parts) == 0 {
		parts = []string{"none"}
	}
	if label := strings.Join(parts, "+"); len(label) <= longestLabel && !slices.Contains(parts, "") {
		return label
	}
	return ""
}
