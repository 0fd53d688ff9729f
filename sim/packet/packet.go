// Package packet holds what the simulator knows of a packet on its way. Packets live in a slab and are named by
// index, so that nothing on the hot path allocates or holds a pointer that the collector follows.
package packet

import "github.com/dsnsim/dsnsim/sim/units"

// The two forms of a packet's bytes: what the tenants exchange, and what the tunnels make of it on the wire.
const (
	Plain Form = iota
	Tunnelled
	forms
)

// Form says which of a packet's sizes counts at a place on its way.
type Form uint8

// Parsed is what a chip does with a packet whose headers are deeper than its parser reaches.
type Parsed uint8

// The ways to handle it.
const (
	Seen        Parsed = iota // all headers are seen
	PortsUnseen               // it goes on without ports
	Punted                    // a general core parses it
	NotParsed                 // it is dropped
	PuntedPiece               // a general core looks up the datagram of a fragment, whose headers are all seen
)

// Packet is one frame on its way through a placement.
type Packet struct {
	// Key orders packets that reach a join at the same instant: source number in the high bits, then the
	// packet's number in its source. It is the same in every placement and however the engine runs.
	Key uint64
	// Sent is when the first bit may leave the source; latency counts from here.
	Sent units.Time
	// ChainIn is when the packet's last bit reached the DSN; ChainTime is the time spent in it so far.
	ChainIn   units.Time
	ChainTime units.Duration
	// OnWire is how long the packet took on the last wire that it crossed: a cut-through switch starts that much
	// before the last bit is in.
	OnWire units.Duration
	// Bytes is the frame including FCS, in each Form.
	Bytes [forms]uint32
	// Flow is the flow's number in its source, Hash its RSS hash, Record the packet's index in the capture or -1.
	Flow   uint32
	Hash   uint32
	Record int32
	// SA is the security association of the packet's tunnel, numbered over all servers and directions.
	SA uint32
	// Header is how many bytes of headers the tenant's frame begins with, as deep as a parser reads.
	Header uint16
	// Class is the traffic class, by which a scheduler queues the packet.
	Class uint16
	// VF is the virtual function of its server that the packet is for or from: the number of the VM. Queue is which of the
	// function's queue pairs it uses, by the Toeplitz hash.
	VF, Queue uint16
	// Peer, To and PeerSA are the VF, the server and the security association at the receiving end of a packet that goes from VM
	// to VM. Turn makes them the packet's own. A packet that never turns has its Ref there.
	Peer, To uint16
	PeerSA   uint32
	// Along is how many bytes of other TLPs (doorbells, descriptors, write-backs) cross a PCIe link with the packet, up to the
	// host and down from it.
	Along [2]uint16
	// Path is the way that the packet takes; Member which of several equal devices it was sent to.
	Path, Member uint16
	// Seg and Hop say where on its way the packet is. The engine sets them: the place of the path's segment in the lists of all
	// paths, and that of the hop in the segments.
	Seg, Hop uint32
	// Refused has a bit for each drop reason (1 << reason) for which the services will drop the packet; OpFilter does it.
	Refused uint32
	// Due has a bit for each policer that meters the packet when a core takes it, and Because is what services behind those refused it
	// for when it came.
	Due     uint8
	Because uint32
	// Copies has a bit for each copy (1 << number) that the services want of the packet; OpCopy makes it.
	Copies uint8
	// Copy is the number of a copy, 0 for a packet that a source sent.
	Copy uint8
	// Colour is the colour that meters, or its sender, gave the packet: 0 is green, 1 yellow, 2 red.
	Colour uint8
	// Mark is Marked and the DSCP that a service gave the packet, 0 where none did.
	Mark uint8
	// Parsed says what a chip does with the packet if its parser does not reach the end of the headers.
	Parsed Parsed
	// Upcall says that no table of a virtual switch knows the packet's flow: its slow path decides.
	Upcall bool
	// Fresh is set until the packet's first event: then the source makes its next packet.
	Fresh bool
	// Kind is Hop.Other of the hop where the packet is, for stations that serve several kinds of visit.
	Kind uint8
	// CE is set by a scheduler whose queue was long when the packet came: ECN's "congestion experienced".
	CE bool
	// Received says that a packet from VM to VM is past the sender's half of its way.
	Received bool
}

// Ref is what the source of a packet knows it by. Nobody else reads it.
type Ref struct {
	Of          uint32 // what the packet is part of: a message, the segments of a connection
	Part, Index uint16
}

// Refer has a packet that never turns carry a Ref. It lies where others have their receiver, so that it takes no room.
func (p *Packet) Refer(r Ref) { p.PeerSA, p.To, p.Peer = r.Of, r.Part, r.Index }

// Ref returns what Refer was given.
func (p *Packet) Ref() Ref { return Ref{p.PeerSA, p.To, p.Peer} }

// Receive is where the receiver's half of the way of a packet from VM to VM begins.
func (p *Packet) Receive() { p.VF, p.SA, p.Received = p.Peer, p.PeerSA, true }

// Marked is the bit of Packet.Mark beside the DSCP.
const Marked uint8 = 1 << 7

// A key is, from the highest bit: one bit that is the engine's, the number of the copy, the source, and the packet's
// number in it. Copies follow all packets that sources sent at the same instant.
const (
	seqBits    = 40
	sourceBits = 20
	copyShift  = seqBits + sourceBits
	// MaxCopy is the highest number of a copy.
	MaxCopy = 7
)

// MakeKey returns the key of packet seq of a source. A source has at most 2^40 packets, a run 2^20 sources.
func MakeKey(source int, seq uint64) uint64 { return uint64(source)<<seqBits | seq }

// CopyKey returns the key of copy n of the packet, from 1 to MaxCopy.
func (p *Packet) CopyKey(n uint8) uint64 { return p.Key | uint64(n)<<copyShift }

// OriginalKey returns the key of the packet that this is a copy of, its own when it is none.
func (p *Packet) OriginalKey() uint64 { return p.Key & (1<<copyShift - 1) }

// Source returns the number of the packet's source; a copy has the source of its original.
func (p *Packet) Source() int { return int(p.Key >> seqBits & (1<<sourceBits - 1)) }

// Seq returns the packet's number in its source, from 0.
func (p *Packet) Seq() uint64 { return p.Key & (1<<seqBits - 1) }

// Slab stores packets by index and reuses the places of those that left.
type Slab struct {
	packets []Packet
	free    []uint32
}

// New returns the index of a place for one more packet. Pointers from At are void afterwards.
func (s *Slab) New() uint32 {
	if n := len(s.free); n > 0 {
		id := s.free[n-1]
		s.free = s.free[:n-1]
		return id
	}
	s.packets = append(s.packets, Packet{})
	return uint32(len(s.packets) - 1)
}

// At returns the packet at index id, valid until the next New.
func (s *Slab) At(id uint32) *Packet { return &s.packets[id] }

// Free gives the place at index id back.
func (s *Slab) Free(id uint32) { s.free = append(s.free, id) }

// Live returns how many packets are on their way.
func (s *Slab) Live() int { return len(s.packets) - len(s.free) }
