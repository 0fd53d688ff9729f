package table

import "slices"

const (
	// leafRules is the number of rules up to which a list is searched from end to end.
	leafRules = 8
	// samples is the number of rules of a list that propose and judge splits.
	samples = 128
	// thirdShare: rules on both sides of a split get a child of their own when they are more than this share, one in n.
	thirdShare = 8
)

// span is a range of a field's values, both ends in it.
type span struct{ lo, hi uint64 }

func (s span) covers(o span) bool { return s.lo <= o.lo && o.hi <= s.hi }

// box is a range of every field.
type box [dims]span

// treeBuilder builds the tree of a classifier.
type treeBuilder struct {
	c     *classifier
	boxes []box    // of the rules
	exact []bool   // the rule is its box: it has no mask that a box cannot express
	lists []uint32 // the lists of the nodes on the way from the root, one behind the other
	cuts  []uint64 // scratch
}

// build makes the tree anew from the rules.
func (c *classifier) build() {
	c.nodes, c.lists = nil, nil
	if len(c.rules) == 0 {
		return
	}
	b := &treeBuilder{c: c, boxes: make([]box, len(c.rules)), exact: make([]bool, len(c.rules))}
	for i := range c.rules {
		b.boxes[i], b.exact[i] = c.boxOf(uint32(i))
		b.lists = append(b.lists, uint32(i))
	}
	c.nodes = append(c.nodes, treeNode{})
	b.grow(0, b.lists, c.space(), 0)
	c.nodes, c.lists = fit(c.nodes), fit(c.lists)
	c.rules, c.addrs = fit(c.rules), fit(c.addrs)
}

// fit returns s without room to grow: a slice that was appended to has up to a quarter of it.
func fit[T any](s []T) []T { return append(make([]T, 0, len(s)), s...) }

// space is the box of all packets.
func (c *classifier) space() box {
	addr, upper := span{0, 0xffff_ffff}, span{}
	if c.v6 {
		addr, upper = span{0, ^uint64(0)}, span{0, ^uint64(0)}
	}
	return box{upper, upper, addr, addr, {0, 0xffff}, {0, 0xffff}, {0, 0xff}}
}

// boxOf returns the smallest box around what rule i matches, and whether it matches all of it.
func (c *classifier) boxOf(i uint32) (b box, exact bool) {
	r := &c.rules[i]
	ends := pair{Addr{Lo: uint64(r.src)}, Addr{Lo: uint64(r.dst)}}
	if c.v6 {
		ends = c.addrs[i]
	}
	b[dimSrcHi], b[dimSrcLo] = prefixSpans(ends.lo, int(r.srcLen), c.v6)
	b[dimDstHi], b[dimDstLo] = prefixSpans(ends.hi, int(r.dstLen), c.v6)
	b[dimSrcPort] = span{uint64(r.srcPort.Lo), uint64(r.srcPort.Hi)}
	b[dimDstPort] = span{uint64(r.dstPort.Lo), uint64(r.dstPort.Hi)}
	b[dimProto] = span{0, 0xff}
	if r.protoMask == 0xff {
		b[dimProto] = span{uint64(r.proto), uint64(r.proto)}
	}
	return b, r.flagsMask == 0 && (r.protoMask == 0 || r.protoMask == 0xff)
}

// prefixSpans returns the ranges of both halves of the addresses in a prefix; together they say exactly the prefix.
func prefixSpans(a Addr, length int, v6 bool) (hi, lo span) {
	first := a.and(netmask(length, v6))
	last := first.last(length, v6)
	return span{first.Hi, last.Hi}, span{first.Lo, last.Lo}
}

// grow makes node at from a list of rules that may match within region.
func (b *treeBuilder) grow(at int, list []uint32, region box, depth int) {
	list = b.visible(list, &region)
	n := treeNode{first: noRule, dim: leaf}
	if len(list) > 0 {
		n.first = list[0]
	}
	cut, ok := cutChoice{}, false
	if len(list) > leafRules && depth < maxDepth {
		cut, ok = b.chooseCut(list, &region)
	}
	if !ok {
		n.child, n.n = uint32(len(b.c.lists)), uint32(len(list))
		b.c.lists = append(b.c.lists, list...)
		b.c.nodes[at] = n
		return
	}
	n.dim, n.split, n.third = uint8(cut.dim), cut.at, cut.third
	n.child = uint32(len(b.c.nodes))
	b.c.nodes[at] = n
	children := 2
	if cut.third {
		children = 3
	}
	b.c.nodes = append(b.c.nodes, make([]treeNode, children)...)
	for i := range children {
		mark := len(b.lists)
		b.grow(int(n.child)+i, b.part(list, cut, i), cut.region(region, i), depth+1)
		b.lists = b.lists[:mark]
	}
}

// visible returns the list up to the first rule that matches all of region: nothing behind it can be the first match.
func (b *treeBuilder) visible(list []uint32, region *box) []uint32 {
	for i, r := range list {
		if b.exact[r] && b.boxes[r].covers(region) {
			return list[:i+1]
		}
	}
	return list
}

func (b *box) covers(o *box) bool {
	for d := range b {
		if !b[d].covers(o[d]) {
			return false
		}
	}
	return true
}

// cutChoice splits a list by the value at of a field: below it, from it on and, where third is set, the rules on both
// sides apart.
type cutChoice struct {
	dim   int
	at    uint64
	third bool
}

// region returns the part of a region for child i.
func (c cutChoice) region(region box, i int) box {
	switch i {
	case 0:
		region[c.dim].hi = c.at - 1
	case 1:
		region[c.dim].lo = c.at
	}
	return region
}

// part returns the rules for child i, behind the lists that are in use.
func (b *treeBuilder) part(list []uint32, c cutChoice, i int) []uint32 {
	from := len(b.lists)
	for _, r := range list {
		s := b.boxes[r][c.dim]
		below, above := s.lo < c.at, s.hi >= c.at
		var in bool
		switch {
		case below && above && c.third:
			in = i == 2
		case i == 0:
			in = below
		case i == 1:
			in = above
		}
		if in {
			b.lists = append(b.lists, r)
		}
	}
	return b.lists[from:]
}

// chooseCut returns the split that leaves the smallest work, or ok false where none helps.
func (b *treeBuilder) chooseCut(list []uint32, region *box) (best cutChoice, ok bool) {
	stride := (len(list) + samples - 1) / samples
	lowest := 0
	for d := range dims {
		if region[d].lo == region[d].hi {
			continue
		}
		b.proposeCuts(list, stride, d, region[d])
		for _, quarter := range []int{2, 1, 3} {
			if len(b.cuts) == 0 {
				break
			}
			at := b.cuts[len(b.cuts)*quarter/4]
			below, above, both, n := b.count(list, stride, d, at)
			if work := below + above + 2*both; work*10 < 18*n && (!ok || work < lowest) {
				lowest, ok = work, true
				best = cutChoice{d, at, both*thirdShare > n}
			}
		}
	}
	return best, ok
}

// proposeCuts fills b.cuts with the values within the region where a rule of the list begins or has just ended.
func (b *treeBuilder) proposeCuts(list []uint32, stride, d int, region span) {
	b.cuts = b.cuts[:0]
	for i := 0; i < len(list); i += stride {
		s := b.boxes[list[i]][d]
		if s.lo > region.lo {
			b.cuts = append(b.cuts, s.lo)
		}
		if s.hi < region.hi {
			b.cuts = append(b.cuts, s.hi+1)
		}
	}
	slices.Sort(b.cuts)
}

// count returns how many rules of the sample lie below a cut, above it, and on both sides.
func (b *treeBuilder) count(list []uint32, stride, d int, at uint64) (below, above, both, n int) {
	for i := 0; i < len(list); i += stride {
		s := b.boxes[list[i]][d]
		switch {
		case s.hi < at:
			below++
		case s.lo >= at:
			above++
		default:
			both++
		}
		n++
	}
	return below, above, both, n
}
