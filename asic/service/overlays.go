package service

import (
	"github.com/dsnsim/dsnsim/asic/alloc"
	"github.com/dsnsim/dsnsim/asic/parse"
	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// The tunnels that carry a tenant's frames, whole.

const (
	vni    = 24
	greKey = 32
)

// VXLAN is VXLAN (RFC 7348).
var VXLAN = Service{Name: "vxlan",
	Tables: []Table{{Name: "vni", Match: alloc.Exact, KeyBits: vni, ActionBits: 32, Reads: Inner, Writes: Tenant,
		Entries: func(s *Sizes) int64 { return s.Tenants }}},
	Tunnel: &Tunnel{Title: "VXLAN", Header: header.EthernetLen + tunnel.VXLANOverhead, Layers: []parse.Layer{parse.UDP, {{Name: "vxlan", Bytes: 8, Bits: 64, Copies: 1}}},
		Put: func(s *tunnel.Stack) { s.Overlay = tunnel.OverVXLAN }, Refuses: 1 << stats.DropTunnel}}

// Geneve is Geneve (RFC 8926).
var Geneve = Service{Name: "geneve",
	Tables: []Table{{Name: "vni", Match: alloc.Exact, KeyBits: vni, ActionBits: 32, Reads: Inner, Writes: Tenant,
		Entries: func(s *Sizes) int64 { return s.Tenants }}},
	Tunnel: &Tunnel{Title: "Geneve", Header: header.EthernetLen + tunnel.GeneveOverhead, Layers: []parse.Layer{parse.UDP, {{Name: "geneve", Bytes: 8, Bits: 64, Copies: 1}}},
		Put: func(s *tunnel.Stack) { s.Overlay = tunnel.OverGeneve }, Refuses: 1 << stats.DropTunnel}}

// GRE is GRE with a key (RFC 2890).
var GRE = Service{Name: "gre",
	Tables: []Table{{Name: "key", Match: alloc.Exact, KeyBits: greKey, ActionBits: 32, Reads: Inner, Writes: Tenant,
		Entries: func(s *Sizes) int64 { return s.Tenants }}},
	Tunnel: &Tunnel{Title: "GRE", Header: header.EthernetLen + tunnel.GREOverhead, Layers: []parse.Layer{{{Name: "gre", Bytes: 8, Bits: 64, Copies: 1}}},
		Put: func(s *tunnel.Stack) { s.Overlay = tunnel.OverGRE }, Refuses: 1 << stats.DropTunnel}}
