package alloc

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/units"
)

func TestDependenciesDecideTheStage(t *testing.T) {
	c := chip(t, "reference-100g")
	for _, k := range []struct {
		kind Kind
		want int
	}{{Successor, 0}, {Action, 1}, {OnMatch, 1}} {
		m := fits(t, []Table{small("a"), small("b", after(0, k.kind))}, c)
		assert.Equal(t, []int{k.want}, stagesOf(m, "b"), k.kind)
		assert.Equal(t, k.want+1, m.InUse())
	}
}

// A table that fills stages is split over those that follow, and what waits for it waits for its last part.
func TestLargeTablesAreSplit(t *testing.T) {
	c := chip(t, "reference-100g")
	// 44 bits: 24 blocks of 512 a stage. 30,000 entries are 59 blocks: 24, 24 and 11.
	acl := Table{Name: "acl", Match: Ternary, KeyBits: 44, Entries: 30_000}
	m := fits(t, []Table{acl, small("next", after(0, OnMatch))}, c)
	require.Equal(t, []int{0, 1, 2}, stagesOf(m, "acl"))
	assert.Equal(t, []int{24, 24, 11}, []int{m.Stages[0].Used.TCAM, m.Stages[1].Used.TCAM, m.Stages[2].Used.TCAM})
	assert.EqualValues(t, 24*512, m.Stages[0].Parts[0].Entries)
	assert.EqualValues(t, 30_000-2*24*512, m.Stages[2].Parts[0].Entries)
	assert.Equal(t, []int{3}, stagesOf(m, "next"))
	assert.Equal(t, units.Cycles(4+22+1+1+20+8), m.Latency, "the parts do not wait for each other")
}

// A key of seven words leaves three blocks of 24 unused; one of 308 bits takes 38.5 of the crossbar's 66 bytes.
func TestWideKeysLeaveRests(t *testing.T) {
	c := chip(t, "reference-100g")
	acl := Table{Name: "acl", Match: Ternary, KeyBits: 308, ActionBits: 8, Entries: 4 * 512}
	m := fits(t, []Table{acl}, c)
	assert.Equal(t, []int{21, 7}, []int{m.Stages[0].Used.TCAM, m.Stages[1].Used.TCAM})
	assert.Equal(t, 39, m.Stages[0].Used.TernaryBytes())
	// A second table of that width finds no crossbar in a stage of the first, though it finds blocks.
	acl.Entries = 512
	other := acl
	other.Name = "other"
	m = fits(t, []Table{acl, other}, c)
	assert.Equal(t, []int{0}, stagesOf(m, "acl"))
	assert.Equal(t, []int{1}, stagesOf(m, "other"))
	// One of five words does.
	other.KeyBits = 5 * 44
	m = fits(t, []Table{acl, other}, c)
	assert.Equal(t, []int{0}, stagesOf(m, "other"))
	assert.Equal(t, 66, m.Stages[0].Used.TernaryBytes())
}

func TestLogicalTablesAndExactCrossbarAreLimits(t *testing.T) {
	c := chip(t, "reference-100g")
	var tables []Table
	for range 17 {
		tables = append(tables, small("t"))
	}
	m := fits(t, tables, c)
	assert.Equal(t, []int{16, 1}, []int{m.Stages[0].Used.Tables, m.Stages[1].Used.Tables})
	wide := small("wide")
	wide.KeyBits = 65 * 8 // 65 of 128 bytes
	m = fits(t, []Table{wide, wide}, c)
	assert.Equal(t, []int{1, 1}, []int{m.Stages[0].Used.Tables, m.Stages[1].Used.Tables})
}

// What has look-ups behind it comes first: the last of a long chain would not fit if the large table took the TCAM.
func TestTheLongestChainComesFirst(t *testing.T) {
	c := chip(t, "reference-100g")
	big := Table{Name: "big", Match: Ternary, KeyBits: 44, Entries: 240 * 512}
	key := Table{Name: "key", Match: Ternary, KeyBits: 44, Entries: 512}
	next := small("next", after(1, OnMatch))
	last := small("last", after(2, OnMatch))
	m := fits(t, []Table{big, key, next, last}, c)
	assert.Equal(t, []int{0}, stagesOf(m, "key"))
	assert.Equal(t, []int{2}, stagesOf(m, "last"))
	assert.Len(t, stagesOf(m, "big"), 11)
}

// A small LPM table is a TCAM. A large one is a TCAM of subtree roots and buckets that are read a stage later; the
// blocks are those of asic/table.
func TestLPMBecomesAlgorithmic(t *testing.T) {
	c := chip(t, "reference-100g")
	few := Table{Name: "lpm", Match: LPM, KeyBits: 44, ActionBits: 32, Entries: algorithmicFrom}
	m := fits(t, []Table{few}, c)
	assert.Equal(t, []int{0}, stagesOf(m, "lpm"))
	assert.Equal(t, 4, m.Used().TCAM)
	many := few
	many.Entries = 100_000
	m = fits(t, []Table{many, small("deliver", after(0, OnMatch))}, c)
	want := table.LPMBlocks(100_000, 44, 32, table.LPMBucketRoutes)
	assert.Equal(t, want.TCAM, m.Used().TCAM)
	roots, buckets, end := 0, 99, 0
	for s := range m.Stages {
		for _, p := range m.Stages[s].Parts {
			switch p.Role {
			case roleRoots:
				roots = max(roots, s)
			case roleBuckets:
				buckets, end = min(buckets, s), max(end, s)
			}
		}
	}
	assert.Less(t, roots, buckets)
	assert.Equal(t, []int{end + 1}, stagesOf(m, "deliver"))
	assert.InDelta(t, want.SRAM, m.Used().SRAM-2, float64(11), "a split costs at most a row of buckets a stage")
}

func TestRangesTakeSeveralEntries(t *testing.T) {
	c := chip(t, "reference-100g")
	r := Table{Name: "acl", Match: Range, KeyBits: 44, Entries: 1024, ExpandPercent: 150}
	assert.Equal(t, 3, fits(t, []Table{r}, c).Used().TCAM)
	r.ExpandPercent, r.Entries = 0, 256
	assert.Equal(t, 15, fits(t, []Table{r}, c).Used().TCAM, "thirty entries a rule when nothing is known")
}

// On a chip with memory a table goes there when the stages are full, keeps a cache in the stages, and says what a
// look-up costs.
func TestTablesSpillToMemory(t *testing.T) {
	c := chip(t, "reference-100g")
	acl := Table{Name: "acl", Match: Ternary, KeyBits: 308, ActionBits: 16, Entries: 192_000, Searched: 1000, Home: MaySpill}
	lpm := Table{Name: "lpm", Match: LPM, KeyBits: 140, ActionBits: 32, Entries: 20_000, Searched: 1000, Home: MaySpill}
	m := fits(t, []Table{acl, lpm}, c)
	require.Len(t, m.Spilled, 1, "what takes most goes first, and the other fits then")
	assert.Equal(t, Spilled{Table: "acl", Entries: 192_000, Bytes: 192_000 * 64 * 2, Reads: 5}, m.Spilled[0])
	assert.EqualValues(t, 65_536, m.CacheEntries)
	assert.Equal(t, 5, m.MemoryReads(), "4^5 is the first power of four above 1,000")
	cached := int64(0)
	for _, s := range m.Stages {
		for _, p := range s.Parts {
			if p.Role == roleCache {
				cached += p.Entries
			}
		}
	}
	assert.EqualValues(t, 65_536, cached)

	lpm.Entries = 4_000_000
	lpm.Searched = 0
	m = fits(t, []Table{acl, lpm}, c)
	require.Len(t, m.Spilled, 2)
	assert.Equal(t, 6, m.Spilled[1].Reads, "16^6 is the first power of sixteen above four million")
	assert.Equal(t, 11, m.MemoryReads())
	assert.Equal(t, m.Spilled[0].Bytes+m.Spilled[1].Bytes, m.MemoryBytes())

	flow := Table{Name: "flow", Match: Exact, KeyBits: 308, ActionBits: 128, Entries: 5, Stateful: true, Home: InMemory}
	m = fits(t, []Table{flow}, c)
	require.Len(t, m.Spilled, 1, "it lives there however small it is")
	assert.Equal(t, 1, m.Spilled[0].Reads)
	c.Memory = 0
	m = fits(t, []Table{flow}, c)
	assert.Empty(t, m.Spilled)
	assert.EqualValues(t, 5, m.Stages[0].Parts[0].Entries)
	assert.Zero(t, m.CacheEntries)
}

func TestRefusalsNameNeedAndRoom(t *testing.T) {
	c := chip(t, "reference-100g")
	for _, r := range []struct {
		name   string
		tables []Table
		change func(*Chip)
		res    string
		want   string
	}{
		{"more TCAM than there is", []Table{{Name: "acl", Match: Ternary, KeyBits: 296, Entries: 400_000}}, nil, "TCAM blocks",
			"table acl: 400k ternary rules of 296 bit need 5,474 TCAM blocks, the 12 stages have 288; reduce rules or use a profile with more"},
		{"more SRAM than there is", []Table{{Name: "flow", Match: Exact, KeyBits: 104, ActionBits: 16, Entries: 10_000_000}}, nil, "SRAM blocks",
			"table flow: 10M exact entries of 104 bit need 10,852 SRAM blocks, the 12 stages have 960; reduce entries or use a profile with more"},
		{"what others left", []Table{{Name: "acl", Match: Ternary, KeyBits: 44, Entries: 100_000},
			{Name: "more", Match: Ternary, KeyBits: 44, Entries: 100_000}}, nil, "TCAM blocks",
			"table more: 100k ternary rules of 44 bit need 196 TCAM blocks, of the 288 in stages 1 to 12, where it can be, 92 are free beside acl; " +
				"reduce rules or use a profile with more"},
		{"too few stages behind another", []Table{{Name: "acl", Match: Ternary, KeyBits: 44, Entries: 10 * 24 * 512},
			{Name: "more", Match: Ternary, KeyBits: 44, Entries: 100_000, Needs: []Dependency{after(0, OnMatch)}}}, nil, "TCAM blocks",
			"table more: 100k ternary rules of 44 bit need 196 TCAM blocks, of the 48 in stages 11 to 12, where it can be, 48 are free behind acl; " +
				"reduce rules or use a profile with more"},
		{"behind the last stage", []Table{{Name: "acl", Match: Ternary, KeyBits: 44, Entries: 288 * 512}, small("next", after(0, Action))}, nil,
			"stages", "table next must come after acl, which ends in the last of 12 stages of profile reference-100g; " +
				"shorten the chain or use a profile with more"},
		{"a key wider than the crossbar", []Table{{Name: "acl", Match: Ternary, KeyBits: 13 * 44, Entries: 1}}, nil,
			"bytes of the ternary crossbar", "table acl: one entry of 572 bit needs 72 bytes of the ternary crossbar in a stage, " +
				"profile reference-100g has 66; narrow the key or use a profile with more"},
		{"no TCAM at all", []Table{{Name: "acl", Match: Ternary, KeyBits: 44, Entries: 1}}, func(c *Chip) { c.TCAMBlocks = 0 },
			"TCAM blocks", "table acl: one entry of 44 bit needs 1 TCAM blocks in a stage, profile reference-100g has 0; " +
				"narrow the key or use a profile with more"},
		{"too many tables", []Table{small("a"), small("b"), small("c")}, func(c *Chip) { c.Stages, c.Tables = 2, 1 }, "logical tables",
			"table c: 100 exact entries of 32 bit need 1 logical tables, of the 2 in stages 1 to 2, where it can be, 0 are free beside a, b; " +
				"reduce entries or use a profile with more"},
		{"rests too narrow", []Table{{Name: "acl", Match: Ternary, KeyBits: 7 * 44, Entries: 37 * 512}}, nil, "TCAM blocks",
			"table acl: 18944 ternary rules of 308 bit need 259 TCAM blocks, of the 288 in stages 1 to 12, where it can be, 288 are free but not " +
				"so that what belongs together fits in one stage; reduce rules or use a profile with more"},
		{"memory too small", []Table{{Name: "flow", Match: Exact, KeyBits: 308, ActionBits: 128, Entries: 200_000_000, Home: InMemory}}, nil,
			"memory", "table flow: 200M entries take 12.8GB of memory, all tables there take 12.8GB, profile reference-100g has 8.59GB of HBM2; " +
				"reduce them or use a profile with more"},
	} {
		limited := c
		if r.change != nil {
			r.change(&limited)
		}
		_, err := Allocate(r.tables, limited)
		require.Error(t, err, r.name)
		assert.Equal(t, r.want, err.Error(), r.name)
		var refusal *Refusal
		require.True(t, errors.As(err, &refusal), r.name)
		assert.Equal(t, r.res, refusal.Resource, r.name)
	}
}

func TestImpossibleDeclarations(t *testing.T) {
	c := chip(t, "reference-100g")
	for _, bad := range []Table{
		{Name: "x", KeyBits: 0, Entries: 1}, {Name: "x", KeyBits: 801, Entries: 1}, {Name: "x", KeyBits: 1, ActionBits: 129},
		{Name: "x", KeyBits: 1, Entries: -1}, {Name: "x", KeyBits: 1, Entries: 1 << 41},
		{Name: "x", KeyBits: 1, Needs: []Dependency{{0, OnMatch}}}, {Name: "x", KeyBits: 1, Needs: []Dependency{{-1, OnMatch}}},
	} {
		_, err := Allocate([]Table{bad}, c)
		require.ErrorContains(t, err, "table x", "%+v", bad)
	}
}

// Whatever is placed keeps all limits, is there as a whole, and comes after what it depends on.
func TestPlacementsAreSound(t *testing.T) {
	base := chip(t, "reference-100g")
	rapid.Check(t, func(t *rapid.T) {
		tables, c := randomTables(t, true), randomChip(t, base)
		m, err := Allocate(tables, c)
		if err != nil {
			var refusal *Refusal
			require.True(t, errors.As(err, &refusal), "%v", err)
			return
		}
		requireLimits(t, m, c)
		requireWhole(t, m, tables)
		requireOrder(t, m, tables)
		again, err := Allocate(tables, c)
		require.NoError(t, err)
		require.Equal(t, m, again, "the same in gives the same out")
	})
}

func requireLimits(t *rapid.T, m *Map, c Chip) {
	require.Len(t, m.Stages, c.Stages)
	for _, s := range m.Stages {
		var sum Need
		for _, p := range s.Parts {
			sum = sum.add(p.Need)
		}
		require.Equal(t, s.Used, sum)
		require.LessOrEqual(t, sum.SRAM, c.SRAMBlocks)
		require.LessOrEqual(t, sum.TCAM, c.TCAMBlocks)
		require.LessOrEqual(t, sum.Tables, c.Tables)
		require.LessOrEqual(t, units.Bytes(sum.ExactBytes), c.ExactCrossbar)
		require.LessOrEqual(t, units.Bytes(sum.TernaryBytes()), c.TernaryCrossbar)
		require.Equal(t, len(s.Parts), sum.Tables)
	}
	require.LessOrEqual(t, m.MemoryBytes(), c.Memory)
}

// requireWhole checks that each table is in the stages with all its entries, or in memory.
func requireWhole(t *rapid.T, m *Map, tables []Table) {
	spilled := map[string]int64{}
	for _, s := range m.Spilled {
		spilled[s.Table] = s.Entries
	}
	for _, tab := range tables {
		var whole, roots, buckets int64
		parts := 0
		for _, s := range m.Stages {
			for _, p := range s.Parts {
				if p.Table != tab.Name {
					continue
				}
				switch p.Role {
				case roleRoots:
					roots += p.Entries
				case roleBuckets:
					buckets += p.Entries
				case "":
					whole += p.Entries
					parts++
				}
			}
		}
		switch n, away := spilled[tab.Name]; {
		case away:
			require.NotEqual(t, OnChip, tab.Home)
			require.Equal(t, tab.Entries, n)
			require.Zero(t, parts)
		case tab.Match == LPM && tab.Entries > algorithmicFrom:
			require.Equal(t, roots, buckets)
			require.GreaterOrEqual(t, roots*table.LPMBucketRoutes, 2*tab.Entries, "half-full buckets hold them")
		default:
			require.Equal(t, tab.Entries, whole, tab.Name)
			require.Positive(t, parts, "even an empty table is looked up")
		}
	}
}

// requireOrder checks that a table's first part comes after the last of what it needs. Tables in memory are found where
// the cache is, and wait for what the first of them needs only.
func requireOrder(t *rapid.T, m *Map, tables []Table) {
	away, first := map[string]bool{}, ""
	for _, s := range m.Spilled {
		if first == "" {
			first = s.Table
		}
		away[s.Table] = true
	}
	at := func(name string) []int {
		if away[name] {
			name = first
		}
		return stagesOf(m, name)
	}
	for _, tab := range tables {
		if away[tab.Name] && tab.Name != first {
			continue
		}
		for _, d := range tab.Needs {
			if away[tab.Name] && away[tables[d.On].Name] {
				continue
			}
			on := at(tables[d.On].Name)
			if d.Kind == Successor {
				require.GreaterOrEqual(t, at(tab.Name)[0], on[len(on)-1])
			} else {
				require.Greater(t, at(tab.Name)[0], on[len(on)-1])
			}
		}
	}
}

// Tables that are alike but for their size and depend on nothing can come in any order. (Where widths differ a greedy
// allocator can leave rests in one order that it does not leave in another.)
func TestPermutationsOfEqualTablesFitAlike(t *testing.T) {
	base := chip(t, "reference-100g")
	rapid.Check(t, func(t *rapid.T) {
		c := randomChip(t, base)
		shape := Table{Match: Ternary, KeyBits: rapid.IntRange(1, 4*44).Draw(t, "key")}
		c.Tables = 16
		var tables []Table
		for i := range rapid.IntRange(1, 3).Draw(t, "n") {
			tab := shape
			tab.Name = string(rune('a' + i))
			tab.Entries = rapid.Int64Range(1, 60_000).Draw(t, "entries")
			tables = append(tables, tab)
		}
		one, errOne := Allocate(tables, c)
		other, errOther := Allocate(rapid.Permutation(tables).Draw(t, "order"), c)
		require.Equal(t, errOne == nil, errOther == nil, "%v, %v", errOne, errOther)
		if errOne == nil {
			require.Equal(t, one.Latency, other.Latency)
			require.Equal(t, one.Used().TCAM, other.Used().TCAM)
		}
	})
}

// More entries never need fewer blocks, and a chip with more of anything takes what one with less took.
func TestMoreRoomTakesWhatLessTook(t *testing.T) {
	base := chip(t, "reference-100g")
	rapid.Check(t, func(t *rapid.T) {
		tab := randomTables(t, false)
		if len(tab) == 0 {
			t.Skip("nothing to place")
		}
		one := tab[:1]
		c := randomChip(t, base)
		if _, err := Allocate(one, c); err != nil {
			t.Skip("does not fit")
		}
		more := c
		more.Stages += rapid.IntRange(0, 3).Draw(t, "stages more")
		more.SRAMBlocks += rapid.IntRange(0, 9).Draw(t, "sram more")
		more.TCAMBlocks += rapid.IntRange(0, 9).Draw(t, "tcam more")
		more.Tables += rapid.IntRange(0, 3).Draw(t, "tables more")
		_, err := Allocate(one, more)
		require.NoError(t, err)
	})
}
