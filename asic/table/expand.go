package table

import (
	"fmt"
	"math/bits"
)

// The memories of a match-action stage. They are the Tofino's, as its open-sourced compiler has them.
const (
	SRAMBlockWords   = 1024 // source: p4lang/p4c backends/tofino/bf-p4c/mau/tofino/memories.h
	SRAMWordBits     = 128  // source: p4lang/p4c .../mau/table_format.h, SINGLE_RAM_BITS
	TCAMBlockEntries = 512  // source: p4lang/p4c .../specs/mau_spec.h and mau/tofino/memories.h
	TCAMWordBits     = 44   // source: the same; 40 bits come from the crossbar's 5-byte group, 4 from a shared byte

	// entryVersionBits is what an exact-match entry holds beside key and value, and tells it from a free slot.
	entryVersionBits = 4 // source: p4lang/p4c .../mau/table_format.h, VERSION_BITS
	// maxEntriesInWord bounds how finely a word is divided.
	maxEntriesInWord = 5 // source: p4lang/p4c .../mau/table_format.h, MAX_GROUPS_PER_RAM
	// maxWideWords bounds the blocks that are read side by side as one wide word.
	maxWideWords = 8 // assumed: a key of 40 bytes with its value needs 4, and 8 lets two such entries share a row

	// ExactLoadPercent is the share of the slots that may be in use before insertions fail: below the 97% at which
	// an Exact of two ways refuses first, as a table in service must insert without long chains of moves.
	ExactLoadPercent = 90 // assumed
	// LPMBucketRoutes is the size of the SRAM buckets of an algorithmic LPM table.
	LPMBucketRoutes = 16 // assumed: a bucket of IPv4 routes then fills whole words and is read in one cycle
	// lpmFillPercent is the share of a bucket that is in use at worst when a trie is cut into subtrees of at most b
	// routes: each has b/2 at least. source: Zane, Narlikar, Basu, "CoolCAMs", INFOCOM 2003, subtree-split.
	lpmFillPercent = 50
)

// Blocks is a number of memory blocks.
type Blocks struct{ SRAM, TCAM int }

// Add returns the sum.
func (b Blocks) Add(o Blocks) Blocks { return Blocks{b.SRAM + o.SRAM, b.TCAM + o.TCAM} }

// ExactLayout is how an exact-match table lies in SRAM.
type ExactLayout struct {
	Blocks
	WordsWide     int // blocks read side by side
	EntriesPerRow int // entries compared in one read of a way
}

// ExactBlocks returns the layout that needs the fewest blocks, the narrowest of equals, for a table of the given
// number of entries when loadPercent of its slots may be in use. Each way is a memory of its own. It panics when a
// width, the ways or the load are out of range (an entry must fit 8 words): those are the author's choice.
func ExactBlocks(entries, keyBits, valueBits, ways, loadPercent int) ExactLayout {
	entryBits := keyBits + valueBits + entryVersionBits
	if keyBits < 1 || valueBits < 0 || ways < 1 || loadPercent < 1 || loadPercent > 100 || entryBits > maxWideWords*SRAMWordBits {
		panic(fmt.Sprintf("table: ExactBlocks(%d, %d, %d, %d, %d)", entries, keyBits, valueBits, ways, loadPercent))
	}
	slotsPerWay := ceilDiv(ceilDiv(entries*100, loadPercent), ways)
	var best ExactLayout
	for wide := 1; wide <= maxWideWords; wide++ {
		perRow := min(wide*SRAMWordBits/entryBits, wide*maxEntriesInWord)
		if perRow == 0 {
			continue
		}
		blocks := ways * wide * ceilDiv(ceilDiv(slotsPerWay, perRow), SRAMBlockWords)
		if best.WordsWide == 0 || blocks < best.SRAM {
			best = ExactLayout{Blocks{SRAM: blocks}, wide, perRow}
		}
	}
	return best
}

// TernaryBlocks returns the blocks for a TCAM of the given number of entries, ranges expanded (see Rule.TCAMEntries):
// blocks side by side for the key's width and one behind another for the entries, and the values in SRAM. A longest
// prefix match in TCAM is the same, with address and VRF for key and one entry a route. It panics when a width is out
// of range.
func TernaryBlocks(entries, keyBits, valueBits int) Blocks {
	if keyBits < 1 || valueBits < 0 || valueBits > SRAMWordBits {
		panic(fmt.Sprintf("table: TernaryBlocks(%d, %d, %d)", entries, keyBits, valueBits))
	}
	b := Blocks{TCAM: ceilDiv(keyBits, TCAMWordBits) * ceilDiv(entries, TCAMBlockEntries)}
	if valueBits > 0 {
		b.SRAM = ceilDiv(ceilDiv(entries, SRAMWordBits/valueBits), SRAMBlockWords)
	}
	return b
}

// LPMBlocks returns the blocks for an algorithmic LPM table: the trie of the routes is cut into subtrees of at most
// bucketRoutes, a small TCAM finds the subtree by its root's prefix, and all routes of the subtree are then read from
// SRAM at once and compared. keyBits counts address and VRF. Buckets are assumed to be half full, which is the worst
// case; each also holds the value of the longest route above its subtree. It panics when a width is out of range.
func LPMBlocks(routes, keyBits, valueBits, bucketRoutes int) Blocks {
	if keyBits < 1 || valueBits < 1 || bucketRoutes < 2 {
		panic(fmt.Sprintf("table: LPMBlocks(%d, %d, %d, %d)", routes, keyBits, valueBits, bucketRoutes))
	}
	buckets := ceilDiv(routes*100, bucketRoutes*lpmFillPercent)
	routeBits := keyBits + bits.Len(uint(keyBits)) + valueBits // the prefix, its length, the value
	wide := ceilDiv(bucketRoutes*routeBits+valueBits, SRAMWordBits)
	number := max(1, bits.Len(uint(max(1, buckets)-1)))
	return TernaryBlocks(buckets, keyBits, number).Add(Blocks{SRAM: wide * ceilDiv(buckets, SRAMBlockWords)})
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
