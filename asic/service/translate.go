package service

import (
	"github.com/dsnsim/dsnsim/asic/alloc"
	"github.com/dsnsim/dsnsim/asic/steps"
)

// Widths of what is of IPv4 only. A session's entry has its last use and what it carried beside the
// headers. assumed: a time stamp of 32 bits and a counter of 48.
const (
	addressV4   = 32
	endV4       = addressV4 + 16
	sessionV4   = 2*addressV4 + ports + protocol
	sessionBits = 32 + 48
)

// NAT has sessions, and pairs of addresses.
var NAT = Service{Name: "nat", Filters: true, Step: &steps.Translation,
	Tables: []Table{
		{Name: "nat", Match: alloc.Exact, KeyBits: sessionV4, OfTenant: true, ActionBits: endV4 + sessionBits, Stateful: true,
			Reads: Inner | Tenant, Writes: Inner | Verdict, Home: alloc.MaySpill, Entries: func(s *Sizes) int64 { return 2 * s.Sessions }},
		{Name: "nat-static", Match: alloc.Exact, KeyBits: addressV4, OfTenant: true, ActionBits: addressV4,
			Reads: Inner | Tenant, Writes: Inner, Entries: func(s *Sizes) int64 { return absent(2 * s.Static) }}}}

// LB has flows, whose entries have their backends. Without one, the VIP has its part of the places, a hash picks one of them, and that
// the backend. The places are told apart by their number alone, and store one bit, that they are taken.
var LB = Service{Name: "lb", Filters: true, Step: &steps.Balancing,
	Tables: []Table{
		{Name: "lb", Match: alloc.Exact, KeyBits: sessionV4, OfTenant: true, ActionBits: endV4 + sessionBits, Stateful: true,
			Reads: Inner | Tenant, Writes: Inner | Verdict, Home: alloc.MaySpill, Entries: func(s *Sizes) int64 { return 2 * s.Balanced }},
		{Name: "vip", Match: alloc.Exact, KeyBits: endV4 + protocol, ActionBits: 32, Reads: Inner, Writes: Virtual,
			Entries: func(s *Sizes) int64 { return s.VIPs }},
		{Name: "maglev", Match: alloc.Exact, KeyBits: 1, ActionBits: 16, Reads: Virtual, Writes: Chosen, Home: alloc.MaySpill,
			Entries: func(s *Sizes) int64 { return s.Places }},
		{Name: "backend", Match: alloc.Exact, KeyBits: 16, ActionBits: endV4, Reads: Chosen, Writes: Inner,
			Entries: func(s *Sizes) int64 { return s.Backends }}}}
