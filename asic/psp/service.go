package psp

import (
	"github.com/dsnsim/dsnsim/asic/alloc"
	"github.com/dsnsim/dsnsim/asic/parse"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// Service is PSP in tunnel mode, as a chip has it. Inbound a core derives the key of each packet. Outbound SPI and key come from
// look-ups by the tunnel's far end: the receiver made them and told them, so a sender cannot derive them (PSP Architecture
// Specification, appendix A). The IV is a clock, so nothing is written.
var Service = service.Service{Name: "psp",
	Tables: []service.Table{sent("psp", 32, 0, service.Inner), sent("psp-key", 128, 0, 0), sent("psp-key-high", 128, 129, 0)},
	Tunnel: &service.Tunnel{Title: "PSP", Header: header.EthernetLen + header.IPv4MinLen + header.UDPLen + HeaderLen,
		Layers:  []parse.Layer{parse.UDP, {{Name: "psp", Bytes: HeaderLen, Bits: 64, Copies: 1}}}, // next header to SPI
		Put:     func(s *tunnel.Stack) { s.Cipher = &Cipher },
		Cipher:  &service.Cipher{Clear: header.EthernetLen + header.IPv4MinLen + Overhead + fcs, Derive: pspKey},
		Refuses: 1<<stats.DropNoSA | 1<<stats.DropAuth}}

// sent is a table with an entry for each tunnel of a sender, of which it finds so many bits, for keys of at least so many.
func sent(name string, bits, from int, writes service.Fields) service.Table {
	return service.Table{Name: name, Match: alloc.Exact, KeyBits: 128, ActionBits: bits, Writes: writes, Home: alloc.MaySpill,
		Entries: func(s *service.Sizes) int64 {
			if s.KeyBits < from {
				return -1
			}
			return s.Tunnels / 2
		}}
}

const fcs = 4

// The rounds of AES with keys of 128 and 256 bits. source: FIPS 197, section 5.
const (
	rounds128 = 10
	rounds256 = 14
)

// pspKey is what a key takes: AES-256 for each 128 bits of it, inbound (NIST SP 800-108 with CMAC of one block), one behind the other
// in the pipeline; and with the key a block for the hash key of GCM, which a context would have.
func pspKey(keyBits int, inbound bool) service.Derivation {
	d := service.Derivation{Blocks: 1, Rounds: rounds128}
	blocks := 1
	if keyBits > 128 {
		d.Rounds, blocks = rounds256, 2
	}
	if inbound {
		d.Blocks, d.Rounds = d.Blocks+blocks, d.Rounds+rounds256
	}
	return d
}
