package alloc

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/units"
)

// The latency of a Tofino gress: 4 + the sum over 12 stages of 20 where a stage waits for a match before it (+2 with a
// TCAM, +4 with state), 2 where it waits for an action, 1 where it waits for nothing. source: p4lang/p4c
// backends/tofino specs/power_spec.h and mau_power.cpp. The seam of Tofino makes stage 6 wait in any case.
func TestTofinoLatencyRule(t *testing.T) {
	chain := func(n int, k Kind, change func(i int, tab *Table)) []Table {
		var tables []Table
		for i := range n {
			tab := small(fmt.Sprint("t", i))
			if i > 0 {
				tab.Needs = []Dependency{after(i-1, k)}
			}
			if change != nil {
				change(i, &tab)
			}
			tables = append(tables, tab)
		}
		return tables
	}
	stateful := func(_ int, tab *Table) { tab.Stateful = true }
	ternary := func(_ int, tab *Table) { tab.Match = Ternary }
	both := func(i int, tab *Table) { stateful(i, tab); ternary(i, tab) }
	for _, c := range []struct {
		name         string
		tables       []Table
		want, seamed units.Cycles
	}{
		{"no table", nil, 4 + 20 + 11, 4 + 2*20 + 10},
		{"one table", chain(1, OnMatch, nil), 4 + 20 + 11, 4 + 2*20 + 10},
		{"all twelve stages match dependent", chain(12, OnMatch, nil), 4 + 12*20, 4 + 12*20},
		{"all with a TCAM", chain(12, OnMatch, ternary), 4 + 12*22, 4 + 12*22},
		{"all with state", chain(12, OnMatch, stateful), 4 + 12*24, 4 + 12*24},
		{"all with both", chain(12, OnMatch, both), 4 + 12*26, 4 + 12*26},
		{"all action dependent", chain(12, Action, nil), 4 + 20 + 11*2, 4 + 2*20 + 10*2},
		{"all in one stage", chain(12, Successor, nil), 4 + 20 + 11, 4 + 2*20 + 10},
		{"three look-ups", chain(3, OnMatch, nil), 4 + 3*20 + 9, 4 + 4*20 + 8},
		{"a TCAM in the second", chain(3, OnMatch, func(i int, tab *Table) {
			if i == 1 {
				tab.Match = Ternary
			}
		}), 4 + 20 + 22 + 20 + 9, 4 + 20 + 22 + 20 + 20 + 8},
		// What follows without waiting runs in step with the look-up before it, which is then as long as it needs.
		{"a TCAM behind an action", chain(2, Action, func(i int, tab *Table) {
			if i == 1 {
				tab.Match = Ternary
			}
		}), 4 + 22 + 2 + 10, 4 + 22 + 2 + 20 + 9},
	} {
		plain := chip(t, "tofino-like")
		plain.Seam = 0
		assert.Equal(t, c.want, fits(t, c.tables, plain).Latency, c.name)
		assert.Equal(t, c.seamed, fits(t, c.tables, chip(t, "tofino-like")).Latency, "%s, with the seam", c.name)
	}
	c := chip(t, "tofino-like")
	assert.Equal(t, 200*units.Nanosecond, (1_220 * units.MHz).Span(fits(t, chain(12, OnMatch, nil), c).Latency), "244 cycles at 1.22 GHz")
}

// A stage that waits for one two before it, over one that did not wait, still waits.
func TestDependencyOverAConcurrentStage(t *testing.T) {
	c := chip(t, "reference-100g")
	c.Tables = 1 // one table a stage, so that b lies between a and c
	m := fits(t, []Table{small("a"), small("b"), small("c", after(0, OnMatch))}, c)
	assert.Equal(t, []int{2}, stagesOf(m, "c"))
	assert.Equal(t, units.Cycles(4+20+1+20+9), m.Latency)
	m = fits(t, []Table{small("a"), small("b"), small("c", after(0, OnMatch)), small("d", after(1, Action)), small("e", after(2, Action))}, c)
	for s, want := range []Kind{OnMatch, Successor, OnMatch, Successor, Action} {
		assert.Equal(t, want, m.Stages[s].Kind, "stage %d: what b did is known since c waited", s)
	}
	assert.Equal(t, units.Cycles(4+20+1+20+1+2+7), m.Latency)
}

// The rule again, written the other way round: groups of stages that end where one waits for a look-up.
func TestLatencyAgainstGroups(t *testing.T) {
	base := chip(t, "reference-100g")
	rapid.Check(t, func(t *rapid.T) {
		tables, c := randomTables(t, true), randomChip(t, base)
		m, err := Allocate(tables, c)
		if err != nil {
			t.Skip("does not fit")
		}
		stateful := map[string]bool{}
		for _, tab := range tables {
			stateful[tab.Name] = tab.Stateful
		}
		anyStatefulSpilled := false
		for _, s := range m.Spilled {
			anyStatefulSpilled = anyStatefulSpilled || stateful[s.Table]
		}
		want := c.CornerTurn
		for s := 0; s < c.Stages; {
			require.Equal(t, OnMatch, m.Stages[s].Kind)
			group := c.Match
			hasTCAM, hasState := false, false
			end := s
			for ; end < c.Stages && (end == s || m.Stages[end].Kind != OnMatch); end++ {
				switch {
				case end == s:
				case m.Stages[end].Kind == Action:
					group += c.Action
				default:
					group += c.Independent
				}
				for _, p := range m.Stages[end].Parts {
					hasTCAM = hasTCAM || p.TCAM > 0
					hasState = hasState || p.Role != roleCache && p.Role != roleRoots && stateful[p.Table] ||
						p.Role == roleCache && anyStatefulSpilled
				}
			}
			if hasTCAM {
				group += c.TCAM
			}
			if hasState {
				group += c.Stateful
			}
			want += group
			s = end
		}
		require.Equal(t, want, m.Latency)
	})
}

// A further table of one look-up that nothing depends on never makes a packet faster: it is placed last. (A table of two
// look-ups can come before others, and what it pushes behind the seam need not wait twice.)
func TestATableMoreIsNeverFaster(t *testing.T) {
	base := chip(t, "reference-100g")
	rapid.Check(t, func(t *rapid.T) {
		tables, c := randomTables(t, false), randomChip(t, base)
		before, err := Allocate(tables, c)
		if err != nil {
			t.Skip("does not fit")
		}
		more := randomTables(t, false)
		if len(more) == 0 {
			t.Skip("nothing to add")
		}
		extra := more[0]
		extra.Name, extra.Needs = "extra", nil
		if extra.Match == LPM {
			extra.Entries = min(extra.Entries, algorithmicFrom)
		}
		if len(tables) > 0 && rapid.Bool().Draw(t, "depends") {
			// As a successor it changes nobody's place in the order.
			extra.Needs = []Dependency{{rapid.IntRange(0, len(tables)-1).Draw(t, "on extra"), Successor}}
		}
		after, err := Allocate(append(tables[:len(tables):len(tables)], extra), c)
		if err != nil {
			t.Skip("does not fit any more")
		}
		require.GreaterOrEqual(t, after.Latency, before.Latency)
		require.GreaterOrEqual(t, after.Energy, before.Energy)
	})
}

// Energy by hand: an exact table of two ways reads two blocks and writes the one that it changes, a TCAM searches all
// its blocks and reads the action of the entry that matched.
func TestEnergyByHand(t *testing.T) {
	c := chip(t, "tofino-like")
	assert.Zero(t, fits(t, nil, c).Energy)
	e := small("exact")
	assert.Equal(t, 2*c.SRAMRead, fits(t, []Table{e}, c).Energy)
	e.Stateful = true
	assert.Equal(t, 2*c.SRAMRead+c.SRAMWrite, fits(t, []Table{e}, c).Energy)
	// 88 bits are two words, 5000 entries ten blocks of each: 20 blocks, all searched.
	acl := Table{Name: "acl", Match: Ternary, KeyBits: 88, ActionBits: 32, Entries: 5000}
	assert.Equal(t, 20*c.TCAMSearch+c.SRAMRead, fits(t, []Table{acl}, c).Energy)
	// Over two stages the action is read once all the same.
	acl.Entries = 10_000
	m := fits(t, []Table{acl}, c)
	assert.Equal(t, []int{0, 1}, stagesOf(m, "acl"))
	assert.Equal(t, 40*c.TCAMSearch+c.SRAMRead, m.Energy)
	assert.Equal(t, 18_963*units.Femtojoule, c.SRAMRead)
	assert.Equal(t, 19_661*units.Femtojoule, c.TCAMSearch)
}

// The published power rule (power_spec.h): 12.771 mW x 1.88574 for a block of SRAM that is read, 23.419 mW x 1.88574 for one
// that is written, 39.8 mW x 0.62736 for a block of TCAM that is searched, each at a packet a clock of 1.27 GHz; no more
// than 40 W over four pipes. Ours are the same to the rounding of the constants, which have five digits.
func TestPowerRuleOfTofino(t *testing.T) {
	const read, write, search = 12.771e-3 * 1.88574, 23.419e-3 * 1.88574, 39.8e-3 * 0.62736
	c := chip(t, "tofino-like")
	require.Equal(t, 10*units.Watt, c.PowerBudget, "40 W over four pipes")
	const clock = 1270 * units.MHz
	for _, e := range []struct {
		ours units.Energy
		rule float64
	}{{c.SRAMRead, read}, {c.SRAMWrite, write}, {c.TCAMSearch, search}} {
		assert.InDelta(t, e.rule/1.27e9*1e15, float64(e.ours), 0.5, "fJ, to the rounding")
	}
	state := small("state")
	state.Stateful = true
	tables := []Table{small("exact"), state, {Name: "acl", Match: Ternary, KeyBits: 88, ActionBits: 32, Entries: 10_000}}
	m := fits(t, tables, c)
	// Two ways of each exact table, one of them written; 40 blocks searched, and the action of the one that matched.
	assert.Equal(t, []int{2 + 2 + 1, 1, 40}, []int{m.Reads, m.Writes, m.Searches})
	rule := (2+2+1)*read + write + 40*search
	assert.InDelta(t, rule*1000, float64(m.Power(clock)), 1, "mW")
	assert.InEpsilon(t, rule, float64(m.Energy)*1.27e-6, 2e-5)
}

// What takes more than the budget at a packet a clock is refused, and what takes as much is not.
func TestPowerBudgetOfTheStages(t *testing.T) {
	c := chip(t, "tofino-like")
	acl := []Table{{Name: "acl", Match: Ternary, KeyBits: 88, ActionBits: 32, Entries: 50_000}} // 200 blocks
	m := fits(t, acl, c)
	c.PowerBudget = m.Power(c.Clock)
	fits(t, acl, c)
	c.PowerBudget--
	_, err := Allocate(acl, c)
	var r *Refusal
	require.ErrorAs(t, err, &r)
	assert.Equal(t, "power", r.Resource)
	assert.EqualError(t, err, "the tables' look-ups take 3.873 nJ a packet, which is 4.724 W at a packet a clock of 1.22GHz; profile tofino-like allows 4723mW")
	c.PowerBudget = 0
	fits(t, acl, c)
	assert.Zero(t, chip(t, "reference-100g").PowerBudget)
}
