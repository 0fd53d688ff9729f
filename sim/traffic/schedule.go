package traffic

import (
	"errors"
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

// farthestPs is the time in a lap of what is later, and the length of a lap that is longer: 26 days, which no run lasts. It leaves
// room for as much again behind it.
const farthestPs = 1 << 61

// whole cuts a time in ps to a whole number, the farthest at most.
func whole(ps float64) int64 { return int64(min(ps, farthestPs)) }

// unscaled returns the schedule of the recorded times: the first record is due at startPs.
func unscaled(t *Trace, startPs int64) *schedule {
	const psPerNs = int64(units.Nanosecond)
	gaps := max(int64(len(t.timesNs))-1, 1)
	// A lap is the span and one mean gap, span/gaps, more.
	lap := new(big.Int).Mul(big.NewInt(t.spanNs()), big.NewInt(psPerNs*(gaps+1)))
	s := newSchedule(lap, gaps, startPs)
	for _, ns := range t.timesNs {
		s.offsetsPs = append(s.offsetsPs, min(ns, farthestPs/psPerNs)*psPerNs)
	}
	return s
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
	s := newSchedule(lap, load.perSecond, startPs)
	// The recorded lap is span*n/(n-1) for n records, so a time of a record becomes time * lap*(n-1) / (span*n).
	n := int64(len(t.timesNs))
	lap.Mul(lap, big.NewInt(n-1))
	recorded := new(big.Int).Mul(big.NewInt(t.spanNs()), big.NewInt(n))
	recorded.Mul(recorded, big.NewInt(load.perSecond))
	offset := new(big.Int)
	for _, ns := range t.timesNs {
		offset.Mul(offset.SetInt64(ns), lap)
		ps := int64(farthestPs)
		if offset.Quo(offset, recorded).BitLen() <= 61 {
			ps = offset.Int64()
		}
		s.offsetsPs = append(s.offsetsPs, ps)
	}
	s.base.ps -= s.offsetsPs[first]
	return s, nil
}

// newSchedule returns a schedule without offsets whose lap takes lap/d ps, the farthest at most.
func newSchedule(lap *big.Int, d, startPs int64) *schedule {
	ps, rest := new(big.Int).QuoRem(lap, big.NewInt(d), new(big.Int))
	if ps.BitLen() > 61 {
		ps.SetInt64(farthestPs)
	}
	return &schedule{base: span{ps: startPs}, period: span{ps.Int64(), rest.Uint64()}, d: uint64(d)}
}

// due returns when a record is due in this lap, in ps.
func (s *schedule) due(record int32) int64 { return s.base.ps + s.offsetsPs[record] }

// again moves on by a lap.
func (s *schedule) again() {
	if s.base.ps < farthestPs {
		s.base = s.base.plus(s.period, s.d)
	}
}
