package stats

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/units"
)

func TestRates(t *testing.T) {
	var tally Count
	for range 1000 {
		tally.Add(1500)
	}
	// 1000 packets of 1500 B in 120 us are 100 Gbps and 8.33 Mpps.
	assert.InDelta(t, 100, tally.Gbps(120*units.Microsecond), 1e-9)
	assert.InDelta(t, 8.3333, tally.Mpps(120*units.Microsecond), 1e-4)
	assert.Zero(t, tally.Gbps(0))
	assert.Zero(t, tally.Mpps(0))
}

func TestMeterConservesPackets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var parts [2]Meter
		offered, dropped, left := 0, 0, 0
		for i, fate := range rapid.SliceOf(rapid.IntRange(-2, DropReasons-1)).Draw(t, "fates") {
			m := &parts[i%2]
			m.Offered.Add(100)
			offered++
			switch fate {
			case -2:
				left++
			case -1:
				m.Delivered.Add(100)
			default:
				m.Dropped[fate].Add(100)
				dropped++
			}
		}
		var m Meter
		m.Merge(&parts[1])
		m.Merge(&parts[0])
		require.EqualValues(t, left, m.InFlight())
		require.Equal(t, Count{uint64(dropped), uint64(100 * dropped)}, m.Lost())
		if offered > 0 {
			require.InDelta(t, float64(dropped)/float64(offered), m.LossRatio(), 1e-15)
		}
	})
	assert.Zero(t, (&Meter{}).LossRatio())
	assert.EqualValues(t, -1, (&Meter{Delivered: Count{1, 64}}).InFlight())
}
