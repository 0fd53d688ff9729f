package policy

import (
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/header"
)

// The flags of TCP that a Tracker looks at. source: RFC 9293, 3.1.
const (
	flagFIN uint16 = 1 << 0
	flagSYN uint16 = 1 << 1
	flagRST uint16 = 1 << 2
	flagACK uint16 = 1 << 4
)

// The 16 bits with data offset and flags of made-up packets, whose TCP headers are 20 bytes long.
const (
	// DataFlags are the flags of a packet within a connection: ACK.
	DataFlags uint16 = 5<<12 | flagACK
	// SYNFlags are the flags of a packet that opens one.
	SYNFlags uint16 = 5<<12 | flagSYN
)

// opening returns the state of a flow that a packet begins. A connection is embryonic until its handshake is complete;
// one that is met in its middle is taken for established, as connection tracking of Linux does unless told otherwise.
func opening(u *table.Tuple) uint8 {
	switch {
	case u.Proto != header.ProtoTCP:
		return stateOf(u.Proto)
	case u.Flags&flagSYN != 0:
		return stateEmbryonic
	}
	return stateTCP
}

// next returns the state of a TCP flow after a packet in a direction of it. The handshake is complete when its originator
// acknowledges.
func next(state uint8, flags uint16, d table.Direction) uint8 {
	switch {
	case flags&(flagFIN|flagRST) != 0:
		return stateClosing
	case state == stateEmbryonic && d == table.Original && flags&(flagSYN|flagACK) == flagACK:
		return stateTCP
	}
	return state
}

// follow moves the state of a known flow on.
func (t *Tracker) follow(r table.FlowRef, d table.Direction, flags uint16) {
	state := t.flows.State(r)
	if !isTCP(state) {
		return
	}
	if to := next(state, flags, d); to != state {
		t.flows.SetState(r, to)
		t.embryo(state, -1)
		t.embryo(to, 1)
	}
}

func isTCP(state uint8) bool {
	return state == stateTCP || state == stateEmbryonic || state == stateClosing
}

// embryo counts embryonic flows that come and go.
func (t *Tracker) embryo(state uint8, n int) {
	if state == stateEmbryonic {
		t.embryonic += n
	}
}

// cookies reports whether the limit of embryonic flows is reached, so that SYNs make no more of them.
func (t *Tracker) cookies() bool {
	return t.spec.EmbryonicLimit > 0 && t.embryonic >= t.spec.EmbryonicLimit
}

// handshake reports whether a packet is one of the first two of a connection.
func handshake(u *table.Tuple) bool {
	return u.Proto == header.ProtoTCP && u.Flags&flagSYN != 0
}
