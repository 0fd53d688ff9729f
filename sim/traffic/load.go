package traffic

import (
	"encoding"
	"fmt"
	"math/big"

	"github.com/dsnsim/dsnsim/sim/units"
)

// Load says how much a source sends. The zero value says nothing of it: a replay then keeps its recorded times.
type Load struct {
	perSecond int64
	// A frame weighs frame*perByte + fixed: bits of the wire, bits of frames, or packets.
	perByte, fixed int64
}

// WireLoad is a load in bit/s of the wire, the preamble and gap of each frame included, as a share of a link's rate is.
func WireLoad(r units.Rate) Load { return Load{int64(r), 8, 8 * Overhead} }

// FrameLoad is a load in bit/s of the frames, their FCS included.
func FrameLoad(r units.Rate) Load { return Load{int64(r), 8, 0} }

// PacketLoad is a load in packets/s.
func PacketLoad(r units.PacketRate) Load { return Load{int64(r), 0, 1} }

// String returns the load with its unit, such as "10Gbps of the wire".
func (l Load) String() string {
	switch l {
	case Load{}:
		return "as recorded"
	case PacketLoad(units.PacketRate(l.perSecond)):
		return units.PacketRate(l.perSecond).String()
	case FrameLoad(units.Rate(l.perSecond)):
		return units.Rate(l.perSecond).String() + " of frames"
	}
	return units.Rate(l.perSecond).String() + " of the wire"
}

// weight is what a frame counts of the load.
func (l Load) weight(frame uint32) uint64 { return uint64(int64(frame)*l.perByte + l.fixed) }

// class works out what depends on a packet's size under this load on that line; without a load there are no slots.
func (l Load) class(frame uint32, line units.Rate) class {
	c := class{frame: frame, wire: spanOf(uint64(frame+Overhead)*8, uint64(line))}
	if l != (Load{}) {
		c.slot = spanOf(l.weight(frame), uint64(l.perSecond))
	}
	return c
}

// check refuses a load that is none or that the line cannot carry. The packets and bytes are those of a sample of
// the mix: a capture's total, or a size list's weights and their sum.
func (l Load) check(line units.Rate, packets, bytes *big.Int) error {
	if l.perSecond <= 0 {
		return fmt.Errorf("load is %s, want more than 0", l)
	}
	// On the wire it takes perSecond * wireBits / weight.
	wireBits := new(big.Int).Mul(packets, big.NewInt(Overhead))
	wireBits.Add(wireBits, bytes).Mul(wireBits, big.NewInt(8))
	weight := l.total(packets, bytes)
	need := new(big.Int).Mul(big.NewInt(l.perSecond), wireBits)
	have := new(big.Int).Mul(big.NewInt(int64(line)), weight)
	if need.Cmp(have) > 0 {
		most := have.Quo(have, wireBits)
		return fmt.Errorf("load is %s, which the line of %s cannot carry: at most %s", l, line, l.withRate(most.Int64()))
	}
	return nil
}

func (l Load) withRate(perSecond int64) Load {
	l.perSecond = perSecond
	return l
}

// total is the weight of that many packets with that many bytes.
func (l Load) total(packets, bytes *big.Int) *big.Int {
	a := new(big.Int).Mul(bytes, big.NewInt(l.perByte))
	return a.Add(a, new(big.Int).Mul(packets, big.NewInt(l.fixed)))
}

// Pacing is how the packets of a load are laid out in time.
type Pacing uint8

// The ways to lay out packets in time.
const (
	// Constant gives each packet a slot in proportion to its weight in the load, so that the load is the wanted one
	// over any run of packets.
	Constant Pacing = iota
	// Poisson gives packets independent exponential gaps whose mean gives the load.
	Poisson
	// Recorded keeps the recorded gaps, all scaled by one factor that gives the load over the capture (replay only).
	Recorded
)

var (
	_ encoding.TextUnmarshaler = (*Pacing)(nil)
	_ encoding.TextMarshaler   = Pacing(0)
)

// String returns constant, poisson or recorded.
func (p Pacing) String() string {
	switch p {
	case Constant:
		return "constant"
	case Poisson:
		return "poisson"
	case Recorded:
		return "recorded"
	}
	return fmt.Sprintf("Pacing(%d)", uint8(p))
}

// MarshalText returns String.
func (p Pacing) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText accepts what String returns.
func (p *Pacing) UnmarshalText(text []byte) error {
	for _, known := range []Pacing{Constant, Poisson, Recorded} {
		if string(text) == known.String() {
			*p = known
			return nil
		}
	}
	return fmt.Errorf("%q is no pacing, want constant, poisson or recorded", text)
}
