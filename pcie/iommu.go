package pcie

import (
	"math/rand/v2"

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
	// ReadHold is how much longer a walker is held by a read than by a write.
	ReadHold units.Duration
}

// iommu is the state of the IOTLB and its page walkers. Requests must come in the order of their arrival.
type iommu struct {
	spec    IOMMUSpec
	dram    DRAMSpec
	tlb     translations
	walkers []units.Time // when each is free
	rng     *rand.Rand
}

func newIOMMU(spec IOMMUSpec, dram DRAMSpec, rng *rand.Rand) iommu {
	return iommu{spec: spec, dram: dram, tlb: newTranslations(spec.Entries), walkers: make([]units.Time, spec.Walkers), rng: rng}
}

// translate returns when the translation of a page is there for a request that arrives at instant at. A hit is free
// (its cycles are in the host's latency); a hit on a page whose walk is under way waits for that walk.
func (m *iommu) translate(at units.Time, page uint64, write bool) units.Time {
	if ready, hit := m.tlb.lookup(page); hit {
		return units.Later(at, ready)
	}
	w := 0
	for i := range m.walkers {
		if m.walkers[i].Before(m.walkers[w]) {
			w = i
		}
	}
	done := units.Later(at, m.walkers[w])
	for range m.spec.Accesses {
		done = done.Add(m.spec.Access + m.dram.refreshWait(m.rng))
	}
	m.walkers[w] = done
	if !write {
		m.walkers[w] = done.Add(m.spec.ReadHold)
	}
	m.tlb.insert(page, done)
	return done
}

// translations is a fully associative cache of page translations with least recently used replacement: an IOTLB, or
// the translation cache of a device with ATS. The map only finds entries; its order decides nothing.
type translations struct {
	slot       map[uint64]int32
	page       []uint64
	ready      []units.Time
	prev, next []int32 // a ring through entry 0, most recently used first
	used       int
}

func newTranslations(entries int) translations {
	n := entries + 1 // entry 0 is the head of the ring
	return translations{slot: make(map[uint64]int32, entries), page: make([]uint64, n), ready: make([]units.Time, n),
		prev: make([]int32, n), next: make([]int32, n)}
}

// lookup returns when the translation of a page is (or was) there, and whether the cache has it; it becomes the most
// recently used.
func (c *translations) lookup(page uint64) (units.Time, bool) {
	i, ok := c.slot[page]
	if !ok {
		return units.Time{}, false
	}
	c.unlink(i)
	c.linkFirst(i)
	return c.ready[i], true
}

// insert puts in a page that is not there, in place of the least recently used one when the cache is full.
func (c *translations) insert(page uint64, ready units.Time) {
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
	c.page[i], c.ready[i] = page, ready
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
