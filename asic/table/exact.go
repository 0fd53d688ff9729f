package table

import (
	"fmt"
	"math/bits"
)

const (
	// slotsPerBucket is the number of entries that one read compares. A 128-bit SRAM word of the Tofino holds up to
	// 5 entries (MAX_GROUPS_PER_RAM in p4lang/p4c backends/tofino/bf-p4c/mau/table_format.h); 4 is assumed, as wide
	// keys fill whole words and four tags fit one word of ours.
	slotsPerBucket = 4
	maxWays        = 4
	laneOnes       = 0x0001_0001_0001_0001
	laneLow        = 0x7fff_7fff_7fff_7fff
)

// Outcome says what became of an insertion. Full tables are part of the model, so this is not an error.
type Outcome uint8

// The outcomes of an insertion.
const (
	Inserted     Outcome = iota
	Updated              // the key was there: an Exact now holds the new value, a FlowTable is unchanged
	Full                 // no slot is left where the key may go; nothing was changed
	TooManyMoves         // a slot may exist, but not within the moves allowed; nothing was changed
	Evicted              // inserted in place of another entry
)

// String returns the outcome as a word.
func (o Outcome) String() string {
	names := [...]string{"inserted", "updated", "full", "too many moves", "evicted"}
	if int(o) < len(names) {
		return names[o]
	}
	return fmt.Sprintf("Outcome(%d)", uint8(o))
}

// ExactSpec describes an exact-match table.
type ExactSpec struct {
	Slots    int // slots for entries; rounded up to whole buckets of every way
	KeyBytes int // 1 to MaxKeyBytes
	Ways     int // memories read in parallel, each with its own hash, 2 to 4
	// MaxMoves bounds the entries that one insertion may move to other ways, 0 to 16. 0 gives d-left hashing.
	MaxMoves int
	Seed     uint64 // of the hashes
}

// DefaultExactSpec returns a table with two ways and up to 8 moves for an insertion, which fills to about 97% of its
// slots (TestExactFillsBeforeItRefuses). Both numbers are assumed: hardware drivers do not publish theirs.
func DefaultExactSpec(slots, keyBytes int) ExactSpec {
	return ExactSpec{Slots: slots, KeyBytes: keyBytes, Ways: 2, MaxMoves: 8, Seed: 1}
}

// Validate reports the first field that is out of range.
func (s ExactSpec) Validate() error {
	switch {
	case s.Slots < 1 || s.Slots > 1<<31:
		return fmt.Errorf("exact table: %d slots; allowed are 1 to %d", s.Slots, 1<<31)
	case s.KeyBytes < 1 || s.KeyBytes > MaxKeyBytes:
		return fmt.Errorf("exact table: a key of %d bytes; allowed are 1 to %d", s.KeyBytes, MaxKeyBytes)
	case s.Ways < 2 || s.Ways > maxWays:
		return fmt.Errorf("exact table: %d ways; allowed are 2 to %d", s.Ways, maxWays)
	case s.MaxMoves < 0 || s.MaxMoves > maxPath:
		return fmt.Errorf("exact table: %d moves; allowed are 0 to %d", s.MaxMoves, maxPath)
	}
	return nil
}

// Exact is an exact-match table from keys of one width to 32-bit values (an index of action data). It is a bucketised
// cuckoo hash table, as in hardware: a key has one bucket of four slots in each way, and an insertion that finds
// all of them full moves other entries to their other ways.
type Exact struct {
	spec    ExactSpec
	words   int    // words of a key that are stored
	buckets uint64 // of one way
	used    int
	tags    []uint64 // one word a bucket: four 16-bit tags, 0 is an empty slot
	keys    []uint64 // words a slot
	vals    []uint32 // one a slot
	search  []step   // scratch of an insertion
}

// NewExact returns an empty table, or the error of spec.Validate.
func NewExact(spec ExactSpec) (*Exact, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	perWay := (spec.Slots + spec.Ways*slotsPerBucket - 1) / (spec.Ways * slotsPerBucket)
	buckets := perWay * spec.Ways
	words := (spec.KeyBytes + 7) / 8
	return &Exact{
		spec:    spec,
		words:   words,
		buckets: uint64(perWay),
		tags:    make([]uint64, buckets),
		keys:    make([]uint64, buckets*slotsPerBucket*words),
		vals:    make([]uint32, buckets*slotsPerBucket),
	}, nil
}

// Len returns the number of entries.
func (t *Exact) Len() int { return t.used }

// Slots returns the number of slots, which may exceed the spec's by the rounding to whole buckets.
func (t *Exact) Slots() int { return len(t.vals) }

// ExactHit is the answer to one lookup.
type ExactHit struct {
	Value  uint32
	Hit    bool
	Probes uint8 // buckets read, one after another, until the answer was known; hardware reads all ways at once
}

// Lookup finds k. Bytes of k beyond the table's key width must be zero.
func (t *Exact) Lookup(k *Key) ExactHit {
	h := hashKey(k, t.words, t.spec.Seed)
	c := t.candidates(h)
	return t.finish(k, &c)
}

// candidates are the slots that may hold a key: those whose tag is the key's.
type candidates struct {
	buckets [maxWays]uint64
	// match has, for each such slot, bit 16*lane+15-way. All ways are read before any is judged, so that the reads
	// overlap and no branch guesses the way.
	match uint64
}

func (t *Exact) candidates(h uint64) (c candidates) {
	tag := tagOf(h)
	for way := range t.spec.Ways {
		b := t.bucket(h, way)
		c.buckets[way] = b
		c.match |= equalLanes(t.tags[b], tag) >> way
	}
	return c
}

// slot returns the slot and the way of bit p of a match.
func (c *candidates) slot(p int) (slot uint64, way int) {
	way = 15 - p%16
	return c.buckets[way%maxWays]*slotsPerBucket + uint64(p/16), way
}

// find returns the slot that holds k.
func (t *Exact) find(k *Key, c *candidates) (slot uint64, way int, ok bool) {
	for m := c.match; m != 0; m &= m - 1 {
		if slot, way = c.slot(bits.TrailingZeros64(m)); t.keyIs(slot, k) {
			return slot, way, true
		}
	}
	return 0, 0, false
}

func (t *Exact) finish(k *Key, c *candidates) ExactHit {
	if s, way, ok := t.find(k, c); ok {
		return ExactHit{Value: t.vals[s], Hit: true, Probes: uint8(way + 1)}
	}
	return ExactHit{Probes: uint8(t.spec.Ways)}
}

// Delete removes k and reports whether it was there.
func (t *Exact) Delete(k *Key) bool {
	c := t.candidates(hashKey(k, t.words, t.spec.Seed))
	s, _, ok := t.find(k, &c)
	if ok {
		t.setTag(s, 0)
		t.used--
	}
	return ok
}

// tagOf returns the part of a hash that is kept beside the entry to spare most key comparisons. It is never 0, and
// comes from bits that the choice of bucket hardly uses.
func tagOf(h uint64) uint64 { return max(h&0xffff, 1) }

// bucket returns the bucket of a hash in a way, counted over all ways.
func (t *Exact) bucket(h uint64, way int) uint64 {
	return uint64(way)*t.buckets + bucketOf(h, way, t.buckets)
}

// equalLanes returns a word with the top bit set of each 16-bit lane of w that equals tag, and no other bit.
func equalLanes(w, tag uint64) uint64 {
	x := w ^ tag*laneOnes
	return ^(x&laneLow + laneLow | x | laneLow)
}

// keyIs reports whether slot s holds key k.
func (t *Exact) keyIs(s uint64, k *Key) bool {
	n := uint64(t.words)
	stored := t.keys[s*n : s*n+n]
	for i, w := range stored {
		if w != k[i] {
			return false
		}
	}
	return true
}

// setTag sets the tag of slot s; 0 empties the slot.
func (t *Exact) setTag(s, tag uint64) {
	shift := s % slotsPerBucket * 16
	w := &t.tags[s/slotsPerBucket]
	*w = *w&^(0xffff<<shift) | tag<<shift
}
