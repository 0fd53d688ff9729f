package service

import (
	"github.com/dsnsim/dsnsim/asic/alloc"
	"github.com/dsnsim/dsnsim/asic/steps"
)

// Mirror copies packets.
var Mirror = Service{Name: "mirror", Copies: true, Numbered: mirrors, Step: &steps.Mirroring}

// mirrors is the tables of a mirror: its rules, where it has any, and what counts the sample.
func mirrors(n int) []Table {
	return []Table{
		{Name: numbered("mirror", n), Match: alloc.Ternary, KeyBits: fiveTuple, ActionBits: 16, Reads: Inner | Tenant, Writes: MirrorSession,
			Entries: func(s *Sizes) int64 { return nth(s.Mirrored, n, -1) }},
		{Name: numbered("sampler", n), Match: alloc.Exact, KeyBits: class, ActionBits: 32, Stateful: true,
			Reads: MirrorSession | Verdict, Writes: MirrorSession, Entries: func(*Sizes) int64 { return 1 }}}
}
