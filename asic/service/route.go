package service

import (
	"github.com/dsnsim/dsnsim/asic/alloc"
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/steps"
)

// Route has routes.
var Route = Service{Name: "route", Filters: true, Foreseen: policy.NoRoute, Step: &steps.Route,
	Tables: []Table{{Name: "lpm", Match: alloc.LPM, KeyBits: address, OfTenant: true, ActionBits: 32,
		Reads: Inner | Tenant, Writes: NextHop, Home: alloc.MaySpill, Entries: func(s *Sizes) int64 { return s.Routes },
		Shared: func(s *Sizes) bool { return s.SharedRoutes }}}}
