package traffic

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/sim/units"
)

func modulated(t testing.TB, name string, pacing Pacing, m *Modulation) *Synthetic {
	t.Helper()
	s, err := NewSynthetic(SyntheticConfig{Config: Config{Name: name, Seed: 4, LineRate: MaxRate, Load: PacketLoad(1_000_000), Pacing: pacing, Modulation: m},
		Sizes: FixedSize(500)})
	require.NoError(t, err)
	return s
}

// counts returns the packets of a source in each of so many intervals.
func counts(s *Synthetic, interval units.Duration, n int) []float64 {
	list := make([]float64, n)
	for {
		p, _ := s.Next()
		i := int(p.At.Sub(units.Time{}) / interval)
		if i >= n {
			return list
		}
		list[i]++
	}
}

// moments returns mean, and variance over mean, the index of dispersion for counts.
func moments(list []float64) (mean, dispersion float64) {
	for _, x := range list {
		mean += x / float64(len(list))
	}
	for _, x := range list {
		dispersion += (x - mean) * (x - mean) / float64(len(list)) / mean
	}
	return mean, dispersion
}

// The mean stays whatever the phases. A Poisson process has an index of dispersion of 1; one that is modulated by two phases has,
// over long intervals, 1 + 2 (difference of rates)^2 r1 r2 / ((r1+r2)^3 mean), r being the rates at which phases end (Heffes and
// Lucantoni 1986).
func TestModulationKeepsTheMeanAndAddsVariance(t *testing.T) {
	steady, one := moments(counts(modulated(t, "a", Poisson, nil), 2*units.Millisecond, 1000))
	assert.InEpsilon(t, 2000, steady, 0.01)
	assert.InEpsilon(t, 1, one, 0.15)
	m := &Modulation{Phases: []Phase{{1, 100 * units.Microsecond}, {5, 25 * units.Microsecond}}}
	mean, dispersion := moments(counts(modulated(t, "b", Poisson, m), 2*units.Millisecond, 2000))
	assert.InEpsilon(t, 2000, mean, 0.02)
	low := 1e6 / 1.8 // 4/5 of the time the low rate, 1/5 five times that, and 1 M in the mean
	const r1, r2 = 1 / 100e-6, 1 / 25e-6
	want := 1 + 2*(4*low)*(4*low)*r1*r2/((r1+r2)*(r1+r2)*(r1+r2)*1e6)
	assert.InEpsilon(t, want, dispersion, 0.1)
}

// While a source is on, it sends at the mean times (on + off)/on, in equal gaps; then nothing.
func TestOnOff(t *testing.T) {
	m := &Modulation{Phases: []Phase{{1, 200 * units.Microsecond}, {0, 600 * units.Microsecond}}}
	s := modulated(t, "a", Constant, m)
	var last units.Time
	peak, rests, n := 0, 0, 0
	for range 200_000 {
		p, _ := s.Next()
		switch gap := p.At.Sub(last); {
		case n == 0:
		case gap >= 249_990 && gap <= 250_010: // ps: a quarter of 1 us
			peak++
		case gap > units.Microsecond:
			rests++
		}
		last, n = p.At, n+1
	}
	assert.InEpsilon(t, 200_000, peak, 0.02, "at four times the mean")
	assert.InEpsilon(t, 200_000/800.0, rests, 0.25, "a rest every 800 packets")
	assert.InEpsilon(t, 0.2, last.Sub(units.Time{}).Seconds(), 0.12, "at 1 Mpps in the mean")
}

// Pareto phases have the mean that is asked for and a heavier tail: the longest of many is far longer than an exponential one's.
func TestParetoPhases(t *testing.T) {
	longest := func(shape float64) (most, mean float64) {
		c := Config{Name: "a", Modulation: &Modulation{Phases: []Phase{{1, units.Millisecond}}, Shape: shape}}
		m, err := c.modulation()
		require.NoError(t, err)
		for range 100_000 {
			l := float64(m.length()) / float64(units.Millisecond)
			most, mean = max(most, l), mean+l/100_000
		}
		return most, mean
	}
	exponential, one := longest(0)
	pareto, other := longest(1.5)
	assert.InEpsilon(t, 1, one, 0.02)
	assert.InEpsilon(t, 1, other, 0.15)
	assert.Less(t, exponential, 20.0)
	assert.Greater(t, pareto, 100.0)
}

func TestModulationRefusesNonsense(t *testing.T) {
	for _, m := range []Modulation{{}, {Phases: []Phase{{0, 1}}}, {Phases: []Phase{{1, 0}}}, {Phases: []Phase{{-1, 5}, {2, 5}}},
		{Phases: []Phase{{1, 5}}, Shape: 1}, {Phases: []Phase{{1, 5}}, Shape: -2}} {
		_, err := NewSynthetic(SyntheticConfig{Config: Config{Name: "a", LineRate: MaxRate, Load: PacketLoad(1000), Modulation: &m}, Sizes: FixedSize(64)})
		assert.Error(t, err, "%+v", m)
	}
}

// A genome's sizes come in their order, again and again.
func TestGenomeIsInOrder(t *testing.T) {
	frames, err := Genome("aabgd")
	require.NoError(t, err)
	var sizes []WeightedSize
	for _, f := range frames {
		sizes = append(sizes, WeightedSize{f, 1})
	}
	s, err := NewSynthetic(SyntheticConfig{Config: Config{Name: "a", LineRate: MaxRate, Load: PacketLoad(1000)}, Sizes: sizes, Ordered: true})
	require.NoError(t, err)
	for i := range 23 {
		p, _ := s.Next()
		assert.Equal(t, []uint32{64, 64, 128, 1518, 512}[i%5], p.Frame)
	}
	for _, bad := range []string{"", "aaj", "A", "imix", tooLong()} {
		_, err := Genome(bad)
		assert.Error(t, err, "%.20q", bad)
	}
	assert.True(t, LooksLikeGenome("aaaaaaadddg"))
	assert.False(t, LooksLikeGenome("imix"))
	assert.False(t, LooksLikeGenome("a"))
	longest, err := Genome(tooLong()[1:])
	require.NoError(t, err)
	assert.Len(t, longest, maxGenome)
}

func tooLong() string {
	b := make([]byte, maxGenome+1)
	for i := range b {
		b[i] = 'a'
	}
	return string(b)
}

// A source must come to its next packet in steps as many as its run has phases, not as lie before the packet: at a packet a second
// there are a million phases of a microsecond to the next one, and none of them in a run of a millisecond is of use.
func TestSlowModulatedSourceEndsWithItsRun(t *testing.T) {
	c := SyntheticConfig{Config: Config{Name: "slow", Seed: 1, LineRate: 100 * units.Gbps, Load: PacketLoad(1), Pacing: Poisson,
		Modulation: &Modulation{Phases: []Phase{{1, units.Microsecond}, {0, units.Microsecond}}}, End: units.At(units.Millisecond)},
		Sizes: []WeightedSize{{64, 1}}}
	s, err := NewSynthetic(c)
	require.NoError(t, err)
	draws := *s.bent.draw
	for range 100 {
		p, ok := s.Next()
		require.True(t, ok)
		require.False(t, p.At.Before(c.End))
	}
	// A phase draws one number; about 1,000 phases fit the run.
	n := 0
	for ; draws != *s.bent.draw; n++ {
		draws.Uint64()
	}
	require.Less(t, n, 2000)
	require.Greater(t, n, 500)
}

// What is due later than any run lasts is due at the same far instant, not before: rates of a bit a second overflow nothing.
func TestSlowestSourcesStayInOrder(t *testing.T) {
	for _, pacing := range []Pacing{Constant, Poisson} {
		for _, m := range []*Modulation{nil, {Phases: []Phase{{1, units.Second}, {1e12, units.Nanosecond}}}, {Phases: []Phase{{1, units.Second}, {0, units.Second}}, Shape: 1.0001}} {
			s, err := NewSynthetic(SyntheticConfig{Config: Config{Name: "slow", Seed: 1, LineRate: 100 * units.Gbps, Load: WireLoad(1),
				Pacing: pacing, Modulation: m, End: units.At(3600 * units.Second)}, Sizes: []WeightedSize{{MaxFrame, 1}}})
			require.NoError(t, err)
			last := units.Time{}
			for range 1000 {
				p, _ := s.Next()
				require.False(t, p.At.Before(last))
				last = p.At
			}
		}
	}
}
