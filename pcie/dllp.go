package pcie

import "github.com/dsnsim/dsnsim/sim/units"

const (
	// DLLPBytes is the size of an Ack or a flow-control update on the wire.
	// source: PCI Express Base Specification: 2 B framing, 4 B content, 2 B CRC
	DLLPBytes units.Bytes = 8

	// A skip ordered set of skipSymbols goes out every skipInterval symbols of each lane.
	// source: PCI Express Base Specification, clock compensation (1180 to 1538 symbols at 2.5 GT/s); generation 3 and
	// later count blocks, with nearly the same share (16 symbols in 370 to 375 blocks of 16).
	// assumed: the same share in flit mode
	skipSymbols, skipInterval = 4, 1538

	// tlpOverhead is the TLP overhead in the formula of the Ack latency limit.
	// source: PCI Express Base Specification, AckNak_LATENCY_TIMER: header, LCRC, sequence number and framing, 28 B
	tlpOverhead = 28
)

// internalDelay by generation, in symbol times.
// source: PCI Express Base Specification rev. 5.0, tables 3-7 to 3-9 (19, 70, 115)
// assumed: generations 4 and 5 keep the delay of generation 3, as pcie-model does; flit mode does not use it
var internalDelay = [...]int64{1: 19, 2: 70, 3: 115, 4: 115, 5: 115, 6: 115}

// DLLPLimit returns the interval at which the specification wants an Ack, and recommends a flow-control update, in
// symbol times: (MPS + 28) * AckFactor / lanes + InternalDelay, rounded down. The tables of the specification
// follow this formula without exception (two typing errors in pcie-model's copy do not).
func (l Link) DLLPLimit() int64 {
	return int64(l.mps+tlpOverhead)*ackFactorTenths(l.lanes, l.mps)/(10*int64(l.lanes)) + internalDelay[l.gen]
}

// ackFactorTenths returns ten times the AckFactor.
// source: derived from PCI Express Base Specification rev. 5.0, tables 3-7 to 3-9: each of their 126 values follows
func ackFactorTenths(lanes int, mps units.Bytes) int64 {
	switch {
	case mps >= 512 && lanes >= 12:
		return 20
	case mps >= 512:
		return 10
	case lanes >= 12:
		return 30
	case lanes >= 8:
		return 25
	default:
		return 14
	}
}

// effectiveRate deducts from the raw rate one Ack and one flow-control update per DLLPLimit bytes, and the skip ordered
// sets. pcie-model reads the limit as bytes of the link; the specification means symbol times, so lanes times
// as many bytes. The reading is kept because its numbers are the published ones; it is on the safe side.
// In flit mode the DLLPs have their own six bytes in each flit and cost the TLPs nothing.
// source: pcie-bench/pcie-model@40703cf model/pcie.py
func (l Link) effectiveRate() units.Rate {
	limit := uint64(l.DLLPLimit())
	dllp := 2 * uint64(DLLPBytes)
	if l.FlitMode() {
		dllp = 0
	}
	left := (limit-dllp)*skipInterval - skipSymbols*limit
	return units.Rate(scale(uint64(l.raw), left, limit*skipInterval))
}

// afterSkips returns the raw rate less the skip ordered sets only, for a simulation that sends each DLLP.
func (l Link) afterSkips() units.Rate {
	return units.Rate(scale(uint64(l.raw), skipInterval-skipSymbols, skipInterval))
}

// DLLPMode says how acknowledgements and flow-control updates are charged to the wires.
type DLLPMode uint8

const (
	// DLLPShare takes the recommended share off both directions, whatever flows in the other one (Link.Rate).
	DLLPShare DLLPMode = iota
	// DLLPPerTLP answers each TLP with one Ack and one update, sent ahead of the next TLP the other way.
	DLLPPerTLP
)
