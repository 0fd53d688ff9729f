package traffic

import (
	"math/big"
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
	// Ordered says that packets have the sizes in their order, one after the other and again, instead of by chance.
	Ordered bool
	// Level, when not nil, has packets come by flows. Pacing, Bursts, Modulation and FlowSize do not matter then.
	Level *FlowLevel
}

// Synthetic is a source of made-up packets that never ends.
type Synthetic struct {
	pacer   pacer
	bursts  *bursts     // nil where the pacer says when
	bent    *modulation // nil where the pacer's time is the run's
	level   *flowLevel  // nil where packets do not come by flows
	ordered bool
	turn    int   // in the sizes, where they are ordered
	tail    class // of a flow's last packet
	load    Load
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
	s := &Synthetic{ordered: c.Ordered, load: c.Load, wire: wire{rate: uint64(c.LineRate)}, sizes: sizes, flows: flows}
	s.draw = rng.NewSource(c.Seed, c.Replication, c.Name+"/packets")
	for _, size := range c.Sizes {
		s.classes = append(s.classes, c.Load.class(uint32(size.Frame), c.LineRate))
	}
	if s.bursts, err = c.bursts(); err != nil {
		return nil, err
	}
	if s.bent, err = c.modulation(); err != nil {
		return nil, err
	}
	if c.Level != nil {
		mean, _ := new(big.Rat).SetFrac(bytes, packets).Float64()
		flows.open = nil // the flows that are open are the level's
		s.level, err = newFlowLevel(&c, mean, flows)
		return s, err
	}
	s.pacer, err = c.pacer(packets, bytes)
	return s, err
}

// Next returns the next packet. There always is one.
func (s *Synthetic) Next() (Packet, bool) {
	random := s.draw.Uint64()
	c := &s.classes[s.size(random)]
	if s.level != nil {
		return s.ofFlow(c), true
	}
	f := s.flows.pick(random)
	id := f.FlowID
	if s.flows.size > 0 {
		s.flows.carry(f, c.frame)
	}
	at := s.wire.send(s.due(c), c)
	return Packet{At: at, Frame: c.frame, Record: -1, FlowID: id}, true
}

// size returns the index of the next packet's size.
func (s *Synthetic) size(random uint64) uint16 {
	if !s.ordered {
		return s.sizes.pick(random)
	}
	i := s.sizes[s.turn]
	if s.turn++; s.turn == len(s.sizes) {
		s.turn = 0
	}
	return i
}

// due returns when the next packet is due, in ps.
func (s *Synthetic) due(c *class) int64 {
	switch {
	case s.bursts != nil:
		return s.bursts.next(c.frame)
	case s.bent != nil:
		return s.bent.at(s.pacer.next(c))
	}
	return s.pacer.next(c)
}

// ofFlow returns the next packet of the open flows, at most as long as the class says.
func (s *Synthetic) ofFlow(c *class) Packet {
	due, id, frame := s.level.next(c.frame)
	if frame != c.frame {
		s.tail = s.load.class(frame, units.Rate(s.wire.rate))
		c = &s.tail
	}
	return Packet{At: s.wire.send(due, c), Frame: frame, Record: -1, FlowID: id}
}

// Stats returns what has been sent so far.
func (s *Synthetic) Stats() Stats { return s.wire.summary() }

// Flows returns how many flows there have been so far, those still open included.
func (s *Synthetic) Flows() int64 { return int64(s.flows.made) }
