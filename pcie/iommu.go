package pcie

import (
	"math/rand/v2"
	"slices"

	"github.com/dsnsim/dsnsim/sim/units"
)

// IOMMUSpec is the part of a host that translates the addresses of DMA.
type IOMMUSpec struct {
	// Entries is the size of the IOTLB, fully associative with least recently used replacement.
	Entries int
	// Walkers is how many page walks go on at once: it limits the rate of misses, not their latency.
	Walkers int
	// Accesses are the memory accesses of a walk, one after the other, and Access is the time of each.
	Accesses int
	Access   units.Duration
	// Pending is how many misses may wait or be walked at once; the next one keeps all requests behind it waiting.
	Pending int
	// ReadHold is how much longer a walker is held by a read than by a write.
	ReadHold units.Duration
}

// IOMMU is the state of the IOTLB and its page walkers. Requests must come in the order of their arrival.
type IOMMU struct {
	spec    IOMMUSpec
	dram    DRAMSpec
	tlb     translations
	walkers []units.Time // when each is free
	pending []walk       // walks that are not over, in the order of their ends
	blocked units.Time   // until when the last request kept those behind it waiting
	rng     *rand.Rand
	// Walked, when set, is called with each walk: when it was wanted, when its walker began, and when that is free again.
	Walked func(at, start, free units.Time)
}

type walk struct {
	page uint64
	done units.Time
}

// NewIOMMU returns an IOMMU with nothing in its IOTLB. The random stream draws the refreshes of the memory; a memory without any
// needs none.
func NewIOMMU(spec IOMMUSpec, dram DRAMSpec, rng *rand.Rand) IOMMU {
	return IOMMU{spec: spec, dram: dram, tlb: newTranslations(spec.Entries), walkers: make([]units.Time, spec.Walkers), rng: rng}
}

// Translate returns when the translation of a page is there for a request that arrives at instant at. A hit is free
// (its cycles are in the host's latency); a request for a page whose walk is under way waits for that walk.
func (m *IOMMU) Translate(at units.Time, page uint64, write bool) units.Time {
	at = units.Later(at, m.blocked)
	m.retire(at)
	if m.tlb.lookup(page) {
		return at
	}
	for _, w := range m.pending {
		if w.page == page {
			return w.done
		}
	}
	if len(m.pending) == m.spec.Pending {
		at = m.pending[0].done
		m.blocked = at
		m.retire(at)
	}
	return m.walk(at, page, write)
}

// Warm puts a page into the IOTLB that was used before the run.
func (m *IOMMU) Warm(page uint64) {
	if !m.tlb.lookup(page) {
		m.tlb.insert(page)
	}
}

// retire moves the pages whose walks are over by an instant to the IOTLB.
func (m *IOMMU) retire(at units.Time) {
	n := 0
	for n < len(m.pending) && !m.pending[n].done.After(at) {
		m.tlb.insert(m.pending[n].page)
		n++
	}
	m.pending = slices.Delete(m.pending, 0, n)
}

// walk gives a page to the walker that is free first, and returns when it is done.
func (m *IOMMU) walk(at units.Time, page uint64, write bool) units.Time {
	w := 0
	for i := range m.walkers {
		if m.walkers[i].Before(m.walkers[w]) {
			w = i
		}
	}
	start := units.Later(at, m.walkers[w])
	done := start
	for range m.spec.Accesses {
		done = done.Add(m.spec.Access + m.dram.refreshWait(m.rng))
	}
	m.walkers[w] = done
	if !write {
		m.walkers[w] = done.Add(m.spec.ReadHold)
	}
	if m.Walked != nil {
		m.Walked(at, start, m.walkers[w])
	}
	i := len(m.pending)
	for i > 0 && m.pending[i-1].done.After(done) {
		i--
	}
	m.pending = slices.Insert(m.pending, i, walk{page, done})
	return done
}

// translations is a fully associative cache of page translations with least recently used replacement: an IOTLB, or
// the translation cache of a device with ATS. The map only finds entries; its order decides nothing.
type translations struct {
	slot       map[uint64]int32
	page       []uint64
	prev, next []int32 // a ring through entry 0, most recently used first
	used       int
}

func newTranslations(entries int) translations {
	n := entries + 1 // entry 0 is the head of the ring
	return translations{slot: make(map[uint64]int32, entries), page: make([]uint64, n),
		prev: make([]int32, n), next: make([]int32, n)}
}

// lookup reports whether the cache has a page, which becomes the most recently used.
func (c *translations) lookup(page uint64) bool {
	i, ok := c.slot[page]
	if ok {
		c.unlink(i)
		c.linkFirst(i)
	}
	return ok
}

// insert puts in a page that is not there, in place of the least recently used one when the cache is full. A cache
// without entries keeps nothing.
func (c *translations) insert(page uint64) {
	if len(c.page) == 1 {
		return
	}
	var i int32
	if c.used < len(c.page)-1 {
		c.used++
		i = int32(c.used)
	} else {
		i = c.prev[0]
		delete(c.slot, c.page[i])
		c.unlink(i)
	}
	c.page[i] = page
	c.slot[page] = i
	c.linkFirst(i)
}

func (c *translations) unlink(i int32) {
	c.next[c.prev[i]], c.prev[c.next[i]] = c.next[i], c.prev[i]
}

func (c *translations) linkFirst(i int32) {
	first := c.next[0]
	c.prev[i], c.next[i] = 0, first
	c.next[0], c.prev[first] = i, i
}
