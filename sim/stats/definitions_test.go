package stats

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dsnsim/dsnsim/sim/units"
)

// Ten packets, sent one after the other, that arrive in another order: a packet is reordered when its number is below the next expected
// one (RFC 4737, 3.3), and the ratio is over those that were received (4.1).
func TestReorderingOfTenPackets(t *testing.T) {
	for _, c := range []struct {
		order     []uint64
		reordered uint64
	}{
		{[]uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 0},
		{[]uint64{1, 2, 3, 5, 6, 7, 8, 4, 9, 10}, 1}, // one that is late, not the four before it
		{[]uint64{1, 2, 3, 4, 7, 5, 6, 8, 9, 10}, 2}, // two that are overtaken by one
		{[]uint64{1, 2, 3, 4, 5, 8, 6, 7, 9, 10}, 2},
		{[]uint64{1, 2, 3, 5, 6, 7, 8, 9, 10}, 0}, // a loss is a discontinuity, and reorders nothing
		{[]uint64{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, 9},
	} {
		f := NewFlowJitter(1)
		for i, seq := range c.order {
			f.Record(0, seq, units.Time{}, units.At(units.Duration(i)))
		}
		r := f.Result()
		assert.Equal(t, c.reordered, r.Reordered, "%v", c.order)
		assert.InDelta(t, float64(c.reordered)/float64(len(c.order)), r.ReorderRatio(), 1e-15)
	}
}

// PDV takes the shortest delay off each (RFC 5481, 4.2), ipdv the delay of the packet before (4.1), and the interarrival jitter of
// RFC 3550 smooths the absolute ipdv by 1/16: by hand for delays of 10, 14, 10 and 30 us.
func TestJitterDefinitionsByHand(t *testing.T) {
	delays := []units.Duration{10, 14, 10, 30}
	f, h := NewFlowJitter(1), NewHistogram()
	for i, d := range delays {
		sent := units.At(units.Duration(i) * units.Millisecond)
		f.Record(0, uint64(i), sent, sent.Add(d*units.Microsecond))
		h.Record(d * units.Microsecond)
	}
	r := f.Result()
	assert.Equal(t, 9_333_333*units.Picosecond, r.IPDV(), "(4 + 4 + 20) / 3")
	// 4/16 = 0.25, then 0.25 + (4 - 0.25)/16 = 0.484375, then 0.484375 + (20 - 0.484375)/16.
	assert.InDelta(t, 1704.1, r.RFC3550().Ns(), 0.1)
	assert.Equal(t, 20*units.Microsecond, h.PDV(units.Whole))
	assert.InDelta(t, 4, h.PDV(75*units.Percent).Ns()/1000, 0.02)
}
