package traffic

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"math/rand/v2"

	"github.com/dsnsim/dsnsim/sim/rss"
	"github.com/dsnsim/dsnsim/sim/units"
)

// DefaultFlows is how many flows of a synthetic source are open at a time unless it says otherwise. Assumed: enough
// that RSS spreads them over the cores of a server, few enough that every table holds them.
const DefaultFlows units.Count = 1000

// maxFlows bounds the flows open at a time: 16 bytes each, and the tens of millions that an appliance tracks.
const maxFlows = 100_000_000

// flow is one open flow.
type flow struct {
	FlowID
	// left is how many bits it has still to carry, where flows end at all.
	left int64
}

// flowTable holds the flows that are open. Each packet belongs to one of them, all equally likely.
type flowTable struct {
	open []flow
	// size is how many bits of frames a flow carries; 0 for flows that never end.
	size int64
	// made is how many flows there have been.
	made uint32
	// seed makes the addresses of this source's flows differ from those of other sources and replications.
	seed     uint64
	toeplitz *rss.Toeplitz
}

// newFlowTable opens the flows. Those that end have already carried a random part of their bits, as the flows of a
// source that has always run would have: otherwise all of them would end at about the same time, again and again.
func newFlowTable(open units.Count, size units.Bits, draw *rand.PCG) (*flowTable, error) {
	if open == 0 {
		open = DefaultFlows
	}
	if open < 0 || open > maxFlows {
		return nil, fmt.Errorf("%d flows are open at a time, want 1 to %d", open, maxFlows)
	}
	if size < 0 {
		return nil, fmt.Errorf("the size of a flow is %s, want 0 (flows never end) or more", size)
	}
	t := &flowTable{
		open: make([]flow, open), size: int64(size), seed: draw.Uint64(), toeplitz: rss.NewToeplitz(rss.DefaultKey()),
	}
	for i := range t.open {
		t.open[i] = t.begin()
		if size > 0 {
			used, _ := bits.Mul64(draw.Uint64(), uint64(size))
			t.open[i].left -= int64(used)
		}
	}
	return t, nil
}

// pick returns the flow of the next packet for a random number, by its high bits.
func (t *flowTable) pick(random uint64) *flow {
	i, _ := bits.Mul64(random, uint64(len(t.open)))
	return &t.open[i]
}

// carry counts a packet for its flow. A flow that has carried its bits with it is replaced by a new one.
func (t *flowTable) carry(f *flow, frame uint32) {
	if f.left -= int64(frame) * 8; f.left <= 0 {
		*f = t.begin()
	}
}

// begin returns the flow with the next number. The numbers wrap after 2^32 flows.
func (t *flowTable) begin() flow {
	id := FlowID{Flow: t.made, Hash: hashOfFlow(t.toeplitz, t.seed, t.made)}
	t.made++
	return flow{FlowID: id, left: t.size}
}

// hashOfFlow returns the RSS hash of the made-up flow of that number.
func hashOfFlow(t *rss.Toeplitz, seed uint64, id uint32) uint32 {
	u := tupleOfFlow(seed, id)
	var input [12]byte
	copy(input[0:4], u.Src[:4])
	copy(input[4:8], u.Dst[:4])
	binary.BigEndian.PutUint16(input[8:], u.SrcPort)
	binary.BigEndian.PutUint16(input[10:], u.DstPort)
	return t.Sum(input[:])
}
