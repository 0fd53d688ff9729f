package traffic

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/sim/units"
)

func burstSource(t *testing.T, b Bursts, name string) *Synthetic {
	t.Helper()
	s, err := NewSynthetic(SyntheticConfig{Config: Config{Name: name, Seed: 1, LineRate: 25 * units.Gbps, Load: WireLoad(units.Gbps), Bursts: &b},
		Sizes: []WeightedSize{{Frame: 1518, Weight: 1}}})
	require.NoError(t, err)
	return s
}

// A burst of 4,000 bytes is three frames back to back, then nothing until the next period.
func TestBurstsAreBackToBack(t *testing.T) {
	s := burstSource(t, Bursts{Bytes: 4000, Every: units.Millisecond}, "a")
	slot := (25 * units.Gbps).TimeToSend(1518 + Overhead)
	for burst := range 5 {
		begin := units.Duration(burst) * units.Millisecond
		for k := range 3 {
			p, ok := s.Next()
			require.True(t, ok)
			assert.InDelta(t, float64(begin+units.Duration(k)*slot), float64(p.At.Sub(units.Time{})), float64(k), "burst %d, frame %d", burst, k)
		}
	}
}

// With a spread each burst of each source begins within it, somewhere else every time, and periods do not drift.
func TestBurstsSpread(t *testing.T) {
	b := Bursts{Bytes: 1, Every: units.Millisecond, Spread: 100 * units.Microsecond}
	one, other := burstSource(t, b, "one"), burstSource(t, b, "other")
	mean := 0.0
	const n = 2000
	for burst := range n {
		p, _ := one.Next()
		q, _ := other.Next()
		late := p.At.Sub(units.At(units.Duration(burst) * units.Millisecond))
		require.GreaterOrEqual(t, late, units.Duration(0))
		require.Less(t, late, b.Spread)
		require.NotEqual(t, p.At, q.At)
		mean += float64(late) / n
	}
	assert.InEpsilon(t, float64(b.Spread)/2, mean, 0.03)
}

// A burst longer than its period is sent at line rate, and the next follows it.
func TestBurstsLongerThanTheirPeriod(t *testing.T) {
	s := burstSource(t, Bursts{Bytes: 10 * 1518, Every: units.Microsecond}, "a")
	var last units.Time
	slot := (25 * units.Gbps).TimeToSend(1518 + Overhead)
	for i := range 50 {
		p, _ := s.Next()
		if i > 0 {
			require.InDelta(t, float64(slot), float64(p.At.Sub(last)), 1)
		}
		last = p.At
	}
}

func TestBurstsRefuseNonsense(t *testing.T) {
	for _, b := range []Bursts{{}, {Bytes: 1}, {Every: 1}, {Bytes: -1, Every: 1}, {Bytes: 1, Every: 5, Spread: 5}, {Bytes: 1, Every: 5, Spread: -1}} {
		_, err := NewSynthetic(SyntheticConfig{Config: Config{Name: "a", LineRate: units.Gbps, Load: WireLoad(units.Mbps), Bursts: &b},
			Sizes: []WeightedSize{{Frame: 64, Weight: 1}}})
		assert.Error(t, err, "%+v", b)
	}
}
