// Package parse is the parser of a chip: the graph of headers that it is compiled to for a chain, what they take of the PHV,
// how deep it reaches, and what it costs to read them. Real bytes are read by sim/header; this package says what of them a
// chip would have seen.
package parse

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Header is a state of the graph: one kind of header.
type Header struct {
	Name string
	// Bytes are read, Bits of them go to the PHV. Options and the like that are skipped take bytes only.
	Bytes units.Bytes
	Bits  int
	// Copies is how many of the kind may follow each other, each in the PHV.
	Copies int
}

// Layer is a set of alternative headers: a packet has one of them, so they share their place in the PHV.
type Layer []Header

// Level is the layers of one packet in a packet, in the order of the wire.
type Level struct {
	Name   string
	Layers []Layer
	// Ciphered says that what is behind is encrypted.
	Ciphered bool
}

// The kinds of header, with the bits that services look at or change. source: IEEE 802.3 and 802.1Q, RFC 791, 8200, 9293,
// 768, 792 and 4443. Those of tunnels are with their services.
var (
	ethernet = Layer{{"ethernet", 14, 112, 1}}
	vlan     = Layer{{"vlan", 4, 32, header.MaxVLANs}}
	ipv4     = Header{"ipv4", 20, 160, 1}
	ipv6     = Header{"ipv6", 40, 320, 1}
	// Of an extension header the type and the length are kept, and 4 bytes more for the identification of a fragment.
	extension = Layer{{"ipv6 extension", 8, 48, 1}}
	transport = Layer{{"tcp", 20, 160, 1}, {"udp", 8, 64, 1}, {"icmp", 8, 64, 1}}
)

// UDP is the layer of a tunnel over UDP.
var UDP = Layer{{"udp", 8, 64, 1}}

// Tunnel returns the level of a tunnel over IPv4, with the layers behind its outer Ethernet and IPv4 headers.
func Tunnel(name string, ciphered bool, layers []Layer) Level {
	return Level{name, append([]Layer{ethernet, {ipv4}}, layers...), ciphered}
}

// metadata is what a packet carries through the stages beside its headers: port, tenant, next hop, verdict.
// assumed: 256 bits, a sixteenth of RMT's PHV
const metadata = 256

// Graph is the parser of a chip, compiled for a chain.
type Graph struct {
	Levels []Level
	// Window is how deep it reaches, Bits what the headers take of the PHV, Room what there is.
	Window     units.Bytes
	Bits, Room int
	// Extensions is how many extension headers of IPv6 it follows in a packet.
	Extensions    int
	bytesPerCycle units.Bytes
}

// Compile makes the graph of a chain with the tunnels given in their order inbound, on the chip of a profile. The error
// says what does not fit the PHV.
func Compile(tunnels []Level, d *profile.DSN) (*Graph, error) {
	p := &d.Parser
	g := &Graph{Window: p.Window.Value, Room: p.PHV.Value, Extensions: p.Extensions.Value, bytesPerCycle: units.Bytes(d.ParserBytesPerCycle.Value)}
	g.Levels = slices.Clone(tunnels)
	many := extension[0]
	many.Copies = g.Extensions
	g.Levels = append(g.Levels, Level{"tenant", []Layer{ethernet, vlan, {ipv4, ipv6}, {many}, transport}, false})
	g.Bits = metadata
	for i := range g.Levels {
		g.Bits += g.Levels[i].Bits()
	}
	if g.Bits > g.Room {
		return nil, fmt.Errorf("the headers of the chain need %d bits of the PHV (%s, metadata %d); the chip has %d", g.Bits, g.need(), metadata, g.Room)
	}
	return g, nil
}

// Bits returns the PHV bits of a level: those of the largest of its alternative headers.
func (l *Level) Bits() (n int) {
	for _, layer := range l.Layers {
		most := 0
		for _, h := range layer {
			most = max(most, h.Bits*h.Copies)
		}
		n += most
	}
	return n
}

func (g *Graph) need() string {
	var parts []string
	for i := range g.Levels {
		parts = append(parts, fmt.Sprintf("%s %d", g.Levels[i].Name, g.Levels[i].Bits()))
	}
	return strings.Join(parts, ", ")
}

// States returns how many states the graph has.
func (g *Graph) States() (n int) {
	for i := range g.Levels {
		for _, layer := range g.Levels[i].Layers {
			n += len(layer)
		}
	}
	return n
}

// Shape is what of a frame's headers decides whether a parser reaches their end.
type Shape struct {
	Bytes      uint16 // of all headers
	Extensions uint8
	// Piece says that it is a fragment.
	Piece bool
	// Tagged says that there are more VLAN tags than Parse of sim/header looks behind.
	Tagged bool
}

// ShapeOf returns the shape of a frame.
func ShapeOf(data []byte) Shape {
	s := header.Parse(data)
	return Shape{Bytes: uint16(s.HeaderBytes), Extensions: s.ExtHeaders, Piece: s.Fragment != header.Whole,
		Tagged: s.VLANs == header.MaxVLANs && s.Status == header.NotIP && header.IsTag(s.EtherType)}
}

// Reaches reports whether the parser sees all headers of a tenant's frame behind some bytes of tunnel headers: they end
// within the window, and there are not too many of a kind.
func (g *Graph) Reaches(s Shape, tunnels units.Bytes) bool {
	return !s.Tagged && int(s.Extensions) <= g.Extensions && tunnels+units.Bytes(s.Bytes) <= g.Window
}

// Ahead returns how many bytes of tunnel headers are before the tenant's when a packet from the network is parsed for the
// last time: those that no cipher hides.
func (g *Graph) Ahead() (n units.Bytes) {
	for _, l := range g.Levels[:len(g.Levels)-1] {
		if l.Ciphered {
			continue
		}
		for _, layer := range l.Layers {
			n += layer[0].Bytes
		}
	}
	return n
}

// Cycles returns how long the parser reads headers of a length. It stops at the end of its window.
func (g *Graph) Cycles(headers units.Bytes) units.Cycles {
	return units.Cycles((min(headers, g.Window) + g.bytesPerCycle - 1) / g.bytesPerCycle)
}
