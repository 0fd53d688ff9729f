package traffic

import "math/rand/v2"

// pacer is the schedule of a load: when each packet is due, were the wire always free.
type pacer struct {
	// due is when the next packet is due. Constant pacing keeps what it rounds off, with the denominator perSecond, so
	// that the schedule is exact for ever.
	due       span
	perSecond uint64
	// gaps draws the gaps of Poisson pacing, of meanPs on average; it is nil for constant pacing.
	gaps   *rand.Rand
	meanPs float64
}

// constant returns the pacer whose first packet is due at startPs.
func constant(load Load, startPs int64) pacer {
	return pacer{due: span{ps: startPs}, perSecond: uint64(load.perSecond)}
}

// poisson returns the pacer whose first packet is due one gap after startPs: a Poisson process has no other beginning.
// The mean weight of a packet is a float, as the gaps drawn with it are: their rounding to whole ps is unbiased.
func poisson(load Load, startPs int64, meanWeight float64, gaps *rand.Rand) pacer {
	p := constant(load, startPs)
	p.gaps, p.meanPs = gaps, meanWeight*float64(psPerSecond)/float64(load.perSecond)
	p.due.ps += p.gap()
	return p
}

// next returns when a packet is due, in ps, and moves on by its slot or by a random gap.
func (p *pacer) next(c *class) int64 {
	due := p.due.ps
	switch {
	case due >= farthestPs: // so late that no run comes to it
	case p.gaps != nil:
		p.due.ps += p.gap()
	default:
		p.due = p.due.plus(c.slot, p.perSecond)
	}
	return due
}

// gap draws a gap in ps. The conversion between product and sum keeps the compiler from fusing them, which would
// round differently on machines that can.
func (p *pacer) gap() int64 {
	ps := float64(p.gaps.ExpFloat64() * p.meanPs)
	return whole(ps + 0.5)
}
