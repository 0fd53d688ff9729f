package alloc

import (
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Chip is what the allocator must know of a chip.
type Chip struct {
	Name   string
	Stages int
	// Each stage has a number of blocks and logical tables, and crossbars that bring a number of key bytes to each memory.
	SRAMBlocks, TCAMBlocks, Tables int
	ExactCrossbar, TernaryCrossbar units.Bytes
	// Cycles by the dependency rule. Seam is the number of a stage, from 0, that waits for the whole look-up of the one
	// before it whatever its tables need; 0 for none.
	Match, TCAM, Stateful, Action, Independent, CornerTurn units.Cycles
	Seam                                                   int
	// Energy of one access to one block.
	SRAMRead, SRAMWrite, TCAMSearch units.Energy
	// PowerBudget is what the memories of all stages may take at a packet for each tick of Clock, 0 for no limit.
	PowerBudget units.Power
	Clock       units.Freq
	// Memory is behind the chip, 0 for none; a cache on the chip, counted in flows, keeps what comes from it.
	Memory                  units.Bytes
	MemoryKind              string
	CacheEntries, CacheWays int
	// RouteFanOut and RuleFanOut are how many ways one access of a search in memory decides among.
	RouteFanOut, RuleFanOut int
}

// ChipOf takes the constants from a profile.
func ChipOf(p *profile.Profile) Chip {
	d := &p.DSN
	s, m := &d.Stage, &d.Memory
	return Chip{
		Name: p.Name, Stages: d.Stages.Value,
		SRAMBlocks: s.SRAMBlocks.Value, TCAMBlocks: s.TCAMBlocks.Value, Tables: s.Tables.Value,
		ExactCrossbar: s.ExactCrossbar.Value, TernaryCrossbar: s.TernaryCrossbar.Value,
		Match: d.MatchCycles.Value, TCAM: d.TCAMCycles.Value, Stateful: d.StatefulCycles.Value,
		Action: s.ActionCycles.Value, Independent: d.IndependentCycles.Value, CornerTurn: d.CornerTurn.Value,
		Seam: s.Seam.Value, SRAMRead: s.SRAMRead.Value, SRAMWrite: s.SRAMWrite.Value, TCAMSearch: s.TCAMSearch.Value,
		PowerBudget: s.PowerBudget.Value, Clock: d.Clock.Value,
		Memory: m.Capacity.Value, MemoryKind: m.Kind.Value, CacheEntries: d.FlowCache.Entries.Value, CacheWays: d.FlowCache.Ways.Value,
		RouteFanOut: m.RouteFanOut.Value, RuleFanOut: m.RuleFanOut.Value,
	}
}
