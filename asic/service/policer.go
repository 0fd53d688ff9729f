package service

import (
	"github.com/dsnsim/dsnsim/asic/alloc"
	"github.com/dsnsim/dsnsim/asic/steps"
)

// Policer has meters.
var Policer = Service{Name: "policer", Filters: true, Numbered: meters, Step: &steps.Policing}

// meterBits is what a meter's entry holds. assumed: two levels of 40 bits, as much as 128 GB, and a time stamp of 48 bits.
const meterBits = 2*40 + 48

// meters is the table of a policer. It takes no tokens for what an earlier service refuses, so it waits for the verdict.
func meters(n int) []Table {
	return []Table{{Name: numbered("meter", n), Match: alloc.Exact, KeyBits: class, OfTenant: true, ActionBits: meterBits, Stateful: true,
		Reads: Tenant | Verdict, Writes: Verdict, Entries: func(s *Sizes) int64 { return nth(s.Meters, n, 1) }}}
}
