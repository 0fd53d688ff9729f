package units

import "math/bits"

// The quantities of a model. Each is a whole number of its base unit, so that sums are exact and
// totally ordered; 1 mW over 1 ps is exactly 1 fJ.
type (
	// Bytes is a size.
	Bytes int64
	// Rate is a data rate in bit/s.
	Rate int64
	// PacketRate is a packet rate in packets/s.
	PacketRate int64
	// Freq is a clock frequency in Hz.
	Freq int64
	// Cycles is a number of clock cycles.
	Cycles int64
	// Power is in milliwatts.
	Power int64
	// Energy is in femtojoules; int64 holds 9,223 J.
	Energy int64
	// Temperature is in thousandths of a degree Celsius.
	Temperature int64
	// Length is a cable length in millimetres.
	Length int64
	// Bits is a size in bits, for what is counted in bits by custom (a flow of 1 Mbit).
	Bits int64
	// Ratio is in parts per million: 40% is 400,000.
	Ratio int64
	// Count is a plain number of things (flows, entries).
	Count int64
)

// The named sizes, rates and frequencies. Sizes come in decimal and binary, rates in decimal only.
const (
	Byte Bytes = 1
	KiB        = 1024 * Byte
	MiB        = 1024 * KiB
	GiB        = 1024 * MiB

	BitPerSecond Rate = 1
	Kbps              = 1000 * BitPerSecond
	Mbps              = 1000 * Kbps
	Gbps              = 1000 * Mbps

	Hz  Freq = 1
	KHz      = 1000 * Hz
	MHz      = 1000 * KHz
	GHz      = 1000 * MHz

	Milliwatt Power = 1
	Watt            = 1000 * Milliwatt

	Femtojoule Energy = 1
	Picojoule         = 1000 * Femtojoule
	Nanojoule         = 1000 * Picojoule

	Millicelsius Temperature = 1
	Celsius                  = 1000 * Millicelsius

	Millimetre Length = 1
	Metre             = 1000 * Millimetre

	Bit  Bits = 1
	Kbit      = 1000 * Bit
	Mbit      = 1000 * Kbit
	Gbit      = 1000 * Mbit

	PartPerMillion Ratio = 1
	Percent              = 10_000 * PartPerMillion
	Whole                = 100 * Percent
)

const psPerSecond = uint64(Second)

// TimeToSend returns the time that n bytes take at rate r, rounded up to a picosecond. r must be positive.
func (r Rate) TimeToSend(n Bytes) Duration {
	return Duration(mulDivUp(uint64(n)*8, psPerSecond, uint64(r)))
}

// BytesIn returns the whole bytes that rate r carries in d, rounded down.
func (r Rate) BytesIn(d Duration) Bytes {
	hi, lo := bits.Mul64(uint64(r), uint64(d))
	q, _ := bits.Div64(hi, lo, 8*psPerSecond)
	return Bytes(q)
}

// Edge returns the instant of clock edge n, rounded up to a picosecond. It is computed from the edge's
// number and never by adding a rounded period, so its error stays under a picosecond for ever. f must be positive.
func (f Freq) Edge(n Cycles) Time { return Time{int64(mulDivUp(uint64(n), psPerSecond, uint64(f)))} }

// Span returns the time that n cycles take, rounded up to a picosecond. f must be positive.
func (f Freq) Span(n Cycles) Duration {
	return Duration(mulDivUp(uint64(n), psPerSecond, uint64(f)))
}

// NextEdge returns the number of the first clock edge at or after t. f must be positive.
func (f Freq) NextEdge(t Time) Cycles {
	// The last edge n with Edge(n) <= t is floor(t*f/1e12), since Edge rounds up to whole picoseconds.
	hi, lo := bits.Mul64(uint64(t.ps), uint64(f))
	n, _ := bits.Div64(hi, lo, psPerSecond)
	if f.Edge(Cycles(n)).ps < t.ps {
		n++
	}
	return Cycles(n)
}

// Over returns the energy that power p uses in d, exactly.
func (p Power) Over(d Duration) Energy { return Energy(int64(p) * int64(d)) }

// mulDivUp returns a*b/c rounded up, through a 128-bit product: bytes times 8e12 alone overflows 64 bits above
// 1.15 MB. It panics when the quotient does not fit 64 bits, which no run of under 106 days reaches.
func mulDivUp(a, b, c uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	q, r := bits.Div64(hi, lo, c)
	if r > 0 {
		q++
	}
	return q
}
