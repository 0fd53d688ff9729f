package table

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/units"
)

func TestExactBlocksByHand(t *testing.T) {
	for _, c := range []struct {
		name                            string
		entries, key, value, ways, load int
		want                            ExactLayout
	}{
		// 28+32+4 = 64 bits, two a word: 8192 entries are 4096 words, two blocks a way.
		{"two entries a word", 8192, 28, 32, 2, 100, ExactLayout{Blocks{SRAM: 4}, 1, 2}},
		// One entry more a way needs another row and thus another block in each way.
		{"one entry over", 8193, 28, 32, 2, 100, ExactLayout{Blocks{SRAM: 6}, 1, 2}},
		// 120+4+4 = 128 bits, and half full: 2048 words in each of two ways.
		{"half full", 2048, 120, 4, 2, 50, ExactLayout{Blocks{SRAM: 4}, 1, 1}},
		// 16 bits could lie 8 to a word, but 5 is the limit: 5120 entries a block.
		{"tiny entries", 5120, 8, 4, 1, 100, ExactLayout{Blocks{SRAM: 1}, 1, 5}},
		// 160 bits: one a pair of words wastes 96 bits, four lie in five words.
		{"wide packing", 4096, 128, 28, 1, 100, ExactLayout{Blocks{SRAM: 5}, 5, 4}},
		{"nothing", 0, 28, 32, 2, 100, ExactLayout{Blocks{}, 1, 2}},
	} {
		assert.Equal(t, c.want, ExactBlocks(c.entries, c.key, c.value, c.ways, c.load), c.name)
	}
	assert.Equal(t, 16*units.KiB, Blocks{SRAM: 1}.SRAMBytes())
	assert.Panics(t, func() { ExactBlocks(1, 1, 1, 1, 101) })
	assert.Panics(t, func() { ExactBlocks(1, 1100, 1, 1, 90) })
}

func TestTernaryBlocksByHand(t *testing.T) {
	// An IPv4 rule of 104 bits and a VRF of 12 is three words wide.
	assert.Equal(t, Blocks{TCAM: 6, SRAM: 1}, TernaryBlocks(1000, 116, 32))
	assert.Equal(t, Blocks{TCAM: 1}, TernaryBlocks(512, 44, 0))
	assert.Equal(t, Blocks{TCAM: 2}, TernaryBlocks(512, 45, 0))
	assert.Equal(t, Blocks{TCAM: 2}, TernaryBlocks(513, 44, 0))
	// 4 values of 32 bits a word: 4096 a block.
	assert.Equal(t, 1, TernaryBlocks(4096, 44, 32).SRAM)
	assert.Equal(t, 2, TernaryBlocks(4097, 44, 32).SRAM)
	assert.Panics(t, func() { TernaryBlocks(1, 0, 32) })
	assert.Panics(t, func() { TernaryBlocks(1, 44, 129) })
}

func TestLPMBlocksByHand(t *testing.T) {
	// 8192 routes are 1024 half-full buckets of 16. A route is 44+6+16 = 66 bits, a bucket 16*66+16 = 1072 bits, nine
	// words. The pivots are 1024 TCAM entries, two blocks, with 10-bit bucket numbers, 12 a word, one block.
	assert.Equal(t, Blocks{TCAM: 2, SRAM: 9 + 1}, LPMBlocks(8192, 44, 16, 16))
	// 16 routes of 40+6+18 = 64 bits fill eight words; the value of the route above them needs a ninth.
	assert.Equal(t, Blocks{TCAM: 2, SRAM: 9 + 1}, LPMBlocks(8192, 40, 18, 16))
	assert.Equal(t, Blocks{}, LPMBlocks(0, 44, 16, 16))
	assert.Equal(t, Blocks{TCAM: 1, SRAM: 9 + 1}, LPMBlocks(1, 44, 16, 16))
	assert.Panics(t, func() { LPMBlocks(1, 44, 16, 1) })
}

// TestAlgorithmicLPMSavesTCAM checks the purpose: four million routes do not fit any TCAM, but their pivots need an
// eighth of it.
func TestAlgorithmicLPMSavesTCAM(t *testing.T) {
	plain, cut := TernaryBlocks(4_000_000, 44, 32), LPMBlocks(4_000_000, 44, 32, LPMBucketRoutes)
	assert.InDelta(t, float64(plain.TCAM)/8, float64(cut.TCAM), 1)
	assert.Greater(t, cut.SRAM, plain.SRAM)
}

// TestBlocksHoldTheEntries checks that the bits suffice, and that more entries never need fewer blocks.
func TestBlocksHoldTheEntries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 1<<22).Draw(t, "entries")
		key, value := rapid.IntRange(1, 320).Draw(t, "key"), rapid.IntRange(1, 64).Draw(t, "value")
		ways, load := rapid.IntRange(1, 4).Draw(t, "ways"), rapid.IntRange(50, 100).Draw(t, "load")
		x := ExactBlocks(n, key, value, ways, load)
		room := x.SRAM / x.WordsWide * SRAMBlockWords * x.EntriesPerRow
		require.GreaterOrEqual(t, room*load, n*100)
		require.LessOrEqual(t, x.EntriesPerRow*(key+value+entryVersionBits), x.WordsWide*SRAMWordBits)
		more := ExactBlocks(n+4096, key, value, ways, load)
		require.GreaterOrEqual(t, more.SRAM, x.SRAM)
		tern := TernaryBlocks(n, key, value)
		require.GreaterOrEqual(t, tern.TCAM*TCAMBlockEntries*TCAMWordBits, n*key)
		require.GreaterOrEqual(t, LPMBlocks(n+4096, key, value, 16).SRAM, LPMBlocks(n, key, value, 16).SRAM)
	})
}

// TestALoadedTableFitsItsBlocks ties the model of the memory to the table that behaves: entries at the load that the
// blocks are sized for go into an Exact of as many slots.
func TestALoadedTableFitsItsBlocks(t *testing.T) {
	const entries = 20_000
	layout := ExactBlocks(entries, 8*TupleBytesV4, 32, 2, ExactLoadPercent)
	slots := min(layout.SRAM/layout.WordsWide*SRAMBlockWords*layout.EntriesPerRow, entries*100/ExactLoadPercent)
	table := newExact(t, DefaultExactSpec(slots, TupleBytesV4))
	for i, k := range scrambledKeys(entries, 11) {
		outcome, _ := table.Insert(&k, uint32(i))
		require.Equal(t, Inserted, outcome)
	}
}
