package traffic

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/units"
)

// requireLineRate checks that no two packets overlap on the wire: not by a picosecond between neighbours, and not by
// one over any run of packets, so that a rate at which a byte takes a fraction of a ps is kept as well.
func requireLineRate(t require.TestingT, line units.Rate, packets []Packet) {
	for from := 0; from < len(packets); from += max(1, len(packets)/8) {
		bits := int64(0)
		for i := from; i < len(packets); i++ {
			need := new(big.Int).Mul(big.NewInt(bits), big.NewInt(1e12))
			need.Quo(need, big.NewInt(int64(line))) // rounded down, as starts are
			span := packets[i].At.Sub(packets[from].At)
			require.GreaterOrEqual(t, int64(span), need.Int64()-1)
			if 8_000_000_000_000%int64(line) == 0 {
				require.GreaterOrEqual(t, int64(span), need.Int64(), "exact at the rates of Ethernet")
			}
			bits += int64(packets[i].Frame+Overhead) * 8
		}
	}
}

func drawTrace(t *rapid.T) *Trace {
	records := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) recordOf {
		return recordOf{
			ns: rapid.Int64Range(0, 5000).Draw(t, "ns"), wire: rapid.IntRange(0, 20_000).Draw(t, "wire"),
			flow: rapid.Byte().Draw(t, "flow"),
		}
	}), 2, 60).Draw(t, "records")
	records[len(records)-1].ns += 5001 // so that there is a duration
	return traceOf(t, records...)
}

func TestNeverFasterThanTheLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := units.Rate(rapid.OneOf(
			rapid.SampledFrom([]int64{1e9, 10e9, 25e9, 40e9, 50e9, 100e9, 200e9, 400e9, 800e9, 1600e9}),
			rapid.Int64Range(1_000_000, 2_000_000_000_000),
		).Draw(t, "line"))
		share := rapid.Int64Range(1, 100).Draw(t, "percent")
		config := Config{
			Name: "x", Seed: rapid.Uint64().Draw(t, "seed"), Replication: rapid.IntRange(0, 3).Draw(t, "replication"), LineRate: line,
			Load: WireLoad(max(line/100*units.Rate(share), 1)), Pacing: Pacing(rapid.IntRange(0, 2).Draw(t, "pacing")),
		}
		var s source
		if config.Pacing != Recorded && rapid.Bool().Draw(t, "synthetic") {
			s = mustSynthetic(t, SyntheticConfig{Config: config, Sizes: IMIX(), Flows: 3})
		} else {
			if rapid.Bool().Draw(t, "as recorded") {
				config.Load, config.Pacing = Load{}, Recorded
			}
			s = mustReplay(t, ReplayConfig{Config: config, Loop: true}, drawTrace(t))
		}
		packets := take(s, 300)
		require.Len(t, packets, 300)
		requireLineRate(t, line, packets)
		bytes := int64(0)
		for _, p := range packets {
			require.True(t, p.Frame >= MinFrame && p.Frame <= MaxFrame)
			bytes += int64(p.Frame)
		}
		require.Equal(t, int64(300), s.Stats().Packets)
		require.Equal(t, bytes, s.Stats().Bytes)
	})
}

// At the full rate of the line, constant pacing leaves no gap and has nothing to move, at odd rates as well.
func TestFullLoadIsBackToBack(t *testing.T) {
	for _, line := range []units.Rate{10 * units.Gbps, 3 * units.Gbps, 7_777_777_777} {
		config := imix(WireLoad(line), Constant)
		config.LineRate = line
		s := mustSynthetic(t, config)
		packets := take(s, 50_000)
		requireLineRate(t, line, packets[:1000])
		assert.Zero(t, s.Stats().Spaced)
		assert.InEpsilon(t, float64(line), float64(s.Stats().RealisedWireBps), 1e-9)
	}
}

// A burst goes out at exactly the line's rate, its rounding carried: 10,000 packets end within a ps of where they should.
func TestBurstRunsAtTheLinesRate(t *testing.T) {
	const line = 7_777_777_777
	records := make([]recordOf, 10_000)
	for i := range records {
		records[i].wire = 60 + i%1000
	}
	config := base(Load{}, Recorded)
	config.LineRate = line
	r := mustReplay(t, ReplayConfig{Config: config}, traceOf(t, records...))
	packets := take(r, 10_001)
	require.Len(t, packets, 10_000)
	bits := int64(0)
	for _, p := range packets[:9999] {
		bits += int64(p.Frame+Overhead) * 8
	}
	exact := new(big.Int).Mul(big.NewInt(bits), big.NewInt(1e12))
	assert.Equal(t, exact.Quo(exact, big.NewInt(line)).Int64(), packets[9999].At.Ps())
	assert.Equal(t, int64(9999), r.Stats().Spaced)
	assert.Equal(t, packets[9999].At.Sub(packets[0].At), r.Stats().MaxSpacing)
	assert.InEpsilon(t, line, float64(r.Stats().RealisedWireBps), 1e-9)
}

// A burst moves the packets behind it only until the source has caught up: after that recorded times are kept.
func TestSpacingDoesNotDrift(t *testing.T) {
	config := base(Load{}, Recorded)
	config.LineRate = 10 * units.Gbps // 1518 B take 1230.4 ns, 64 B 67.2 ns
	r := mustReplay(t, ReplayConfig{Config: config}, traceOf(t,
		recordOf{0, 1514, 1}, recordOf{0, 1514, 1}, recordOf{100, 60, 1}, recordOf{2500, 60, 1}, recordOf{2528, 60, 1}, recordOf{9000, 60, 1},
	))
	assert.Equal(t, []int64{0, 1_230_400, 2_460_800, 2_528_000, 2_595_200, 9_000_000}, starts(take(r, 10)))
	s := r.Stats()
	assert.Equal(t, int64(4), s.Spaced)
	assert.Equal(t, 2_360_800*units.Picosecond, s.MaxSpacing)
}

// The wire at 3 Gbit/s: a frame of 64 bytes takes 224,000 ps exactly, one of 65 bytes 226,666 and two thirds.
func TestWireInDetail(t *testing.T) {
	const line = 3 * units.Gbps
	w := wire{rate: uint64(line)}
	odd := WireLoad(units.Gbps).class(65, line)
	send := func(due int64) int64 { return w.send(due, &odd).Ps() }
	assert.Equal(t, int64(1000), send(1000))
	assert.Equal(t, int64(227_666), send(227_665), "a picosecond early waits")
	assert.Equal(t, int64(454_333), send(454_333), "thirds of a ps add up: in time by a third")
	assert.Equal(t, int64(681_000), send(680_999), "back to back for three packets")
	assert.Equal(t, int64(1_000_000), send(1_000_000), "an idle wire forgets the rest")
	assert.Equal(t, int64(1_226_666), send(0))
	assert.Equal(t, int64(1_453_333), send(0))
	assert.Equal(t, int64(4), w.stats.Spaced)
}
