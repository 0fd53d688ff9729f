package traffic

import (
	"math/rand/v2"

	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/units"
)

// SyntheticConfig describes a source of made-up packets. Its Load is not zero and its Pacing Constant or Poisson.
type SyntheticConfig struct {
	Config
	// Sizes is the mix of packet sizes, such as IMIX().
	Sizes []WeightedSize
	// Flows is how many flows are open at a time; 0 is DefaultFlows. Each packet takes one of them, all equally likely.
	Flows units.Count
	// FlowSize is how many bits of frames, FCS included, a flow carries before a new one takes its place; the packet
	// that reaches it is the last. With 0 flows never end.
	FlowSize units.Bits
}

// Synthetic is a source of made-up packets that never ends.
type Synthetic struct {
	pacer   pacer
	bursts  *bursts // nil where the pacer says when
	wire    wire
	classes []class
	sizes   sizeTable
	flows   *flowTable
	// draw gives one number a packet: its low half picks the size and its high half the flow, so that another mix of
	// sizes leaves the flows as they are. Gaps have a stream of their own.
	draw *rand.PCG
}

// NewSynthetic returns the source, or an error that names the value that is impossible.
func NewSynthetic(c SyntheticConfig) (*Synthetic, error) {
	s, err := newSynthetic(c)
	if err != nil {
		return nil, c.fail(err)
	}
	return s, nil
}

func newSynthetic(c SyntheticConfig) (*Synthetic, error) {
	if err := c.checkLineRate(); err != nil {
		return nil, err
	}
	sizes, err := newSizeTable(c.Sizes)
	if err != nil {
		return nil, err
	}
	packets, bytes := sample(c.Sizes)
	if err := c.Load.check(c.LineRate, packets, bytes); err != nil {
		return nil, err
	}
	flows, err := newFlowTable(c.Flows, c.FlowSize, rng.NewSource(c.Seed, c.Replication, c.Name+"/flows"))
	if err != nil {
		return nil, err
	}
	s := &Synthetic{wire: wire{rate: uint64(c.LineRate)}, sizes: sizes, flows: flows}
	s.draw = rng.NewSource(c.Seed, c.Replication, c.Name+"/packets")
	for _, size := range c.Sizes {
		s.classes = append(s.classes, c.Load.class(uint32(size.Frame), c.LineRate))
	}
	if s.bursts, err = c.bursts(); err != nil {
		return nil, err
	}
	s.pacer, err = c.pacer(packets, bytes)
	return s, err
}

// Next returns the next packet. There always is one.
func (s *Synthetic) Next() (Packet, bool) {
	random := s.draw.Uint64()
	c := &s.classes[s.sizes.pick(random)]
	f := s.flows.pick(random)
	id := f.FlowID
	if s.flows.size > 0 {
		s.flows.carry(f, c.frame)
	}
	due := int64(0)
	if s.bursts != nil {
		due = s.bursts.next(c.frame)
	} else {
		due = s.pacer.next(c)
	}
	at := s.wire.send(due, c)
	return Packet{At: at, Frame: c.frame, Record: -1, FlowID: id}, true
}

// Stats returns what has been sent so far.
func (s *Synthetic) Stats() Stats { return s.wire.summary() }

// Flows returns how many flows there have been so far, those still open included.
func (s *Synthetic) Flows() int64 { return int64(s.flows.made) }
