package alloc

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/hw/profile"
)

// chip returns the chip of a shipped profile.
func chip(t testing.TB, name string) Chip {
	t.Helper()
	p, err := profile.Load(name)
	require.NoError(t, err)
	return ChipOf(p)
}

// fits allocates what must fit.
func fits(t require.TestingT, tables []Table, c Chip) *Map {
	m, err := Allocate(tables, c)
	require.NoError(t, err)
	return m
}

// small is an exact table that takes two blocks.
func small(name string, needs ...Dependency) Table {
	return Table{Name: name, Match: Exact, KeyBits: 32, ActionBits: 32, Entries: 100, Needs: needs}
}

// after is a dependency of each kind in the shortest form.
func after(on int, k Kind) Dependency { return Dependency{on, k} }

// stagesOf returns the stages, from 0, that hold a part of a table.
func stagesOf(m *Map, name string) []int {
	var list []int
	for s := range m.Stages {
		for _, p := range m.Stages[s].Parts {
			if p.Table == name && (len(list) == 0 || list[len(list)-1] != s) {
				list = append(list, s)
			}
		}
	}
	return list
}

// randomTables draws a chain of tables with dependencies on earlier ones.
func randomTables(t *rapid.T, home bool) []Table {
	var tables []Table
	for i := range rapid.IntRange(0, 8).Draw(t, "tables") {
		tab := Table{Name: fmt.Sprintf("t%d", i), Match: Match(rapid.IntRange(0, 3).Draw(t, "match")),
			KeyBits: rapid.IntRange(1, 320).Draw(t, "key"), ActionBits: rapid.IntRange(1, 128).Draw(t, "action"),
			Entries:  rapid.Int64Range(0, 30_000).Draw(t, "entries"),
			Stateful: rapid.Bool().Draw(t, "stateful"), ExpandPercent: rapid.Int64Range(100, 300).Draw(t, "expand"),
			Searched: rapid.Int64Range(0, 2000).Draw(t, "searched")}
		if home {
			tab.Home = Home(rapid.IntRange(0, 2).Draw(t, "home"))
		}
		for k := range min(i, rapid.IntRange(0, 2).Draw(t, "needs")) {
			tab.Needs = append(tab.Needs, Dependency{rapid.IntRange(0, i-1).Draw(t, fmt.Sprint("on", k)), Kind(rapid.IntRange(0, 2).Draw(t, "kind"))})
		}
		tables = append(tables, tab)
	}
	return tables
}

// randomChip draws a chip around Tofino's.
func randomChip(t *rapid.T, c Chip) Chip {
	c.Stages = rapid.IntRange(1, 20).Draw(t, "stages")
	c.SRAMBlocks = rapid.IntRange(4, 120).Draw(t, "sram")
	c.TCAMBlocks = rapid.IntRange(0, 40).Draw(t, "tcam")
	c.Tables = rapid.IntRange(1, 16).Draw(t, "logical")
	c.Seam = rapid.IntRange(0, c.Stages-1).Draw(t, "seam")
	return c
}
