package pcie

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/dsnsim/dsnsim/sim/units"
)

// Page4K is the boundary that no TLP crosses.
// source: PCI Express Base Specification, memory requests must not cross a 4-KB boundary
const Page4K = 4 * units.KiB

// coding is what one generation does to the line: transfers per second and lane, and payload bits per line bits.
type coding struct {
	transfers   int64 // per second and lane
	payload, of int64
}

// codings by generation.
// source: PCI Express Base Specification: 8b/10b (1 and 2), 128b/130b (3 to 5); generation 6 sends 64 GT/s (PAM4, two
// bits a symbol) in 256 B flits of 236 B TLPs, 6 B DLLPs, 8 B CRC and 6 B FEC.
var codings = [...]coding{
	1: {2_500_000_000, 8, 10},
	2: {5_000_000_000, 8, 10},
	3: {8_000_000_000, 128, 130},
	4: {16_000_000_000, 128, 130},
	5: {32_000_000_000, 128, 130},
	6: {64_000_000_000, 236, 256},
}

// Widths are the lane counts that a link may have; generation 6 has no x12 and x32.
// source: PCI Express Base Specification
var Widths = []int{1, 2, 4, 8, 12, 16, 32}

// PayloadSizes are the values that MPS and MRRS may have.
// source: PCI Express Base Specification, Device Control register
var PayloadSizes = []units.Bytes{128, 256, 512, 1024, 2048, 4096}

// Link is one PCIe link as negotiated: generation, lanes and the sizes that its two ends agreed on. It is plain
// arithmetic without state; the zero value is not a link (use NewLink).
type Link struct {
	gen, lanes     int
	mps, mrrs, rcb units.Bytes
	raw, effective units.Rate
}

// NewLink returns the link of generation gen (1 to 6) with the given lanes, maximum payload size, maximum read request
// size and read completion boundary (64 or 128 B). An error names the value, what may stand there and an example.
func NewLink(gen, lanes int, mps, mrrs, rcb units.Bytes) (Link, error) {
	if gen < 1 || gen >= len(codings) {
		return Link{}, fmt.Errorf("gen %d: expected a generation from 1 to %d, for example 3", gen, len(codings)-1)
	}
	if !slices.Contains(Widths, lanes) {
		return Link{}, fmt.Errorf("lanes %d: expected one of %v, for example 8", lanes, Widths)
	}
	if gen >= 6 && (lanes == 12 || lanes == 32) {
		return Link{}, fmt.Errorf("lanes %d: generation %d has 1, 2, 4, 8 or 16 lanes, for example 16", lanes, gen)
	}
	if !slices.Contains(PayloadSizes, mps) {
		return Link{}, fmt.Errorf("mps %d: expected one of %v, for example 256", mps, PayloadSizes)
	}
	if !slices.Contains(PayloadSizes, mrrs) {
		return Link{}, fmt.Errorf("mrrs %d: expected one of %v, for example 512", mrrs, PayloadSizes)
	}
	if rcb != 64 && rcb != 128 {
		return Link{}, fmt.Errorf("rcb %d: expected 64 or 128 bytes, for example 64", rcb)
	}
	l := Link{gen: gen, lanes: lanes, mps: mps, mrrs: mrrs, rcb: rcb}
	c := codings[gen]
	l.raw = units.Rate(scale(uint64(c.transfers)*uint64(lanes), uint64(c.payload), uint64(c.of)))
	l.effective = l.effectiveRate()
	return l, nil
}

// Gen returns the generation, 1 to 6.
func (l Link) Gen() int { return l.gen }

// Lanes returns the number of lanes.
func (l Link) Lanes() int { return l.lanes }

// MPS returns the maximum payload size of a TLP.
func (l Link) MPS() units.Bytes { return l.mps }

// MRRS returns the maximum read request size.
func (l Link) MRRS() units.Bytes { return l.mrrs }

// RCB returns the read completion boundary.
func (l Link) RCB() units.Bytes { return l.rcb }

// FlitMode reports whether TLPs travel in flits (generation 6), without framing, sequence number and LCRC of their own.
func (l Link) FlitMode() bool { return l.gen >= 6 }

// RawRate returns what each direction carries after line coding (in flit mode: the TLP bytes of the flits), before
// DLLPs and skip ordered sets, rounded down to a bit/s.
func (l Link) RawRate() units.Rate { return l.raw }

// Rate returns what each direction has left for TLPs, headers included, when acknowledgements, flow-control updates
// and skip ordered sets take the share that the specification recommends (see DLLPLimit). It is conservative: measured hosts
// reach 3% more.
func (l Link) Rate() units.Rate { return l.effective }

// String returns the link in the usual short form, such as "gen3 x8 MPS 256 MRRS 512".
func (l Link) String() string {
	return fmt.Sprintf("gen%d x%d MPS %d MRRS %d", l.gen, l.lanes, l.mps, l.mrrs)
}

// scale returns a*b/c rounded down through a 128-bit product.
func scale(a, b, c uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	q, _ := bits.Div64(hi, lo, c)
	return q
}
