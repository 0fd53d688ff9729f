package traffic

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/dsnsim/dsnsim/sim/units"
)

// schedule holds when the records of a trace are due, as recorded or scaled by one factor.
type schedule struct {
	// base is when the record at offset 0 is due in this lap; a lap takes a period. Both have the denominator d.
	base, period span
	d            uint64
	// offsetsPs are the times of the records in a lap.
	offsetsPs []int64
}

// unscaled returns the schedule of the recorded times: the first record is due at startPs.
func unscaled(t *Trace, startPs int64) (*schedule, error) {
	const psPerNs = int64(units.Nanosecond)
	gaps := max(int64(len(t.timesNs))-1, 1)
	// A lap is the span and one mean gap, span/gaps, more.
	lap := new(big.Int).Mul(big.NewInt(t.spanNs()), big.NewInt(psPerNs*(gaps+1)))
	s, err := newSchedule(lap, gaps, startPs)
	if err != nil {
		return nil, err
	}
	for _, ns := range t.timesNs {
		s.offsetsPs = append(s.offsetsPs, ns*psPerNs)
	}
	return s, nil
}

// scaled returns the schedule whose lap takes exactly as long as the load takes for the whole trace. Its record
// numbered first, from 0, is due at startPs.
func scaled(t *Trace, load Load, startPs int64, first int) (*schedule, error) {
	if t.spanNs() == 0 {
		return nil, errors.New("all packets of the capture have the same time, so their gaps cannot be scaled: " +
			"choose pacing constant or poisson")
	}
	packets, bytes := t.sample()
	lap := load.total(packets, bytes)
	lap.Mul(lap, big.NewInt(int64(units.Second)))
	s, err := newSchedule(lap, load.perSecond, startPs)
	if err != nil {
		return nil, err
	}
	// The recorded lap is span*n/(n-1) for n records, so a time of a record becomes time * lap*(n-1) / (span*n).
	n := int64(len(t.timesNs))
	lap.Mul(lap, big.NewInt(n-1))
	recorded := new(big.Int).Mul(big.NewInt(t.spanNs()), big.NewInt(n))
	recorded.Mul(recorded, big.NewInt(load.perSecond))
	offset := new(big.Int)
	for _, ns := range t.timesNs {
		offset.Mul(offset.SetInt64(ns), lap)
		s.offsetsPs = append(s.offsetsPs, offset.Quo(offset, recorded).Int64())
	}
	s.base.ps -= s.offsetsPs[first]
	return s, nil
}

// newSchedule returns a schedule without offsets whose lap takes lap/d ps. The two are below 2^62, which leaves room
// for as long a run again.
func newSchedule(lap *big.Int, d, startPs int64) (*schedule, error) {
	ps, rest := new(big.Int).QuoRem(lap, big.NewInt(d), new(big.Int))
	if ps.BitLen() > 62 {
		seconds := ps.Quo(ps, big.NewInt(int64(units.Second)))
		return nil, fmt.Errorf("the packets of the capture take %ds, more than a run can (%ds): give a higher load", seconds,
			int64(1)<<62/int64(units.Second))
	}
	return &schedule{base: span{ps: startPs}, period: span{ps.Int64(), rest.Uint64()}, d: uint64(d)}, nil
}

// due returns when a record is due in this lap, in ps.
func (s *schedule) due(record int32) int64 { return s.base.ps + s.offsetsPs[record] }

// again moves on by a lap.
func (s *schedule) again() { s.base = s.base.plus(s.period, s.d) }
