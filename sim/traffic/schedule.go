package traffic

import (
	"errors"
	"math/big"

	"github.com/dsnsim/dsnsim/sim/units"
)

// schedule holds when the records of a trace are due, as recorded or scaled by one factor.
type schedule struct {
	// base is when the record at offset 0 is due in this pass; a pass takes a period. Both have the denominator d.
	base, period span
	d            uint64
	// offsetsPs are the times of the records in a pass.
	offsetsPs []int64
}

// farthestPs is the time in a pass of what is later, and the length of a pass that is longer: 26 days, which no run lasts. It leaves
// room for as much again behind it.
const farthestPs = 1 << 61

// whole cuts a time in ps to a whole number, the farthest at most.
func whole(ps float64) int64 { return int64(min(ps, farthestPs)) }

// unscaled returns the schedule of the recorded times: the first record is due at startPs.
func unscaled(t *Trace, startPs int64) *schedule {
	const psPerNs = int64(units.Nanosecond)
	gaps := max(int64(len(t.timesNs))-1, 1)
	// A pass is the span and one mean gap, span/gaps, more.
	pass := new(big.Int).Mul(big.NewInt(t.spanNs()), big.NewInt(psPerNs*(gaps+1)))
	s := newSchedule(pass, gaps, startPs)
	for _, ns := range t.timesNs {
		s.offsetsPs = append(s.offsetsPs, min(ns, farthestPs/psPerNs)*psPerNs)
	}
	return s
}

// scaled returns the schedule whose pass takes exactly as long as the load takes for the whole trace. Its record
// numbered first, from 0, is due at startPs.
func scaled(t *Trace, load Load, startPs int64, first int) (*schedule, error) {
	if t.spanNs() == 0 {
		return nil, errors.New("all packets of the capture have the same time, so their gaps cannot be scaled: " +
			"choose pacing constant or poisson")
	}
	packets, bytes := t.sample()
	pass := load.total(packets, bytes)
	pass.Mul(pass, big.NewInt(int64(units.Second)))
	s := newSchedule(pass, load.perSecond, startPs)
	// The recorded pass is span*n/(n-1) for n records, so a time of a record becomes time * pass*(n-1) / (span*n).
	n := int64(len(t.timesNs))
	pass.Mul(pass, big.NewInt(n-1))
	recorded := new(big.Int).Mul(big.NewInt(t.spanNs()), big.NewInt(n))
	recorded.Mul(recorded, big.NewInt(load.perSecond))
	offset := new(big.Int)
	for _, ns := range t.timesNs {
		offset.Mul(offset.SetInt64(ns), pass)
		ps := int64(farthestPs)
		if offset.Quo(offset, recorded).BitLen() <= 61 {
			ps = offset.Int64()
		}
		s.offsetsPs = append(s.offsetsPs, ps)
	}
	s.base.ps -= s.offsetsPs[first]
	return s, nil
}

// newSchedule returns a schedule without offsets whose pass takes pass/d ps, the farthest at most.
func newSchedule(pass *big.Int, d, startPs int64) *schedule {
	ps, rest := new(big.Int).QuoRem(pass, big.NewInt(d), new(big.Int))
	if ps.BitLen() > 61 {
		ps.SetInt64(farthestPs)
	}
	return &schedule{base: span{ps: startPs}, period: span{ps.Int64(), rest.Uint64()}, d: uint64(d)}
}

// due returns when a record is due in this pass, in ps.
func (s *schedule) due(record int32) int64 { return s.base.ps + s.offsetsPs[record] }

// again moves on by a pass.
func (s *schedule) again() {
	if s.base.ps < farthestPs {
		s.base = s.base.plus(s.period, s.d)
	}
}
