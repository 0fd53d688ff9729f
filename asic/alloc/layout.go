package alloc

import (
	"math/bits"

	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Bounds on a declaration. An exact entry must fit the 1,024 bits of the widest row (asic/table, ExactBlocks).
const (
	maxKeyBits    = 800
	maxActionBits = 128
	maxEntries    = 1 << 40 // assumed: beyond any memory
)

const (
	// exactWays is how many hashed memories an exact table reads at once; it is the default of asic/table.
	exactWays = 2
	// algorithmicFrom is from how many routes on an LPM table is a TCAM of subtree roots with buckets in SRAM behind it,
	// instead of a TCAM of routes. assumed: up to here a TCAM takes a few blocks, and saves a stage.
	algorithmicFrom = 2048
	// lineBytes is the unit in which entries lie in memory. source: HBM2 pseudo channel, 64 bit times burst length 4.
	lineBytes = 32
	// treePercent is how much a search tree takes beside its entries. assumed: as many inner nodes as leaves.
	treePercent = 200
	// A flow in the cache. assumed: 64 B, one line of a CPU cache, with the key of an IPv6 flow of a tenant.
	cacheKeyBits, cacheActionBits = 308, 200
	// worstRangePercent is the expansion of a rule with one 16-bit range at worst.
	worstRangePercent = 3000
)

// The roles of parts.
const (
	roleRoots   = "roots"
	roleBuckets = "buckets"
	roleCache   = "cache"
)

// Need is what a table, a part of it, or a stage uses.
type Need struct {
	SRAM, TCAM, Tables int
	// ExactBytes of key cross to the hashes. TernaryHalves are half bytes of key that cross to the TCAM, which come in
	// words of 44 bits, eleven of them.
	ExactBytes, TernaryHalves int
	// Reads and Searches are block accesses of a packet, Writes the accesses that change state.
	Reads, Writes, Searches int
}

// TernaryBytes returns the bytes of key that cross to the TCAM, rounded up.
func (n Need) TernaryBytes() int { return (n.TernaryHalves + 1) / 2 }

func (n Need) add(o Need) Need {
	return Need{n.SRAM + o.SRAM, n.TCAM + o.TCAM, n.Tables + o.Tables, n.ExactBytes + o.ExactBytes,
		n.TernaryHalves + o.TernaryHalves, n.Reads + o.Reads, n.Writes + o.Writes, n.Searches + o.Searches}
}

// fits reports whether a stage that has used so much can take n more.
func (c *Chip) fits(used, n Need) bool {
	u := used.add(n)
	return u.SRAM <= c.SRAMBlocks && u.TCAM <= c.TCAMBlocks && u.Tables <= c.Tables &&
		u.ExactBytes <= int(c.ExactCrossbar) && u.TernaryHalves <= 2*int(c.TernaryCrossbar)
}

// layout is how entries lie in blocks.
type layout struct {
	shape           shape
	key, action     int
	ways, load      int   // of hashed entries
	expand          int64 // percent, of a TCAM
	stateful        bool
	bucketOf, depth int // of buckets: routes in one, and words of one
}

type shape uint8

const (
	hashed    shape = iota // hashed ways of SRAM
	tcamShape              // TCAM with the actions in SRAM
	buckets                // SRAM rows, found by the number that a TCAM gave
)

// need returns what n entries take of one stage.
func (l layout) need(n int64) Need {
	if n == 0 {
		return Need{}
	}
	switch l.shape {
	case tcamShape:
		slots := (n*l.expand + 99) / 100
		b := table.TernaryBlocks(int(slots), l.key, l.action)
		words := ceil(l.key, table.TCAMWordBits)
		return Need{SRAM: b.SRAM, TCAM: b.TCAM, Tables: 1, TernaryHalves: words * table.TCAMWordBits / 4,
			Reads: min(1, b.SRAM), Searches: b.TCAM, Writes: l.writes(1)}
	case buckets:
		rows := ceil(int(n), l.bucketOf)
		return Need{SRAM: l.depth * ceil(rows, table.SRAMBlockWords), Tables: 1, ExactBytes: ceil(l.key, 8), Reads: l.depth,
			Writes: l.writes(1)}
	}
	e := table.ExactBlocks(int(n), l.key, l.action, l.ways, l.load)
	return Need{SRAM: e.SRAM, Tables: 1, ExactBytes: ceil(l.key, 8), Reads: l.ways * e.WordsWide, Writes: l.writes(e.WordsWide)}
}

func (l layout) writes(words int) int {
	if l.stateful {
		return words
	}
	return 0
}

// most returns the largest number of entries, at most n, that a stage with so much used can take.
func (l layout) most(n int64, used Need, c *Chip) int64 {
	low, high := int64(0), n
	for low < high {
		middle := high - (high-low)/2
		if c.fits(used, l.need(middle)) {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return low
}

func ceil(a, b int) int { return (a + b - 1) / b }

// piece is one memory of a table: the whole of it, or one of the two look-ups of an algorithmic LPM table.
type piece struct {
	layout
	role    string
	entries int64
}

// pieces returns the memories of a table in the stages. The second, where there is one, needs the result of the first.
func (t *Table) pieces() []piece {
	l := layout{key: t.KeyBits, action: t.ActionBits, ways: exactWays, load: table.ExactLoadPercent, expand: 100, stateful: t.Stateful}
	switch {
	case t.Match == Exact:
		l.shape = hashed
	case t.Match == LPM && t.Entries > algorithmicFrom:
		return t.algorithmic(l)
	default:
		l.shape = tcamShape
		if t.Match == Range {
			l.expand = t.ExpandPercent
			if l.expand == 0 {
				l.expand = worstRangePercent
			}
		}
	}
	return []piece{{layout: l, entries: t.Entries}}
}

// algorithmic cuts the trie of routes into subtrees: a TCAM finds the subtree, and all its routes are read at once and
// compared. source: Zane, Narlikar, Basu, "CoolCAMs", INFOCOM 2003. The blocks are those of table.LPMBlocks, which has
// both look-ups in one sum.
func (t *Table) algorithmic(l layout) []piece {
	const half = 2 // a bucket is half full at worst
	n := (t.Entries*half + table.LPMBucketRoutes - 1) / table.LPMBucketRoutes
	number := max(1, bits.Len64(uint64(n-1)))
	both := table.LPMBlocks(int(t.Entries), t.KeyBits, t.ActionBits, table.LPMBucketRoutes)
	pivots := table.TernaryBlocks(int(n), t.KeyBits, number)
	rows := ceil(int(n), table.SRAMBlockWords)
	pivot, bucket := l, l
	pivot.shape, pivot.action, pivot.stateful = tcamShape, number, false
	bucket.shape, bucket.bucketOf, bucket.depth = buckets, 1, (both.SRAM-pivots.SRAM)/rows
	return []piece{{pivot, roleRoots, n}, {bucket, roleBuckets, n}}
}

// cachePiece is the flow cache, which keeps what the memory answered.
func (c *Chip) cachePiece(stateful bool) piece {
	return piece{layout{shape: hashed, key: cacheKeyBits, action: cacheActionBits, ways: max(1, c.CacheWays), load: 100, stateful: stateful},
		roleCache, int64(c.CacheEntries)}
}

// total is what a table would take if stages had no bounds.
func total(t Table) Need {
	var n Need
	for _, p := range t.pieces() {
		n = n.add(p.need(p.entries))
	}
	return n
}

// spill returns how a table lies in memory.
func (t *Table) spill(c *Chip) Spilled {
	line := units.Bytes(ceil(t.KeyBits+t.ActionBits, 8*lineBytes) * lineBytes)
	s := Spilled{Table: t.Name, Entries: t.Entries, Bytes: line * units.Bytes(t.Entries), Reads: 1}
	searched := t.Entries
	if t.Searched > 0 {
		searched = min(searched, t.Searched)
	}
	switch t.Match {
	case LPM:
		s.Bytes, s.Reads = s.Bytes*treePercent/100, steps(searched, c.RouteFanOut)
	case Ternary, Range:
		s.Bytes, s.Reads = s.Bytes*treePercent/100, steps(searched, c.RuleFanOut)
	}
	return s
}

// steps is how often n must be divided by the fan-out until one is left, at least once.
func steps(n int64, fanOut int) int {
	count := 1
	for reach := int64(max(2, fanOut)); reach < n; reach *= int64(max(2, fanOut)) {
		count++
	}
	return count
}
