package hw

import "github.com/dsnsim/dsnsim/sim/rng"

// Cache is a set-associative cache of keys with true LRU inside a set. It is flat and free of pointers.
type Cache struct {
	keys []uint64 // sets of ways, most recently used first; 0 is empty
	ways int
	sets uint64
	// Hits and Misses count look-ups.
	Hits, Misses uint64
}

// NewCache returns a cache of at least entries places, in sets of ways. Zero entries give a cache that never hits.
func NewCache(entries, ways int) *Cache {
	if entries <= 0 {
		return &Cache{}
	}
	ways = max(1, min(ways, entries))
	sets := (entries + ways - 1) / ways
	return &Cache{keys: make([]uint64, sets*ways), ways: ways, sets: uint64(sets)}
}

// Touch looks key up, makes it the most recently used of its set, and reports whether it was there. The least
// recently used key of a full set makes room.
func (c *Cache) Touch(key uint64) bool {
	if c.sets == 0 {
		c.Misses++
		return false
	}
	h := rng.Mix(key + 1)
	tag := h | 1 // never the empty mark
	set := c.keys[int(((h>>32)*c.sets)>>32)*c.ways:][:c.ways]
	if set[0] == tag {
		c.Hits++
		return true
	}
	at := c.ways - 1
	hit := false
	for i, k := range set {
		if k == tag {
			at, hit = i, true
			break
		}
	}
	copy(set[1:at+1], set[:at])
	set[0] = tag
	if hit {
		c.Hits++
	} else {
		c.Misses++
	}
	return hit
}
