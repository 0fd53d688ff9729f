package policy

import (
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Verdict is the flow table's answer for a packet.
type Verdict uint8

// The verdicts.
const (
	// Known: of a flow in the table, in either direction, or an ICMP error about one. It passes whatever the rules say.
	Known Verdict = iota
	// Fresh: of no flow in the table, and permitted by the rules: it may begin one (Enter).
	Fresh
	// Single: of no flow in the table, and permitted by the rules, but nothing begins with it.
	Single
	// Refused: of no flow in the table, and denied by the rules.
	Refused
	// Absorbed: of the handshake of no flow in the table, while there are too many such. It ends in the DSN, which answers a
	// SYN with a cookie; a server's answer is to the SYN that the DSN sends when the cookie comes back.
	Absorbed
)

// Packet is what a Tracker must know of a packet beside the headers of its session.
type Packet struct {
	Size units.Bytes
	// Kind says what the headers are: the packet's own, or for an ICMP error those of the flow that it is about, in the direction
	// in which the error goes. Other packets are of no flow.
	Kind header.SessionKind
	// Denied says that the rules deny it, Outbound that it comes from a VM.
	Denied, Outbound bool
}

// Look finds the flow of a packet, and marks the flow as seen. key is the number of the flow's entry, or where there is none,
// one that depends on the headers and is none of an entry.
func (t *Tracker) Look(at units.Time, u *table.Tuple, p Packet) (v Verdict, key uint64) {
	t.pass(at)
	switch p.Kind {
	case header.Packet:
	case header.AboutPacket:
		// It does not keep the flow alive (RFC 5508, REQ-6).
		if hit := t.flows.Lookup(u); hit.Hit && t.goes(hit, p.Outbound) {
			return Known, uint64(hit.Ref)
		}
		return unbegun(p.Denied), missing(u)
	default:
		return unbegun(p.Denied), missing(u)
	}
	hit := t.flows.Lookup(u)
	asks := hit.Hit && t.asks(hit, u)
	if hit.Hit && !(asks && (p.Denied || t.flows.State(hit.Ref) == stateClosing)) {
		t.flows.Count(hit.Ref, hit.Dir, p.Size, at)
		t.follow(hit.Ref, hit.Dir, u.Flags)
		return Known, uint64(hit.Ref)
	}
	key = missing(u)
	if hit.Hit && !p.Denied { // the connection before is over
		t.remove(hit.Ref)
	}
	switch {
	case t.cookies() && handshake(u) && (u.Flags&flagACK != 0 || !p.Denied):
		return Absorbed, key
	case p.Denied:
		return Refused, key
	case !begins(u):
		return Single, key
	}
	return Fresh, key
}

// missing returns the key of a packet without an entry.
func missing(u *table.Tuple) uint64 {
	const odd = 0x9e3779b97f4a7c15 // 2^64 by the golden ratio
	return 1<<63 | (endpoint(u.Src, u.SrcPort) + endpoint(u.Dst, u.DstPort) + odd*uint64(u.Network))
}

// Find returns the flow of a packet, without marking it as seen.
func (t *Tracker) Find(u *table.Tuple) table.FlowHit { return t.flows.Lookup(u) }

// unbegun is the verdict on a packet of no flow that begins none.
func unbegun(denied bool) Verdict {
	if denied {
		return Refused
	}
	return Single
}

// asks reports whether a packet with the headers of a flow asks for a connection of its own, which the rules decide: a SYN where
// the connection is closing, or from the end that did not open it. While the handshake is incomplete both ends may open it
// (RFC 9293, section 3.5).
func (t *Tracker) asks(hit table.FlowHit, u *table.Tuple) bool {
	if u.Proto != header.ProtoTCP || u.Flags&(flagSYN|flagACK) != flagSYN {
		return false
	}
	state := t.flows.State(hit.Ref)
	return state == stateClosing || state == stateTCP && hit.Dir == table.Reply
}

// begins reports whether a flow can begin with a packet. None begins with an answer: then requests that the rules deny would
// pass by it.
func begins(u *table.Tuple) bool {
	if u.Proto == header.ProtoTCP {
		return u.Flags&(flagFIN|flagRST) == 0 && u.Flags&(flagSYN|flagACK) != flagSYN|flagACK
	}
	return !u.Answer
}

// The sides from which a flow begins, which a Tracker keeps with it.
func sideOf(outbound bool) uint32 {
	if outbound {
		return 1
	}
	return 0
}

// goes reports whether packets of a direction of a flow go outbound, or inbound.
func (t *Tracker) goes(hit table.FlowHit, outbound bool) bool {
	return t.flows.Data(hit.Ref) == sideOf(outbound == (hit.Dir == table.Original))
}

// remove takes a flow out of the table.
func (t *Tracker) remove(r table.FlowRef) {
	t.embryo(t.flows.State(r), -1)
	t.flows.Delete(r)
}
