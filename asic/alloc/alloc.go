// Package alloc places the tables of services in the match-action stages of a chip: it gives each its blocks of SRAM and
// TCAM, puts what depends on another table's result in a later stage, moves to memory what may live there, and says what
// one pass costs in cycles and energy. What does not fit is refused with the need and the room.
package alloc

import (
	"fmt"

	"github.com/dsnsim/dsnsim/sim/units"
)

// Match is how a table compares its key.
type Match uint8

// The match kinds.
const (
	Exact Match = iota
	LPM
	Ternary
	Range // ternary, with port ranges that take several entries a rule
)

// String returns the name in reports.
func (m Match) String() string { return [...]string{"exact", "LPM", "ternary", "range"}[m] }

// noun is what the entries of such a table are called.
func (m Match) noun() string { return [...]string{"entries", "routes", "rules", "rules"}[m] }

// Home says where the entries of a table may live.
type Home uint8

// The homes of a table.
const (
	OnChip   Home = iota // in the stages or nowhere
	MaySpill             // in the stages while they have room, else in memory
	InMemory             // in memory wherever there is one: entries come and go with the traffic
)

// Kind is how a table depends on an earlier one, the strictest last.
type Kind uint8

// The kinds of dependency. source: Jose et al., "Compiling Packet Programs to Reconfigurable Switches", NSDI 2015.
const (
	Successor Kind = iota // it runs or not by the other's result: no earlier stage, but the same one will do
	Action                // it changes what the other changes: a later stage
	OnMatch               // its key needs the other's result: a later stage that waits for the whole look-up
)

// String returns the name in reports. A stage whose tables depend on none before it is concurrent with it.
func (k Kind) String() string { return [...]string{"concurrent", "action", "match"}[k] }

// Dependency is one table's dependency on an earlier one, given by its index.
type Dependency struct {
	On   int
	Kind Kind
}

// Table is one table that a service declares.
type Table struct {
	Name  string
	Match Match
	// KeyBits are compared, ActionBits are what the entry holds beside them.
	KeyBits, ActionBits int
	Entries             int64
	// Stateful tables write their entry back with each packet.
	Stateful bool
	Needs    []Dependency
	Home     Home
	// Searched is how many of the entries one look-up in memory searches among, such as those of one tenant; 0 is all.
	Searched int64
	// ExpandPercent is how many TCAM entries a hundred rules of a Range table take. 0 is the worst case of one 16-bit
	// range, 30 entries a rule (asic/table, PortRange.Prefixes).
	ExpandPercent int64
}

// Part is what one stage holds of a table.
type Part struct {
	// Table names the table. Role is "" for all of it, "roots" and "buckets" for the two look-ups of an algorithmic LPM
	// table, and "cache" for the answers of the tables in memory.
	Table, Role string
	Match       Match
	Entries     int64
	Need
	item int
}

// Stage is one stage and what is in it.
type Stage struct {
	Parts []Part
	Used  Need
	// Kind is the strictest dependency of its tables on those before it; the first stage counts as OnMatch.
	Kind Kind
	// Latency is what the stage adds to the time of a packet.
	Latency units.Cycles
}

// Spilled is a table that lives in memory.
type Spilled struct {
	Table   string
	Entries int64
	Bytes   units.Bytes
	// Reads is how many accesses, one after the other, a look-up takes.
	Reads int
}

// Map is the result: every stage of the chip, and what lives in memory.
type Map struct {
	Chip    Chip
	Stages  []Stage
	Spilled []Spilled
	// CacheEntries is how many flows the chip keeps the memory's answers for; 0 when nothing lives in memory.
	CacheEntries int64
	// Latency is one pass through all stages, Energy what the memories of the stages take for it.
	Latency units.Cycles
	Energy  units.Energy
	// Reads and Writes are the accesses to blocks of SRAM behind that energy, Searches those to blocks of TCAM.
	Reads, Writes, Searches int
}

// InUse counts the stages that hold a table.
func (m *Map) InUse() int {
	n := 0
	for i := range m.Stages {
		if len(m.Stages[i].Parts) > 0 {
			n++
		}
	}
	return n
}

// MemoryReads returns how many accesses, one after the other, a packet takes whose flow is not in the cache.
func (m *Map) MemoryReads() int {
	n := 0
	for _, s := range m.Spilled {
		n += s.Reads
	}
	return n
}

// MemoryBytes returns how much memory the spilled tables take.
func (m *Map) MemoryBytes() units.Bytes {
	var n units.Bytes
	for _, s := range m.Spilled {
		n += s.Bytes
	}
	return n
}

// Used adds up the stages.
func (m *Map) Used() Need {
	var n Need
	for i := range m.Stages {
		n = n.add(m.Stages[i].Used)
	}
	return n
}

// Allocate places tables on a chip, or says which does not fit, what it needs and what there is. A dependency must be
// on an earlier table of the list; the order of tables that do not depend on each other decides ties only.
//
// It is greedy: the table with the longest chain of look-ups behind it comes first and takes the first stages with
// room. While a table is refused, the largest that may live in memory moves there.
func Allocate(tables []Table, c Chip) (*Map, error) {
	for i, t := range tables {
		if err := t.check(i); err != nil {
			return nil, err
		}
	}
	spilled := make([]bool, len(tables))
	for i, t := range tables {
		spilled[i] = t.Home == InMemory && c.Memory > 0
	}
	for {
		m, err := place(tables, spilled, c)
		if err == nil {
			if err := m.overPower(); err != nil {
				return nil, err
			}
			return m, nil
		}
		next := largest(tables, spilled, c)
		if next < 0 {
			return nil, err
		}
		spilled[next] = true
	}
}

// check refuses declarations that no chip can mean.
func (t *Table) check(i int) error {
	switch {
	case t.KeyBits < 1 || t.KeyBits > maxKeyBits || t.ActionBits < 0 || t.ActionBits > maxActionBits:
		return fmt.Errorf("table %s: key of %d bit, action of %d bit; at most %d and %d are possible",
			t.Name, t.KeyBits, t.ActionBits, maxKeyBits, maxActionBits)
	case t.Entries < 0 || t.Entries > maxEntries:
		return fmt.Errorf("table %s: %d entries; 0 to %d are possible", t.Name, t.Entries, int64(maxEntries))
	}
	for _, d := range t.Needs {
		if d.On < 0 || d.On >= i {
			return fmt.Errorf("table %s depends on table %d, which is not before it", t.Name, d.On)
		}
	}
	return nil
}

// largest returns the table to move to memory next: of those that may, the one that takes most of the chip, in shares
// of its TCAM and SRAM. It returns -1 when none is left or there is no memory.
func largest(tables []Table, spilled []bool, c Chip) int {
	best, most := -1, int64(-1)
	for i, t := range tables {
		if t.Home == OnChip || spilled[i] || c.Memory == 0 {
			continue
		}
		n := total(t)
		share := int64(n.TCAM)*1000/max(1, int64(c.Stages*c.TCAMBlocks)) + int64(n.SRAM)*1000/max(1, int64(c.Stages*c.SRAMBlocks))
		if share > most {
			best, most = i, share
		}
	}
	return best
}
