package table

// pieces cut a number line: piece i has values[i] and reaches from keys[i] to below keys[i+1].
type pieces[K comparable] struct {
	keys   []K
	values []uint32
}

// cut begins a piece at from, which is not before the last cut. A cut at the same place replaces the last one, and
// neighbours with one value become one piece.
func (p *pieces[K]) cut(from K, value uint32) {
	if n := len(p.keys) - 1; n >= 0 && p.keys[n] == from {
		p.keys, p.values = p.keys[:n], p.values[:n]
	}
	if n := len(p.keys); n == 0 || p.values[n-1] != value {
		p.keys, p.values = append(p.keys, from), append(p.values, value)
	}
}

// build makes the search trees of one family from the sorted routes.
func (v *vrf) build(family int) {
	if family == 1 {
		v.buildV6(disjoint(v.routes[1], true))
		return
	}
	cuts := disjoint(v.routes[0], false)
	keys := make([]uint32, len(cuts.keys))
	for i, from := range cuts.keys {
		keys[i] = uint32(from.Lo)
	}
	v.v4 = newTree32(keys, cuts.values)
}

// disjoint cuts the address space at the ends of the routes, which are sorted by address, shorter first, and gives
// each piece the value of the longest prefix over it. The first piece begins at address 0.
func disjoint(routes []route, v6 bool) pieces[Addr] {
	type open struct {
		last  Addr
		value uint32
	}
	var out pieces[Addr]
	out.cut(Addr{}, noRoute)
	stack := []open{{value: noRoute}} // the prefixes around the current address, longest on top
	closeTop := func() {
		next := stack[len(stack)-1].last.next()
		stack = stack[:len(stack)-1]
		if next != (Addr{}) && (v6 || next.Lo <= 0xffff_ffff) { // else it ended with the address space
			out.cut(next, stack[len(stack)-1].value)
		}
	}
	for _, r := range routes {
		for len(stack) > 1 && stack[len(stack)-1].last.compare(r.addr) < 0 {
			closeTop()
		}
		out.cut(r.addr, r.value)
		stack = append(stack, open{r.addr.last(int(r.len), v6), r.value})
	}
	for len(stack) > 1 {
		closeTop()
	}
	return out
}

// buildV6 splits the search in two: by the upper half of the address, as hardly any prefix is longer than 64 bits,
// and by the lower half where one is.
func (v *vrf) buildV6(cuts pieces[Addr]) {
	v.subs, v.low = v.subs[:0], tree64{}
	var upper pieces[uint64]
	before := uint32(noRoute) // the value of the addresses below the current ones
	for i := 0; i < len(cuts.keys); {
		hi, first := cuts.keys[i].Hi, i
		for i < len(cuts.keys) && cuts.keys[i].Hi == hi {
			i++
		}
		after := cuts.values[i-1]
		if first+1 == i && cuts.keys[first].Lo == 0 {
			upper.cut(hi, after)
		} else {
			upper.cut(hi, subMark|v.addSub(cuts.keys[first:i], cuts.values[first:i], before))
			if hi != ^uint64(0) {
				upper.cut(hi+1, after)
			}
		}
		before = after
	}
	v.v6 = newTree64(upper.keys, upper.values)
}

// addSub makes the tree for the lower halves of addresses with one upper half, and returns its number.
func (v *vrf) addSub(keys []Addr, values []uint32, before uint32) uint32 {
	var lower pieces[uint64]
	lower.cut(0, before)
	for i, from := range keys {
		lower.cut(from.Lo, values[i])
	}
	t := newTree64(lower.keys, lower.values)
	v.subs = append(v.subs, subTree{uint32(len(v.low.keys) / fanout64), uint32(len(t.keys) / fanout64)})
	v.low.keys = append(v.low.keys, t.keys...)
	v.low.values = append(v.low.values, t.values...)
	return uint32(len(v.subs) - 1)
}
