package traffic

import (
	"encoding/binary"

	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/rng"
)

// Tuple is what the headers say of the packets of a flow.
type Tuple struct {
	// Key is the datagram's for all of its fragments; it is right as far as Reading says.
	header.Key
	// VLAN are the ids of the tags, and Network is the network of the overlay which the frames came out of (capture.Record).
	VLAN    [header.MaxVLANs]uint16
	Network uint32
	// IP is false for frames without an IP header that could be read.
	IP bool
	// Reading says how much of the headers could be read.
	Reading header.Reading
}

// Tuples returns the headers of each flow. It must not be changed.
func (t *Trace) Tuples() []Tuple { return t.tuples }

// Tuple returns the headers of a flow by its number, whether the flow is still open or not.
func (s *Synthetic) Tuple(flow uint32) Tuple { return tupleOfFlow(s.flows.seed, flow) }

// ID returns number and hash of a flow.
func (s *Synthetic) ID(flow uint32) FlowID {
	return FlowID{Flow: flow, Hash: hashOfFlow(s.flows.toeplitz, s.flows.seed, flow)}
}

// tupleOfFlow returns a made-up TCP flow: a client anywhere in 10.0.0.0/9 with any unprivileged port, and a server in
// 10.128.0.0/9 on port 443. Which one is a hash of the seed and the flow's number.
func tupleOfFlow(seed uint64, id uint32) Tuple {
	const low23, private, unprivileged = 1<<23 - 1, 10 << 24, 1024
	random := rng.Mix(seed + uint64(id))
	t := Tuple{IP: true}
	t.Proto = header.ProtoTCP
	binary.BigEndian.PutUint32(t.Src[:], private|uint32(random)&low23)
	binary.BigEndian.PutUint32(t.Dst[:], private|1<<23|uint32(random>>32)&low23)
	t.SrcPort = uint16(rng.Mix(random)%(1<<16-unprivileged) + unprivileged)
	t.DstPort = 443
	return t
}

// FlowOfRecords returns the flow of each record of the capture.
func (t *Trace) FlowOfRecords() []uint32 {
	flows := make([]uint32, len(t.timesNs))
	for i := range t.pieces {
		flows[t.pieces[i].record] = t.pieces[i].Flow
	}
	return flows
}

// Readings returns how many packets one pass sends, by how much of their headers could be read.
func (t *Trace) Readings() (count [header.Readings]int) {
	for i := range t.pieces {
		count[t.tuples[t.pieces[i].Flow].Reading]++
	}
	return count
}
