package table

import (
	"encoding/binary"
	"unsafe"

	"github.com/dsnsim/dsnsim/sim/units"
)

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

// KeyOf returns the key of the given bytes. It panics above MaxKeyBytes.
func KeyOf(b []byte) Key {
	if len(b) > MaxKeyBytes {
		panic("table: a key is at most 40 bytes")
	}
	var buf [MaxKeyBytes]byte
	copy(buf[:], b)
	var k Key
	for i := range k {
		k[i] = binary.LittleEndian.Uint64(buf[8*i:])
	}
	return k
}

// SRAMBytes returns the size of the SRAM blocks.
func (b Blocks) SRAMBytes() units.Bytes {
	return units.Bytes(b.SRAM) * SRAMBlockWords * SRAMWordBits / 8
}
