package adapter

import (
	"math/bits"

	"github.com/dsnsim/dsnsim/pcie"
	"github.com/dsnsim/dsnsim/sim/units"
)

// sizes is the arithmetic of a link's TLPs, which each packet needs, without divisions: MPS and MRRS are powers of two.
type sizes struct {
	write, read, completion units.Bytes // headers
	mps, mrrs               units.Bytes
	mpsShift, mrrsShift     int
}

func newSizes(l pcie.Link) sizes {
	return sizes{write: l.Header(pcie.MemWrite), read: l.Header(pcie.MemRead), completion: l.Header(pcie.Completion),
		mps: l.MPS(), mrrs: l.MRRS(), mpsShift: bits.TrailingZeros64(uint64(l.MPS())), mrrsShift: bits.TrailingZeros64(uint64(l.MRRS()))}
}

// writes returns the bytes on the wire of a write of n bytes, as Link.WriteWireBytes.
func (s *sizes) writes(n units.Bytes) units.Bytes { return n + s.pieces(n)*s.write }

// pieces returns how many TLPs of MPS n bytes fill.
func (s *sizes) pieces(n units.Bytes) units.Bytes { return (n + s.mps - 1) >> s.mpsShift }

// reads returns how many requests a read of n bytes takes.
func (s *sizes) reads(n units.Bytes) units.Bytes { return (n + s.mrrs - 1) >> s.mrrsShift }

// completions returns the bytes on the wire of the data of a read of n bytes, as Link.CompletionWireBytes.
func (s *sizes) completions(n units.Bytes) units.Bytes {
	whole := n >> s.mrrsShift
	rest := n & (s.mrrs - 1)
	return n + (whole*s.pieces(s.mrrs)+s.pieces(rest))*s.completion
}
