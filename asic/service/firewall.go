package service

import (
	"github.com/dsnsim/dsnsim/asic/alloc"
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/steps"
)

// Firewall has rules, and the connections that it follows.
var Firewall = Service{Name: "firewall", Filters: true, Foreseen: policy.Denied, Step: &steps.Firewall,
	Tables: []Table{
		{Name: "flow", Match: alloc.Exact, KeyBits: fiveTuple, OfTenant: true, ActionBits: 128, Stateful: true,
			Reads: Inner | Tenant, Writes: State, Home: alloc.InMemory, Entries: (*Sizes).flows},
		{Name: "acl", Match: alloc.Ternary, KeyBits: fiveTuple, OfTenant: true, ActionBits: 16,
			Reads: Inner | Tenant, Writes: Verdict, Home: alloc.MaySpill, Entries: func(s *Sizes) int64 { return s.Rules },
			Shared: func(s *Sizes) bool { return s.SharedRules }}}}

// flows is the size of the flow table, which a stateless firewall has not.
func (s *Sizes) flows() int64 {
	if s.Stateless {
		return -1
	}
	return s.Flows
}
