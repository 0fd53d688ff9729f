package scenarios_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/chain"
	"github.com/dsnsim/dsnsim/sim/units"
)

const managed = `version: 1
dsn:
  traffic_manager:
    buffer: 2MiB
    default: rest
    classes:
      - {name: gold, dscp: [46, cs6], priority: strict, max_rate: 10Gbps, burst: 30kB, reserve: 10kB}
      - {name: rest}
      - {name: silver, dscp: [af41, 35], weight: 3, alpha: 1/4, ecn_threshold: 100kB, max_rate: 1Gbps}
traffic:
  - {sizes: 64B, load: 1%, class: silver}
  - {sizes: 64B, load: 1%}
`

func TestTrafficManager(t *testing.T) {
	s := loaded(t, managed)
	m := s.DSN.TrafficManager
	require.NotNil(t, m)
	assert.Equal(t, &asic.TrafficManager{Buffer: 2 * units.MiB, Classes: []asic.TrafficClass{
		{Name: "gold", Strict: true, Weight: 1, MaxRate: 10 * units.Gbps, Burst: 30_000, Reserve: 10_000},
		{Name: "rest", Weight: 1, Burst: 18_436},
		{Name: "silver", Weight: 3, MaxRate: units.Gbps, Burst: 18_436, Alpha: -2, ECNThreshold: 100_000},
	}, ByDSCP: m.ByDSCP()}, m.Model(units.KiB))
	assert.Equal(t, "silver", s.Traffic[0].Class)
	for name, want := range map[string]uint16{"gold": 0, "rest": 1, "silver": 2, "": 1} {
		assert.Equal(t, want, m.Class(name), name)
	}
	byDSCP := m.ByDSCP()
	want := map[int]uint16{46: 0, 48: 0, 34: 2, 35: 2}
	for p, class := range byDSCP {
		if _, ok := want[p]; !ok {
			want[p] = 1
		}
		assert.Equal(t, want[p], class, p)
	}
}

// Without a default the last class takes the rest, and without a size the buffer is as large as the chip has.
func TestTrafficManagerDefaults(t *testing.T) {
	assert.Nil(t, loaded(t, minimal).DSN.TrafficManager)
	s := loaded(t, minimal, "dsn.traffic_manager={classes: [{name: a, dscp: [0]}, {name: b}]}")
	m := s.DSN.TrafficManager
	assert.Equal(t, 4*units.MiB, m.Model(4*units.MiB).Buffer)
	assert.EqualValues(t, 1, m.Class(""))
	byDSCP := m.ByDSCP()
	assert.Equal(t, []uint16{0, 1}, byDSCP[:2])
}

// All powers of two in both ways of writing, and the code points of RFC 2474, 2597 and 3246 by name.
func TestAlphaAndDSCP(t *testing.T) {
	for i := -7; i <= 7; i++ {
		for _, text := range []string{fmt.Sprintf("1/%d", 1<<max(-i, 0)), fmt.Sprint(float64(int(1)<<max(i, 0)) / float64(int(1)<<max(-i, 0)))} {
			var a scenarios.Alpha
			if i > 0 && text == "1/1" {
				continue
			}
			require.NoError(t, a.UnmarshalText([]byte(text)))
			assert.EqualValues(t, i, a, text)
		}
	}
	for text, want := range map[string]chain.DSCP{"0": 0, "63": 63, "ef": 46, "EF": 46, "cs0": 0, "cs7": 56, "af11": 10, "af13": 14, "af43": 38} {
		var d chain.DSCP
		require.NoError(t, d.UnmarshalText([]byte(text)))
		assert.Equal(t, want, d, text)
	}
	for _, text := range []string{"", "64", "-1", "af1", "af44", "af14x", "cs8", "csx", "afxx"} {
		var d chain.DSCP
		assert.Error(t, d.UnmarshalText([]byte(text)), text)
	}
	for _, text := range []string{"", "0", "3", "1/3", "1/256", "256", "-1", "1e0", "0x1", "1/0", "0.00000000000000001"} {
		var a scenarios.Alpha
		assert.Error(t, a.UnmarshalText([]byte(text)), text)
	}
}
