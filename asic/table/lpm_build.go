package table

// interval begins at an address and ends before the next interval's.
type interval struct {
	from  Addr
	value uint32
}

// build makes the search tree of one family from the sorted routes.
func (v *vrf) build(family int) {
	intervals := disjoint(v.routes[family], family == 1)
	if family == 0 {
		keys, values := make([]uint32, len(intervals)), make([]uint32, len(intervals))
		for i, x := range intervals {
			keys[i], values[i] = uint32(x.from.Lo), x.value
		}
		v.v4 = newTree32(keys, values)
		return
	}
	v.buildV6(intervals)
}

// disjoint cuts the address space at the ends of the routes, which are sorted by address, shorter first, and gives
// each piece the value of the longest prefix over it. Neighbours with one value are joined. The first interval begins
// at address 0.
func disjoint(routes []route, v6 bool) []interval {
	type open struct {
		last  Addr
		value uint32
	}
	out := make([]interval, 1, 2*len(routes)+1)
	out[0].value = noRoute
	stack := []open{{value: noRoute}} // the prefixes around the current address, longest on top
	cut := func(from Addr, value uint32) {
		if n := len(out) - 1; out[n].from == from {
			out = out[:n] // the piece before it is empty
		}
		if n := len(out); n == 0 || out[n-1].value != value {
			out = append(out, interval{from, value})
		}
	}
	closeTop := func() {
		last := stack[len(stack)-1].last
		stack = stack[:len(stack)-1]
		if next := last.next(); next != (Addr{}) && (v6 || next.Lo <= 0xffff_ffff) {
			cut(next, stack[len(stack)-1].value)
		}
	}
	for _, r := range routes {
		for len(stack) > 1 && stack[len(stack)-1].last.compare(r.addr) < 0 {
			closeTop()
		}
		cut(r.addr, r.value)
		stack = append(stack, open{r.addr.last(int(r.len), v6), r.value})
	}
	for len(stack) > 1 {
		closeTop()
	}
	return out
}

// buildV6 splits the search in two: by the upper half of the address, as hardly any prefix is longer than 64 bits,
// and by the lower half where one is.
func (v *vrf) buildV6(intervals []interval) {
	v.subs = nil
	var keys []uint64
	var values []uint32
	add := func(key uint64, value uint32) {
		if n := len(keys); n > 0 && values[n-1] == value {
			return
		}
		keys, values = append(keys, key), append(values, value)
	}
	before := uint32(noRoute) // the value of the addresses below the current interval
	for len(intervals) > 0 {
		hi := intervals[0].from.Hi
		n := 1
		for n < len(intervals) && intervals[n].from.Hi == hi {
			n++
		}
		after := intervals[n-1].value
		if n == 1 && intervals[0].from.Lo == 0 {
			add(hi, after)
		} else {
			add(hi, subMark|uint32(len(v.subs)))
			v.subs = append(v.subs, newSubTree(intervals[:n], before))
			if next := hi + 1; next != 0 {
				add(next, after)
			}
		}
		before, intervals = after, intervals[n:]
		if len(intervals) > 0 && intervals[0].from == (Addr{Hi: hi + 1}) && n > 0 && len(keys) > 0 && keys[len(keys)-1] == hi+1 {
			keys, values = keys[:len(keys)-1], values[:len(values)-1] // that interval sets it anew
		}
	}
	v.v6 = newTree64(keys, values)
}
