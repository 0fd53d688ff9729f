// Package meter holds token-bucket meters: srTCM (RFC 2697) and trTCM (RFC 2698), which colour packets green, yellow or
// red by how far a stream of them exceeds what it may send.
package meter

import (
	"fmt"

	"github.com/dsnsim/dsnsim/sim/units"
)

// Colour is what a meter says of a packet, and what an earlier one may have said already.
type Colour uint8

// The colours, from within the committed rate to beyond all bursts.
const (
	Green Colour = iota
	Yellow
	Red

	// Colours is how many there are, for arrays by colour.
	Colours = iota
)

// String returns "green", "yellow" or "red".
func (c Colour) String() string { return [...]string{"green", "yellow", "red"}[c] }

// Mode is the kind of a meter.
type Mode uint8

// The kinds of meters.
const (
	// SingleRate is srTCM, RFC 2697: one rate fills two buckets, the excess one with what the committed one cannot hold.
	SingleRate Mode = iota
	// TwoRate is trTCM, RFC 2698: two buckets, each with a rate of its own.
	TwoRate
)

// Spec is what all meters of a Bank do.
type Spec struct {
	Mode Mode
	// CIR and CBS are the committed rate and burst.
	CIR units.Rate
	CBS units.Bytes
	// PIR is the peak rate of TwoRate, at least CIR. SingleRate has none.
	PIR units.Rate
	// EBS is the second bucket: the excess burst of SingleRate, which may be 0, the peak burst (PBS) of TwoRate.
	EBS units.Bytes
}

// The bounds of a Spec. Assumed: 100 Tbps is beyond any port, and a burst of 1 GiB beyond any buffer; with them a level
// in bits, and what a rate brings in a run's 106 days, are within 64 bits and 128 bits.
const (
	MaxRate  = 100_000 * units.Gbps
	MaxBurst = units.GiB
)

// Field names a part of a Spec.
type Field uint8

// The parts of a Spec.
const (
	CIR Field = iota
	CBS
	PIR
	EBS
)

// RangeError says which part of a Spec is out of range, and what it may be.
type RangeError struct {
	Field Field
	Msg   string
}

// Error is the message.
func (e *RangeError) Error() string { return e.Msg }

// Check says what is out of range, or returns nil.
func Check(s Spec) *RangeError {
	bad := func(f Field, format string, args ...any) *RangeError {
		return &RangeError{f, fmt.Sprintf(format, args...)}
	}
	switch {
	case s.CIR < 1 || s.CIR > MaxRate:
		return bad(CIR, "expected a committed rate from 1bps to %s, got %s", MaxRate, s.CIR)
	case s.Mode == TwoRate && (s.PIR < s.CIR || s.PIR > MaxRate):
		return bad(PIR, "expected a peak rate from the committed rate, %s, to %s, got %s", s.CIR, MaxRate, s.PIR)
	case s.Mode == SingleRate && s.PIR != 0:
		return bad(PIR, "a meter with a single rate has no peak rate")
	case s.CBS < 0 || s.CBS > MaxBurst:
		return bad(CBS, "expected a burst from 0B to %s, got %s", MaxBurst, s.CBS)
	case s.EBS < 0 || s.EBS > MaxBurst:
		return bad(EBS, "expected a burst from 0B to %s, got %s", MaxBurst, s.EBS)
	case s.Mode == SingleRate && s.CBS == 0 && s.EBS == 0:
		return bad(CBS, "a meter whose buckets hold nothing lets nothing through; one of both bursts must be larger than 0B") // RFC 2697
	case s.Mode == TwoRate && s.CBS == 0:
		return bad(CBS, "a bucket that holds nothing lets nothing through; the committed burst must be larger than 0B") // RFC 2698
	case s.Mode == TwoRate && s.EBS == 0:
		return bad(EBS, "a bucket that holds nothing lets nothing through; the peak burst must be larger than 0B") // RFC 2698
	}
	return nil
}

// Bank is an array of equal meters. Packets come to a meter in time order.
type Bank struct {
	spec   Spec
	meters []buckets
	first  int64 // bits that the committed bucket holds
	second int64 // bits that the excess or peak bucket holds
}

// buckets is one meter: what its two buckets hold at an instant.
type buckets struct {
	at            units.Time
	first, second units.Tokens
}

// NewBank returns n meters with full buckets, as the RFCs begin. The error says what is out of range.
func NewBank(s Spec, n int) (*Bank, error) {
	if err := Check(s); err != nil {
		return nil, err
	}
	b := &Bank{spec: s, meters: make([]buckets, n), first: int64(s.CBS) * 8, second: int64(s.EBS) * 8}
	for i := range b.meters {
		b.meters[i].first.Bits, b.meters[i].second.Bits = b.first, b.second
	}
	return b, nil
}

// Len returns the number of meters.
func (b *Bank) Len() int { return len(b.meters) }

// Mark meters a packet of n bytes that comes to meter i at an instant not before the last one, and returns its colour. was
// is the colour that it has already, which it cannot improve on; Green for a meter that is colour-blind.
func (b *Bank) Mark(i int, at units.Time, n uint32, was Colour) Colour {
	m := &b.meters[i]
	if at.After(m.at) {
		b.refill(m, at.Sub(m.at))
		m.at = at
	}
	size := int64(n) * 8
	if b.spec.Mode == SingleRate {
		return m.single(size, was)
	}
	return m.double(size, was)
}

// single is srTCM: each packet takes from one bucket.
func (m *buckets) single(size int64, was Colour) Colour {
	switch {
	case was == Green && m.first.Bits >= size:
		m.first.Bits -= size
		return Green
	case was <= Yellow && m.second.Bits >= size:
		m.second.Bits -= size
		return Yellow
	}
	return Red
}

// double is trTCM: what is within the committed rate counts for the peak rate too.
func (m *buckets) double(size int64, was Colour) Colour {
	switch {
	case was == Red || m.second.Bits < size:
		return Red
	case was == Yellow || m.first.Bits < size:
		m.second.Bits -= size
		return Yellow
	}
	m.first.Bits -= size
	m.second.Bits -= size
	return Green
}

// refill adds what came in d to both buckets.
func (b *Bank) refill(m *buckets, d units.Duration) {
	if m.first.Bits == b.first && m.second.Bits == b.second {
		return
	}
	over := m.first.Fill(units.Grown(b.spec.CIR, d), b.first)
	if b.spec.Mode == TwoRate {
		over = units.Grown(b.spec.PIR, d)
	}
	m.second.Fill(over, b.second)
}
