package table

import "math/bits"

// batchSize is the number of lookups whose memory reads overlap. assumed: about as many misses as a core of the
// simulating machine keeps in flight.
const batchSize = 16

// LookupBatch finds keys[i] for every i and writes the answers to hits, which must be as long. It does the lookups 16
// at a time: all hashes, then all tags, then all keys, so that the reads of one lookup do not wait for another's.
func (t *Exact) LookupBatch(keys []Key, hits []ExactHit) {
	hits = hits[:len(keys)]
	for len(keys) >= batchSize {
		t.lookup16((*[batchSize]Key)(keys), (*[batchSize]ExactHit)(hits))
		keys, hits = keys[batchSize:], hits[batchSize:]
	}
	for i := range keys {
		hits[i] = t.Lookup(&keys[i])
	}
}

// lookup16 is Lookup for 16 keys.
func (t *Exact) lookup16(keys *[batchSize]Key, hits *[batchSize]ExactHit) {
	var hashes [batchSize]uint64
	for i := range keys {
		hashes[i] = hashKey(&keys[i], t.words, t.spec.Seed)
	}
	var c [batchSize]candidates
	var likely [batchSize]uint64
	for i, h := range hashes {
		c[i] = t.candidates(h)
		likely[i], _ = c[i].slot(bits.TrailingZeros64(c[i].match | 1<<63))
	}
	t.touch(&likely)
	for i := range keys {
		hits[i] = t.finish(&keys[i], &c[i])
	}
}

// touch reads the key and the value of each slot. It is not inlined, as the compiler would then leave the reads out.
//
//go:noinline
func (t *Exact) touch(slots *[batchSize]uint64) (sum uint64) {
	n := uint64(t.words)
	for _, s := range slots {
		sum += t.keys[s*n] + uint64(t.vals[s])
	}
	return sum
}
