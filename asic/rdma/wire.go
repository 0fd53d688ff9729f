// Package rdma is the part of a card that serves remote direct memory access: what its messages take on the wire (RoCEv2),
// and the block that looks up the queue pair of each packet.
package rdma

import "github.com/dsnsim/dsnsim/sim/units"

// What a RoCEv2 packet has around its payload. source: InfiniBand Architecture Specification, chapter 9 and annex A17: BTH
// 12 B, RETH 16, AETH 4, ICRC 4 behind Ethernet 14, IPv4 20 and UDP 8, with the FCS of 4.
const (
	base units.Bytes = 14 + 20 + 8 + 12 + 4 + 4
	reth units.Bytes = 16
	aeth units.Bytes = 4

	// RequestFrame is a read request, AckFrame an acknowledgement.
	RequestFrame = base + reth
	AckFrame     = base + aeth
)

// Verb is what a message is.
type Verb uint8

// The verbs, as far as their packets of data differ.
const (
	Send         Verb = iota
	Write             // the first packet carries the address
	ReadResponse      // the first and the last packet acknowledge
)

// Packets returns how many packets carry n bytes, at most mtu of them each: at least one.
func Packets(n, mtu units.Bytes) int { return max(1, int((n+mtu-1)/mtu)) }

// Payload returns how many of n bytes packet i carries.
func Payload(n, mtu units.Bytes, i int) units.Bytes { return min(mtu, n-units.Bytes(i)*mtu) }

// Frame returns the length with FCS of packet i of a message of n bytes. Payloads are padded to 4 B.
func (v Verb) Frame(n, mtu units.Bytes, i int) units.Bytes {
	frame := base + (Payload(n, mtu, i)+3)/4*4
	switch {
	case v == Write && i == 0:
		frame += reth
	case v == ReadResponse && (i == 0 || i == Packets(n, mtu)-1):
		frame += aeth
	}
	return frame
}
