package sim

import "github.com/dsnsim/dsnsim/sim/units"

// Cost says how long one visit holds a server, as a function of the packet's bytes. It is a value, so that a station
// needs no call through an interface.
type Cost struct {
	// Transfer at a rate: the payload, if it is carried, plus a fixed part and a part for each segment.
	rate            units.Rate
	psPerByte       int64 // exact time of a byte, 0 when it is not a whole number of ps
	payload         int64 // 1 when the packet's bytes cross, 0 when only the overhead does
	fixedBytes      int64
	segment         int64
	bytesPerSegment int64
	// Work in clock cycles: a fixed part, a part for each chunk of bytes, and thousandths of a cycle for each byte.
	clock         Clock
	cycles        int64
	chunk         int64
	cyclesPerPart int64
	milliPerByte  int64
	minCycles     int64
	// The last answer: sizes repeat.
	lastBytes int64
	lastTime  units.Duration
}

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

// Cost returns the transfer as a cost.
func (t Transfer) Cost() Cost {
	c := Cost{rate: t.Rate, payload: 1, fixedBytes: int64(t.Fixed), segment: int64(t.Segment),
		bytesPerSegment: int64(t.PerSegment), lastBytes: -1}
	if t.NoPayload {
		c.payload = 0
	}
	if const8ps := 8 * int64(units.Second); const8ps%int64(t.Rate) == 0 {
		c.psPerByte = const8ps / int64(t.Rate)
	}
	return c
}

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
	return Cost{clock: NewClock(w.Clock), cycles: int64(w.Cycles), chunk: int64(w.Chunk),
		cyclesPerPart: int64(w.CyclesPerChunk), milliPerByte: w.MilliCyclesPerByte,
		minCycles: int64(w.MinCycles), lastBytes: -1}
}

// Of returns how long a packet of n bytes holds a server.
func (c *Cost) Of(n uint32) units.Duration {
	if int64(n) == c.lastBytes {
		return c.lastTime
	}
	c.lastBytes = int64(n)
	if c.rate > 0 {
		c.lastTime = c.transfer(int64(n))
	} else {
		c.lastTime = c.clock.Span(units.Cycles(c.CyclesOf(n)))
	}
	return c.lastTime
}

// CyclesOf returns the clock cycles of a packet of n bytes.
func (c *Cost) CyclesOf(n uint32) int64 {
	cycles := c.cycles
	if c.chunk > 0 {
		cycles += (int64(n) + c.chunk - 1) / c.chunk * c.cyclesPerPart
	}
	if c.milliPerByte > 0 {
		cycles += (int64(n)*c.milliPerByte + 999) / 1000
	}
	return max(cycles, c.minCycles)
}

func (c *Cost) transfer(n int64) units.Duration {
	bytes := n*c.payload + c.fixedBytes
	if c.segment > 0 {
		bytes += (n + c.segment - 1) / c.segment * c.bytesPerSegment
	}
	if c.psPerByte > 0 {
		return units.Duration(bytes * c.psPerByte)
	}
	return c.rate.TimeToSend(units.Bytes(bytes))
}

// Clock is a clock domain: it aligns instants to edges and counts cycles from them.
type Clock struct {
	freq   units.Freq
	period int64 // exact period in ps, 0 when it is not a whole number
}

// NewClock returns the domain of a clock that has an edge at instant 0.
func NewClock(f units.Freq) Clock {
	c := Clock{freq: f}
	if f > 0 && int64(units.Second)%int64(f) == 0 {
		c.period = int64(units.Second) / int64(f)
	}
	return c
}

// Align returns the first edge at or after t.
func (c *Clock) Align(t units.Time) units.Time {
	if c.period > 0 {
		over := t.Ps() % c.period
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
