package traffic

import (
	"math/bits"

	"github.com/dsnsim/dsnsim/sim/units"
)

// The sizes of Ethernet, in bytes.
const (
	// MinFrame is the shortest frame with its FCS (IEEE 802.3-2022, 4A.4.2).
	MinFrame = 64
	// MaxStandard is the longest untagged frame with its FCS (IEEE 802.3-2022, 4A.4.2).
	MaxStandard = 1518
	// MaxFrame is the longest frame that a source sends, with its FCS. Assumed: 9200 bytes of payload is the most
	// that switches and NICs agree on as a jumbo frame, plus the 14 bytes of the Ethernet header and the FCS.
	MaxFrame = 9218
	// FCS is the frame check sequence, which captures do not hold.
	FCS = 4
	// Overhead is what a frame occupies on the wire beyond itself: 8 bytes of preamble and start delimiter and the
	// inter-frame gap of 12 (IEEE 802.3-2022, 4A.4.2).
	Overhead = 20
)

// Packet is one frame that a source sends. It has four fields because the compiler keeps structs of up to four in
// registers: with five, Next took 8 ns longer, most of them waiting for the stores of a copy.
type Packet struct {
	// At is when its first bit leaves the source.
	At units.Time
	// Frame is its size in bytes with the FCS, from MinFrame to MaxFrame.
	Frame uint32
	// Record is the index of the capture's record, -1 for a synthetic packet.
	Record int32
	FlowID
}

// FlowID names the flow of a packet.
type FlowID struct {
	// Flow numbers the flows of the source from 0, without gaps, in the order of their first packets (replay) or of
	// their making (synthetic).
	Flow uint32
	// Hash is the RSS hash of the flow's addresses and ports under DefaultKey; 0 for what is not IP.
	Hash uint32
}

// Stats says what a source has sent so far.
type Stats struct {
	// Packets and Bytes count the frames sent and their bytes with FCS.
	Packets, Bytes int64
	// Spaced counts the packets that waited for the one before them to leave the wire; MaxSpacing is the longest wait.
	Spaced     int64
	MaxSpacing units.Duration
	// OutOfOrder counts the records of the capture that are alone earlier or later than those around them, and ClockSteps how
	// often its clock was set back.
	OutOfOrder, ClockSteps int64
	// Resegmented counts the records of the capture that are longer than any frame and are sent in pieces.
	Resegmented int64
	// Laps counts how often the capture was begun again.
	Laps int64
	// RealisedWireBps is the load in bit/s of the wire, preamble and gap included: the bits of all packets but the
	// latest over the time from the start of the first to the start of the latest. It is 0 before the second packet.
	RealisedWireBps units.Rate
}

// psPerSecond is the base of all pacing. A frame's bits times it fit 64 bits 120 times over.
const psPerSecond = uint64(units.Second)

// span is a time of ps + rest/d picoseconds, with a denominator d that the context knows: exact, without a division.
type span struct {
	ps   int64
	rest uint64
}

// spanOf returns weight/perSecond seconds with the denominator perSecond.
func spanOf(weight, perSecond uint64) span {
	n := weight * psPerSecond
	return span{int64(n / perSecond), n % perSecond}
}

// plus returns the sum of two spans of the denominator d.
func (s span) plus(t span, d uint64) span {
	s.ps += t.ps
	if s.rest += t.rest; s.rest >= d {
		s.rest -= d
		s.ps++
	}
	return s
}

// class holds what depends on a packet's size only: its slot in the load and its time on the wire.
type class struct {
	frame      uint32
	slot, wire span
}

// wire enforces that a packet starts only once the packet before it has left the wire, and keeps the account.
type wire struct {
	rate uint64 // bit/s
	// free is when the wire is free again, with the denominator rate: the rest is what rounding has cut off in a run
	// of packets back to back.
	free span

	first, latest int64
	latestFrame   uint32
	stats         Stats
}

// send returns when a packet that is due at ps may start, and counts it. Starts are rounded down to a picosecond, but
// a run of packets back to back carries the remainders: none is early by a picosecond, and no run is fast or slow.
func (w *wire) send(due int64, c *class) units.Time {
	start := due
	switch {
	case due < w.free.ps:
		start = w.free.ps
		w.stats.Spaced++
		w.stats.MaxSpacing = max(w.stats.MaxSpacing, units.Duration(start-due))
	case due > w.free.ps:
		w.free = span{ps: due}
	}
	w.free = w.free.plus(c.wire, w.rate)
	if w.stats.Packets == 0 {
		w.first = start
	}
	w.latest, w.latestFrame = start, c.frame
	w.stats.Packets++
	w.stats.Bytes += int64(c.frame)
	return units.At(units.Duration(start))
}

// summary returns the account, with the realised load worked out.
func (w *wire) summary() Stats {
	s := w.stats
	if elapsed := uint64(w.latest - w.first); elapsed > 0 {
		sent := uint64(s.Bytes) - uint64(w.latestFrame) + uint64(s.Packets-1)*Overhead
		hi, lo := bits.Mul64(sent*8, psPerSecond)
		rate, _ := bits.Div64(hi, lo, elapsed)
		s.RealisedWireBps = units.Rate(rate)
	}
	return s
}
