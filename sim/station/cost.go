package station

import (
	"math"
	"math/bits"

	"github.com/dsnsim/dsnsim/sim/units"
)

// Cost says how long one visit holds a server, as a function of the packet's bytes. It is a value, so that a station
// needs no call through an interface.
type Cost struct {
	kind costKind
	// base + bytes*perByte ps, for a transfer without segments whose byte takes a whole number of ps.
	base, perByte int64
	// Any transfer: the payload if it is carried, a fixed part, and a part for each segment.
	rate            units.Rate
	inverse         uint64 // 2^64/rate rounded down
	payload         int64  // 1 when the packet's bytes cross, 0 when only the overhead does
	fixedBytes      int64
	bytesPerSegment int64
	// Work in clock cycles: a fixed part, a part for each chunk of bytes, and thousandths of a cycle for each byte.
	clock          Clock
	cycles         int64
	cyclesPerChunk int64
	milliPerByte   int64
	minCycles      int64
	// The size of a segment or chunk, 0 without.
	part int64
	// shift is log2 of part where that is whole, else negative.
	shift int8
}

type costKind uint8

const (
	unset costKind = iota
	linear
	transfer
	work
)

// Transfer is the cost of sending bytes at a rate.
type Transfer struct {
	Rate  units.Rate
	Fixed units.Bytes // sent with each packet
	// Segment, when not zero, cuts the packet into parts that carry PerSegment bytes of overhead each.
	Segment    units.Bytes
	PerSegment units.Bytes
	// NoPayload leaves the packet's own bytes out: a read request names them only.
	NoPayload bool
}

// bitsPs is the picoseconds that 8 bits take at 1 bit/s.
const bitsPs = 8 * int64(units.Second)

// Cost returns the transfer as a cost.
func (t Transfer) Cost() Cost {
	c := Cost{kind: transfer, rate: t.Rate, inverse: math.MaxUint64 / uint64(t.Rate), payload: 1, fixedBytes: int64(t.Fixed),
		part: int64(t.Segment), bytesPerSegment: int64(t.PerSegment), shift: shiftOf(int64(t.Segment))}
	if t.NoPayload {
		c.payload = 0
	}
	if c.part == 0 && bitsPs%int64(t.Rate) == 0 {
		c.kind = linear
		c.perByte = bitsPs / int64(t.Rate) * c.payload
		c.base = bitsPs / int64(t.Rate) * c.fixedBytes
	}
	return c
}

// Held is the cost of a visit that takes a fixed time, whatever the packet.
func Held(d units.Duration) Cost { return Cost{kind: linear, rate: 1, base: int64(d)} }

// Work is the cost of processing in clock cycles.
type Work struct {
	Clock units.Freq
	// Cycles is spent on each packet, CyclesPerChunk on each begun Chunk of its bytes, MilliCyclesPerByte
	// (thousandths of a cycle) on each byte; the sum is rounded up to whole cycles and is at least MinCycles.
	Cycles             units.Cycles
	Chunk              units.Bytes
	CyclesPerChunk     units.Cycles
	MilliCyclesPerByte int64
	MinCycles          units.Cycles
}

// Cost returns the work as a cost.
func (w Work) Cost() Cost {
	return Cost{kind: work, clock: NewClock(w.Clock), cycles: int64(w.Cycles), part: int64(w.Chunk),
		cyclesPerChunk: int64(w.CyclesPerChunk), milliPerByte: w.MilliCyclesPerByte,
		minCycles: int64(w.MinCycles), shift: shiftOf(int64(w.Chunk))}
}

// Unset reports whether this is the zero value, which is no cost.
func (c *Cost) Unset() bool { return c.kind == unset }

// Of returns how long a packet of n bytes holds a server.
func (c *Cost) Of(n uint32) units.Duration {
	switch c.kind {
	case linear:
		return units.Duration(c.base + int64(n)*c.perByte)
	case transfer:
		return c.transferTime(int64(n))
	}
	return c.clock.Span(units.Cycles(c.CyclesOf(n)))
}

// CyclesOf returns the clock cycles of a packet of n bytes.
func (c *Cost) CyclesOf(n uint32) int64 {
	cycles := c.cycles
	if c.part > 0 {
		cycles += c.parts(int64(n)) * c.cyclesPerChunk
	}
	if c.milliPerByte > 0 {
		cycles += (int64(n)*c.milliPerByte + 999) / 1000
	}
	return max(cycles, c.minCycles)
}

func (c *Cost) transferTime(n int64) units.Duration {
	bytes := n*c.payload + c.fixedBytes
	if c.part > 0 {
		bytes += c.parts(n) * c.bytesPerSegment
	}
	if bytes > math.MaxInt64/bitsPs {
		return c.rate.TimeToSend(units.Bytes(bytes))
	}
	ps, rest := divide(bytes*bitsPs, int64(c.rate), c.inverse)
	if rest > 0 {
		ps++
	}
	return units.Duration(ps)
}

// parts counts the pieces of at most part bytes in n.
func (c *Cost) parts(n int64) int64 {
	if c.shift >= 0 {
		return (n + c.part - 1) >> c.shift
	}
	return (n + c.part - 1) / c.part
}

// shiftOf returns log2 of n where that is whole, else -1.
func shiftOf(n int64) int8 {
	if n > 0 && n&(n-1) == 0 {
		return int8(bits.TrailingZeros64(uint64(n)))
	}
	return -1
}

// divide returns a/b and the rest for a not negative and b positive, given 2^64/b rounded down. The multiplication by
// it falls short of the quotient by one at most; it takes a fraction of the time of a division.
func divide(a, b int64, inverse uint64) (quotient, rest int64) {
	high, _ := bits.Mul64(uint64(a), inverse)
	quotient = int64(high)
	rest = a - quotient*b
	if rest >= b {
		quotient++
		rest -= b
	}
	return quotient, rest
}

// Clock is a clock domain: it aligns instants to edges and counts cycles from them.
type Clock struct {
	freq    units.Freq
	period  int64  // exact period in ps, 0 when it is not a whole number
	inverse uint64 // 2^64/period rounded down
}

// NewClock returns the domain of a clock that has an edge at instant 0.
func NewClock(f units.Freq) Clock {
	c := Clock{freq: f}
	if f > 0 && int64(units.Second)%int64(f) == 0 {
		c.period = int64(units.Second) / int64(f)
		c.inverse = math.MaxUint64 / uint64(c.period)
	}
	return c
}

// Align returns the first edge at or after t.
func (c *Clock) Align(t units.Time) units.Time {
	if c.period > 0 {
		_, over := divide(t.Ps(), c.period, c.inverse)
		if over == 0 {
			return t
		}
		return t.Add(units.Duration(c.period - over))
	}
	return c.freq.Edge(c.freq.NextEdge(t))
}

// Span returns the time of n cycles, rounded up to a picosecond.
func (c *Clock) Span(n units.Cycles) units.Duration {
	if c.period > 0 {
		return units.Duration(int64(n) * c.period)
	}
	return c.freq.Span(n)
}

// After returns the edge n cycles after the edge at t.
func (c *Clock) After(t units.Time, n units.Cycles) units.Time {
	if c.period > 0 {
		return t.Add(units.Duration(int64(n) * c.period))
	}
	return c.freq.Edge(c.freq.NextEdge(t) + n)
}
