package traffic

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/units"
)

// loads are one of each kind, with rates that are no whole number of ps a byte.
func loads() map[string]Load {
	return map[string]Load{
		"wire": WireLoad(37 * units.Gbps), "frame": FrameLoad(29_999_999_999), "packet": PacketLoad(1_234_567),
	}
}

// realised is the load of packets but the last, from the first start to the last start, in the load's own unit.
func realised(l Load, packets []Packet) float64 {
	weight := uint64(0)
	for _, p := range packets[:len(packets)-1] {
		weight += l.weight(p.Frame)
	}
	return float64(weight) / packets[len(packets)-1].At.Sub(packets[0].At).Seconds()
}

func TestConstantLoadIsRealised(t *testing.T) {
	for name, load := range loads() {
		for kind, s := range map[string]source{
			"imix":   mustSynthetic(t, imix(load, Constant)),
			"replay": mustReplay(t, ReplayConfig{Config: base(load, Constant), Loop: true}, mixedTrace(t)),
		} {
			packets := take(s, 20_000)
			assert.InEpsilon(t, float64(load.perSecond), realised(load, packets), 1e-6, "%s %s", name, kind)
			// Over any window too, but for the rounding of its ends to a ps: 2 ps of 100 packets' some 10 us.
			assert.InEpsilon(t, float64(load.perSecond), realised(load, packets[5000:5100]), 1e-6, "%s %s", name, kind)
			assert.Zero(t, s.Stats().Spaced)
			if name == "wire" {
				assert.InEpsilon(t, 37e9, float64(s.Stats().RealisedWireBps), 1e-9)
			}
		}
	}
}

// A recorded replay has the load over each lap, whatever its gaps.
func TestRecordedLoadIsRealised(t *testing.T) {
	trace := mixedTrace(t)
	for name, load := range loads() {
		r := mustReplay(t, ReplayConfig{Config: base(load, Recorded), Loop: true}, trace)
		packets := take(r, 50*trace.Packets()+1)
		assert.InEpsilon(t, float64(load.perSecond), realised(load, packets), 1e-6, name)
		assert.Equal(t, int64(50), r.Stats().Laps)
	}
}

// Slots are exact: packet n starts at the sum of the slots before it, rounded down, after a million packets as well.
func TestConstantPacingNeverDrifts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		load := rapid.SampledFrom([]Load{
			WireLoad(1), WireLoad(units.Rate(rapid.Int64Range(1_000_000, 99_999_999_999).Draw(t, "wire"))),
			FrameLoad(units.Rate(rapid.Int64Range(1_000_000, 70_000_000_000).Draw(t, "frame"))),
			PacketLoad(units.PacketRate(rapid.Int64Range(1000, 7_000_000).Draw(t, "packets"))),
		}).Draw(t, "load")
		p := constant(load, 7)
		weight := new(big.Int)
		for _, frame := range rapid.SliceOfN(rapid.Uint32Range(MinFrame, MaxFrame), 1, 200).Draw(t, "frames") {
			exact := new(big.Int).Mul(weight, big.NewInt(1e12))
			require.Equal(t, 7+exact.Quo(exact, big.NewInt(load.perSecond)).Int64(), p.due.ps)
			c := load.class(frame, 100*units.Gbps)
			due := p.due.ps
			require.Equal(t, due, p.next(&c))
			weight.Add(weight, new(big.Int).SetUint64(load.weight(frame)))
		}
	})
}

// The gaps have the mean and the variance of an exponential distribution and no memory, each within four standard
// deviations of the statistic, which for the sample variance is mean^2 * sqrt(8/n).
func TestPoissonGaps(t *testing.T) {
	const n, mean = 400_000, 672_000.0
	p := poisson(PacketLoad(1_488_095), 0, 1, rng.New(3, 0, "gaps"))
	require.InDelta(t, mean, p.meanPs, 0.2)
	var sum, squares, products, previous, above float64
	for range n {
		d := float64(p.gap()) - mean
		sum += d
		squares += d * d
		products += d * previous
		previous = d
		if d > 0 {
			above++
		}
	}
	assert.InDelta(t, 0, sum/n, 4*mean/math.Sqrt(n))
	assert.InDelta(t, mean*mean, squares/n, 4*mean*mean*math.Sqrt(8.0/n))
	assert.InDelta(t, 0, products/n, 4*mean*mean/math.Sqrt(n))
	assert.InDelta(t, 1/math.E, above/n, 4*math.Sqrt(0.2325/n), "P(gap > mean) is 1/e")
}

// Poisson pacing realises its load on average: the standard error of n gaps is 1/sqrt(n) of it.
func TestPoissonLoad(t *testing.T) {
	const n = 200_000
	for name, load := range loads() {
		for kind, s := range map[string]source{
			"imix":   mustSynthetic(t, imix(load, Poisson)),
			"replay": mustReplay(t, ReplayConfig{Config: base(load, Poisson), Loop: true}, mixedTrace(t)),
		} {
			assert.InEpsilon(t, float64(load.perSecond), realised(load, take(s, n)), 5/math.Sqrt(n), "%s %s", name, kind)
		}
	}
}

func TestLoadText(t *testing.T) {
	assert.Equal(t, "10Gbps of the wire", WireLoad(10*units.Gbps).String())
	assert.Equal(t, "10Gbps of frames", FrameLoad(10*units.Gbps).String())
	assert.Equal(t, "5Mpps", PacketLoad(5_000_000).String())
	assert.Equal(t, "as recorded", Load{}.String())
}

func TestPacingText(t *testing.T) {
	for _, p := range []Pacing{Constant, Poisson, Recorded} {
		text, err := p.MarshalText()
		require.NoError(t, err)
		var again Pacing
		require.NoError(t, again.UnmarshalText(text))
		assert.Equal(t, p, again)
	}
	p := Poisson
	assert.ErrorContains(t, p.UnmarshalText([]byte("Poisson")), "want constant, poisson or recorded")
	assert.Equal(t, Poisson, p)
	assert.Equal(t, "Pacing(9)", Pacing(9).String())
}
