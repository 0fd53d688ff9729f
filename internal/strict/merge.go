package strict

// Over lays the document over a base: a mapping keeps its own keys and takes those that it lacks from the base's mapping at
// the same place, and whatever else stands in the document stands instead of the base's. A mapping that has the key
// whole, such as {value: 5, unit: ns}, is one value and never mixed from both. Faults keep the position of their own file.
func (d *Document) Over(base *Document, whole string) {
	d.root = over(d.root, base.root, whole)
	d.faults.errs = append(d.faults.errs, base.faults.errs...)
	d.faults.count += base.faults.count
}

func over(top, base *node, whole string) *node {
	if top.kind != Mapping || base.kind != Mapping || top.lookup(whole) >= 0 || base.lookup(whole) >= 0 {
		return top
	}
	out := *top
	out.fields = append([]field(nil), top.fields...)
	for _, f := range base.fields {
		if i := out.lookup(f.key); i >= 0 {
			out.fields[i].value = over(out.fields[i].value, f.value, whole)
		} else {
			out.fields = append(out.fields, f)
		}
	}
	out.measure()
	return &out
}

// Top returns what a key of the outermost mapping says, for the loader that must know it before it decodes, and whether it
// is there.
func (d *Document) Top(key string) (*Node, bool) {
	i := d.root.lookup(key)
	if i < 0 {
		return nil, false
	}
	return &Node{d.root.fields[i].value, &d.faults}, true
}
