package table

// The keys of a tree node fill one cache line of 64 bytes.
const (
	fanout32 = 16
	fanout64 = 8
)

// tree32 is a static search tree over the beginnings of intervals: nodes of 16 sorted keys, node 0 the root, and the
// children of node n numbered n*17+1 to n*17+17. There are no pointers and no empty nodes; the keys that the last nodes
// lack are filled with the largest key, and with the value of the last interval.
type tree32 struct{ keys, values []uint32 }

// newTree32 takes the beginnings of intervals in order, the first of them 0.
func newTree32(keys, values []uint32) tree32 {
	t := tree32{}
	t.keys, t.values = layOut(keys, values, fanout32, ^uint32(0))
	return t
}

// find returns the value of the interval around x, or noRoute in the zero tree.
func (t *tree32) find(x uint32) uint32 {
	best := 0
	for node := 0; node < len(t.keys); {
		keys := (*[fanout32]uint32)(t.keys[node:])
		// Half of the node, then all keys of that half at once: no branch has to guess, and Go does not unroll loops.
		half := 0
		if keys[7] <= x {
			half = 8
		}
		k := (*[8]uint32)(keys[half:])
		n := half + 8 - int(above(x, k[0])+above(x, k[1])+above(x, k[2])+above(x, k[3])+
			above(x, k[4])+above(x, k[5])+above(x, k[6])+above(x, k[7]))
		if n > 0 {
			best = node + n - 1
		}
		node = node*(fanout32+1) + (n+1)*fanout32
	}
	if best >= len(t.values) {
		return noRoute
	}
	return t.values[best]
}

// above returns 1 if k > x, else 0.
func above(x, k uint32) uint64 { return (uint64(x) - uint64(k)) >> 63 }

// tree64 is a tree32 for 64-bit keys, in nodes of 8.
type tree64 struct {
	keys   []uint64
	values []uint32
}

// subTree is a tree64 within another's slices: its first node and its number of nodes.
type subTree struct{ node, nodes uint32 }

func newTree64(keys []uint64, values []uint32) tree64 {
	t := tree64{}
	t.keys, t.values = layOut(keys, values, fanout64, ^uint64(0))
	return t
}

// sub returns the part of t that is s.
func (t *tree64) sub(s subTree) tree64 {
	from, to := int(s.node)*fanout64, int(s.node+s.nodes)*fanout64
	return tree64{t.keys[from:to], t.values[from:to]}
}

func (t *tree64) find(x uint64) uint32 {
	best := 0
	for node := 0; node < len(t.keys); {
		keys := (*[fanout64]uint64)(t.keys[node:])
		n := 0
		for _, k := range keys {
			if k <= x {
				n++
			}
		}
		if n > 0 {
			best = node + n - 1
		}
		node = node*(fanout64+1) + (n+1)*fanout64
	}
	if best >= len(t.values) {
		return noRoute
	}
	return t.values[best]
}

// layOut returns sorted keys and their values in the order of a tree's nodes.
func layOut[K uint32 | uint64](keys []K, values []uint32, fanout int, largest K) ([]K, []uint32) {
	nodes := (len(keys) + fanout - 1) / fanout
	k, v := make([]K, nodes*fanout), make([]uint32, nodes*fanout)
	next := 0
	var fill func(node int)
	fill = func(node int) {
		if node >= nodes {
			return
		}
		for i := range fanout {
			fill(node*(fanout+1) + i + 1)
			if at := node*fanout + i; next < len(keys) {
				k[at], v[at] = keys[next], values[next]
				next++
			} else {
				k[at], v[at] = largest, values[len(values)-1]
			}
		}
		fill(node*(fanout+1) + fanout + 1)
	}
	fill(0)
	return k, v
}
