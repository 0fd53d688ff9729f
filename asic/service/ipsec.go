package service

import (
	"github.com/dsnsim/dsnsim/asic/alloc"
	"github.com/dsnsim/dsnsim/asic/parse"
	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/stats"
)

const spi = 32

// IPsec is ESP in tunnel mode.
var IPsec = Service{Name: "ipsec",
	Tables: []Table{{Name: "sa", Match: alloc.Exact, KeyBits: spi + address, ActionBits: 128, Stateful: true, Writes: Inner,
		Home: alloc.MaySpill, Entries: func(s *Sizes) int64 { return s.Tunnels }}},
	Tunnel: &Tunnel{Title: "ESP", Header: header.EthernetLen + tunnel.ESPOverhead,
		Layers:  []parse.Layer{{{Name: "esp", Bytes: 16, Bits: 64, Copies: 1}}}, // SPI and sequence number; the IV is the cipher's
		Put:     func(s *tunnel.Stack) { s.Cipher = &tunnel.ESP },
		Cipher:  &Cipher{Clear: notCiphered},
		Refuses: 1<<stats.DropNoSA | 1<<stats.DropReplay | 1<<stats.DropAuth}}

// notCiphered is how much of a tunnelled frame the cipher does not touch: outer Ethernet and IPv4 headers, SPI,
// sequence number and IV, and behind the payload the ICV and the FCS. source: RFC 4303, RFC 4106.
const notCiphered = 14 + 20 + 8 + 8 + 16 + 4
