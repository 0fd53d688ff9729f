package asic

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// A context that was used before the run is on the chip, unless others were used since. Associations without keys have none.
func TestWarmContexts(t *testing.T) {
	for _, keyed := range []bool{false, true} {
		d := reference(t).DSN
		d.Crypto.SACache.Value, d.Crypto.SAWays.Value = 2, 2
		c := newComplex(&d)
		c.cache.keyed = keyed
		c.Measure(station.Window{To: units.Forever})
		for sa := range uint32(3) {
			c.cache.Warm(sealed(64, sa))
		}
		for i, sa := range []uint32{2, 1, 0} { // 0 has been forgotten
			c.Serve(units.At(units.Duration(i)*units.Microsecond), sealed(64, sa))
		}
		want := int64(1)
		if keyed {
			want = 3
		}
		assert.Equal(t, want, c.Usage()[1].Visits)
	}
}

// A flow that was open before the run is in the cache of the chip, whose last flows it holds.
func TestWarmFlowMemory(t *testing.T) {
	d := reference(t).DSN
	d.FlowCache.Entries.Value, d.FlowCache.Ways.Value = 2, 2
	f := newFlowMemory("chip", &d)
	f.Measure(station.Window{To: units.Forever})
	for flow := range uint32(3) {
		f.Warm(flowPacket(1, flow))
	}
	for i, flow := range []uint32{2, 1, 0} {
		f.Serve(units.At(units.Duration(i)*units.Microsecond), flowPacket(1, flow))
	}
	assert.EqualValues(t, 1, f.Usage()[0].Visits)
}
