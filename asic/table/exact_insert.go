package table

import "math/bits"

const (
	// maxPath bounds the moves of one insertion, whatever the spec allows.
	maxPath = 16
	// maxSearch bounds the buckets that one insertion looks at. assumed: about what a table driver can afford, and
	// enough to fill a table of two ways to 97%.
	maxSearch = 1024
)

// step is a bucket that the search for a free slot has reached: by moving the entry in slot of the parent's bucket.
type step struct {
	bucket uint64
	parent int32 // index in the search; -1 for a bucket of the new key itself
	depth  uint8
	slot   uint8
}

// Insert puts k in the table with value v, or gives it a new value. moves is the number of entries that had to change
// place, each a read and a write of the hardware's memories. Bytes of k beyond the key width must be zero.
func (t *Exact) Insert(k *Key, v uint32) (outcome Outcome, moves int) {
	h := hashKey(k, t.words, t.spec.Seed)
	c := t.candidates(h)
	if s, _, ok := t.find(k, &c); ok {
		t.vals[s] = v
		return Updated, 0
	}
	at, outcome := t.makeRoom(&c)
	if outcome != Inserted {
		return outcome, 0
	}
	slot, moves := t.moveAlong(at)
	t.put(slot, tagOf(h), k, v)
	t.used++
	return Inserted, moves
}

// makeRoom searches breadth first, so that the fewest entries move, and returns the index in t.search of a bucket
// with a free slot.
func (t *Exact) makeRoom(c *candidates) (at int32, outcome Outcome) {
	t.search = t.search[:0]
	best, most := int32(-1), 0
	for way := range t.spec.Ways {
		b := c.buckets[way]
		t.search = append(t.search, step{bucket: b, parent: -1})
		if free := t.freeSlots(b); free > most {
			best, most = int32(way), free // the emptiest bucket, the leftmost of equals: d-left
		}
	}
	if best >= 0 {
		return best, Inserted
	}
	if t.used == len(t.vals) || t.spec.MaxMoves == 0 {
		return 0, Full
	}
	for i := int32(0); int(i) < len(t.search); i++ {
		if int(t.search[i].depth) == t.spec.MaxMoves {
			break
		}
		if at := t.expand(i); at >= 0 {
			return at, Inserted
		}
		if len(t.search) > maxSearch {
			break
		}
	}
	return 0, TooManyMoves
}

// expand appends the buckets to which the entries of step i could move, and returns the first with a free slot, or -1.
func (t *Exact) expand(i int32) int32 {
	from := t.search[i]
	for j := range uint64(slotsPerBucket) {
		h := t.hashAt(from.bucket*slotsPerBucket + j)
		for way := range t.spec.Ways {
			b := t.bucket(h, way)
			if b == from.bucket {
				continue
			}
			t.search = append(t.search, step{bucket: b, parent: i, depth: from.depth + 1, slot: uint8(j)})
			if t.freeSlots(b) > 0 {
				return int32(len(t.search) - 1)
			}
		}
	}
	return -1
}

// moveAlong moves the entries on the path that ends at step i, last first, so that no entry is missing at any moment,
// and returns the slot of the first bucket that the new entry may take. A shortest path has no bucket twice.
func (t *Exact) moveAlong(i int32) (slot uint64, moves int) {
	at := t.search[i]
	slot = t.freeSlot(at.bucket)
	for ; at.parent >= 0; moves++ {
		from := t.search[at.parent].bucket*slotsPerBucket + uint64(at.slot)
		t.move(from, slot)
		slot, at = from, t.search[at.parent]
	}
	return slot, moves
}

// move copies an entry to another slot; what follows it on the path overwrites the old one.
func (t *Exact) move(from, to uint64) {
	n := uint64(t.words)
	copy(t.keys[to*n:to*n+n], t.keys[from*n:from*n+n])
	t.vals[to] = t.vals[from]
	t.setTag(to, t.tags[from/slotsPerBucket]>>(from%slotsPerBucket*16)&0xffff)
}

func (t *Exact) put(slot, tag uint64, k *Key, v uint32) {
	n := uint64(t.words)
	copy(t.keys[slot*n:slot*n+n], k[:])
	t.vals[slot] = v
	t.setTag(slot, tag)
}

// hashAt returns the hash of the key in slot s.
func (t *Exact) hashAt(s uint64) uint64 {
	var k Key
	n := uint64(t.words)
	copy(k[:], t.keys[s*n:s*n+n])
	return hashKey(&k, t.words, t.spec.Seed)
}

func (t *Exact) freeSlots(b uint64) int { return bits.OnesCount64(equalLanes(t.tags[b], 0)) }

// freeSlot returns the first free slot of bucket b, which has one.
func (t *Exact) freeSlot(b uint64) uint64 {
	return b*slotsPerBucket + uint64(bits.TrailingZeros64(equalLanes(t.tags[b], 0)))/16
}
