package service

import (
	"github.com/dsnsim/dsnsim/asic/alloc"
	"github.com/dsnsim/dsnsim/asic/parse"
	"github.com/dsnsim/dsnsim/asic/tunnel"
)

// instructions are the bitmap of a telemetry header, of which a packet has some of instructionBits; node is the id
// that a node writes. source: P4.org INT specification 2.1. That all combinations of four bits are entered is assumed.
const (
	instructions    = 16
	instructionBits = 4
	node            = 32
)

// Telemetry is in-band telemetry in an option of Geneve, whose words all go to the PHV. Which tenants' packets are watched is looked up
// first, then what the instructions for those have the pipeline write or take off.
var Telemetry = Service{Name: "telemetry",
	Tables: []Table{
		{Name: "watchlist", Match: alloc.Exact, KeyBits: 0, OfTenant: true, ActionBits: instructions + node,
			Reads: Inner | Tenant, Writes: Watched, Entries: func(s *Sizes) int64 { return s.Tenants }},
		{Name: "instructions", Match: alloc.Exact, KeyBits: instructions, ActionBits: 32, Reads: Watched,
			Entries: func(*Sizes) int64 { return 1 << instructionBits }}},
	Option: &Option{Bytes: tunnel.TelemetryLen, Put: func(s *tunnel.Stack) { s.Telemetry = true },
		Layer: parse.Layer{{Name: "telemetry option", Bytes: tunnel.TelemetryLen, Bits: tunnel.TelemetryLen * 8, Copies: 1}}}}
