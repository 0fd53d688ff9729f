package lb

import (
	"math"

	"github.com/dsnsim/dsnsim/sim/rng"
)

// DefaultTable is the default size of a Maglev table. source: Eisenbud et al., "Maglev: A Fast and Reliable Software
// Network Load Balancer", NSDI 2016, section 5.3: 65537 and 655373 are the sizes that they evaluate.
const DefaultTable = 65537

// none marks a backend that takes no turns, and a table without any that does.
const none = -1

// Maglev fills a table of a prime size with the numbers of backends (Eisenbud et al., NSDI 2016, section 3.4): each has a
// permutation of the places, from two hashes of its name, and in turn takes the next place of it that is free. A
// backend of half the weight of the heaviest takes every other turn; one of weight 0 takes none. The entries are -1
// where no backend has a weight. names should differ, and weights be as long.
func Maglev(names []uint64, weights []int, size int) []int16 {
	table := make([]int16, size)
	for i := range table {
		table[i] = none
	}
	most := 0
	for _, w := range weights {
		most = max(most, w)
	}
	if most == 0 {
		return table
	}
	turns := make([]turn, len(names))
	for i, name := range names {
		turns[i] = turn{at: rng.Mix(name^hashOffset) % uint64(size), skip: rng.Mix(name^hashSkip)%uint64(size-1) + 1}
	}
	for filled := 0; ; {
		for i := range turns {
			t := &turns[i]
			if t.credit += weights[i]; t.credit < most {
				continue
			}
			t.credit -= most
			for table[t.at] != none {
				t.next(uint64(size))
			}
			table[t.at] = int16(i)
			if filled++; filled == size {
				return table
			}
		}
	}
}

// turn is where a backend is in its permutation, and what it has saved of its turns.
type turn struct {
	at, skip uint64
	credit   int
}

func (t *turn) next(size uint64) {
	if t.at += t.skip; t.at >= size {
		t.at -= size
	}
}

// The seeds of the two hashes: digits of the fractional parts of e and of the golden ratio.
const (
	hashOffset = 0xb7e151628aed2a6a
	hashSkip   = 0x9e3779b97f4a7c15
)

// IsPrime reports whether n is a prime number: the size of a table must be, so that every skip reaches every place.
func IsPrime(n int) bool {
	if n < 2 {
		return false
	}
	for d := 2; d <= int(math.Sqrt(float64(n))); d++ {
		if n%d == 0 {
			return false
		}
	}
	return true
}
