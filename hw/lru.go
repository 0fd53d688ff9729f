package hw

// LRU is a set of keys of a bounded size that forgets the least recently used, whatever their hashes. It grows as it fills.
type LRU struct {
	at    map[uint64]int32
	links []lruLink // a ring. 0 is no key: behind it is the most recently used, before it the least
	most  int
}

type lruLink struct {
	key        uint64
	prev, next int32
}

// NewLRU returns an empty set that holds at most a number of keys.
func NewLRU(most int) *LRU {
	return &LRU{at: map[uint64]int32{}, links: make([]lruLink, 1), most: max(0, most)}
}

// Len returns how many keys there are, Most how many there may be.
func (l *LRU) Len() int  { return len(l.at) }
func (l *LRU) Most() int { return l.most }

// Find reports whether a key is there, and makes it the most recently used.
func (l *LRU) Find(key uint64) bool {
	i, ok := l.at[key]
	if ok && l.links[0].next != i {
		l.unlink(i)
		l.front(i)
	}
	return ok
}

// Add makes a key the most recently used, in place of the least recently used where there is no room. It returns the key that
// had to go.
func (l *LRU) Add(key uint64) (gone uint64, evicted bool) {
	if l.most == 0 || l.Find(key) {
		return 0, false
	}
	var i int32
	if len(l.at) < l.most {
		i = int32(len(l.links))
		l.links = append(l.links, lruLink{})
	} else {
		i = l.links[0].prev
		gone, evicted = l.links[i].key, true
		delete(l.at, gone)
		l.unlink(i)
	}
	l.links[i].key = key
	l.at[key] = i
	l.front(i)
	return gone, evicted
}

func (l *LRU) unlink(i int32) {
	k := l.links[i]
	l.links[k.prev].next, l.links[k.next].prev = k.next, k.prev
}

func (l *LRU) front(i int32) {
	first := l.links[0].next
	l.links[i].prev, l.links[i].next = 0, first
	l.links[first].prev, l.links[0].next = i, i
}
