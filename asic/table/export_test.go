package table

import "unsafe"

// TreeSize describes the decision trees of a Ternary, for tests outside of the package.
type TreeSize struct {
	Rules, Nodes, Listed, LargestLeaf, Bytes int
}

// TreeSize returns the size of all trees.
func (t *Ternary) TreeSize() (s TreeSize) {
	for c := range t.classifiers() {
		s.Rules += len(c.rules)
		s.Nodes += len(c.nodes)
		s.Listed += len(c.lists)
		for _, n := range c.nodes {
			if n.dim == leaf {
				s.LargestLeaf = max(s.LargestLeaf, int(n.n))
			}
		}
		s.Bytes += cap(c.rules)*int(unsafe.Sizeof(compactRule{})) + cap(c.addrs)*32 + cap(c.nodes)*int(unsafe.Sizeof(treeNode{})) + cap(c.lists)*4
	}
	return s
}
