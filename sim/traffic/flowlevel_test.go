package traffic

import (
	"math"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/shareddata"
	"github.com/dsnsim/dsnsim/sim/units"
)

// byFlows returns a source of 10 Gbps of full frames whose packets come by flows.
func byFlows(t testing.TB, name string, flows units.Count, level FlowLevel) *Synthetic {
	t.Helper()
	s, err := NewSynthetic(SyntheticConfig{Config: Config{Name: name, Seed: 3, LineRate: MaxRate, Load: WireLoad(10 * units.Gbps)},
		Sizes: FixedSize(1518), Flows: flows, Level: &level})
	require.NoError(t, err)
	return s
}

// The means of the published tables, as their publishers or the arithmetic of others give them.
func TestMeansOfNamedFlowSizes(t *testing.T) {
	for name, mean := range map[string]float64{"websearch": 1_711_250, "hadoop": 120_421, "datamining": 12_658_199} {
		s, ok := FlowSizesOf(name)
		require.True(t, ok)
		assert.InEpsilon(t, mean, s.Mean(), 1e-4, name)
		assert.InEpsilon(t, 5000, s.Scaled(5000).Mean(), 1e-12)
	}
	_, ok := FlowSizesOf("webserch")
	assert.False(t, ok)
}

// The tables that come with the program are those that were published.
func TestNamedFlowSizesAreThePublishedOnes(t *testing.T) {
	for name, file := range map[string]string{"websearch": "websearch.txt", "hadoop": "fb_hadoop_coarse.txt", "datamining": "datamining_vl2.txt"} {
		f := opened(t, shareddata.Path(t, "data", "flows", file))
		published, err := ReadFlowSizes(file, f)
		require.NoError(t, err)
		own, _ := FlowSizesOf(name)
		for u := 0.0; u < 1; u += 0.001 {
			require.InEpsilon(t, published.quantile(u), own.quantile(u), 1e-9, "%s %v", name, u)
		}
	}
	server, err := ReadFlowSizes("fb_webserver.txt", opened(t, shareddata.Path(t, "data", "flows", "fb_webserver.txt")))
	require.NoError(t, err)
	assert.InEpsilon(t, 62_480, server.Mean(), 0.001, "the first line, a mean, is passed over")
}

// Quantiles go through the points, in straight lines, and never below a byte.
func TestQuantilesOfFlowSizes(t *testing.T) {
	s, err := ReadFlowSizes("x", strings.NewReader("# size share\n\n100 0.5\n300 1 # end\n"))
	require.NoError(t, err)
	assert.Equal(t, 100.0, s.quantile(0), "half of the flows are of 100 B")
	assert.Equal(t, 100.0, s.quantile(0.49))
	assert.InDelta(t, 200, s.quantile(0.75), 1e-9)
	assert.InDelta(t, 150, s.Mean(), 1e-9)
	assert.Equal(t, 1.0, Exponential(1000).quantile(0))
	assert.InEpsilon(t, 1000*math.Ln2, Exponential(1000).quantile(0.5), 1e-12)
}

// The last frame of a flow takes what is left of a byte with it: a flow is as many frames as fill it.
func TestTheLastFrameTakesTheRest(t *testing.T) {
	f := &flowLevel{slotPs: 1, arrival: farthestPs, open: []openFlow{{left: 1518 + 100.5}}}
	for _, want := range []uint32{1518, 101} {
		_, _, frame := f.next(1518)
		assert.Equal(t, want, frame)
	}
	assert.Empty(t, f.open)
}

func TestFlowSizesRefuseNonsense(t *testing.T) {
	for text, want := range map[string]string{
		"":                   "f:1: expected lines of a size and a share, found none",
		"100 0.5\n":          "f:1: expected the last share to be 1 or 100, got 0.5",
		"100 0.5\n50 1\n":    "f:2: sizes and shares must rise from line to line",
		"100 0.5\n200 0.4":   "f:2: sizes and shares must rise from line to line",
		"100 half\n":         `f:1: expected a size in bytes and a share, such as 10000 0.15, got "100 half"`,
		"100 0.5\n7\n":       `f:2: expected a size in bytes and a share, such as 10000 0.15, got "7"`,
		"-5 1\n":             `f:1: expected a size in bytes and a share, such as 10000 0.15, got "-5 1"`,
		"NaN 1\n":            `f:1: expected a size in bytes and a share, such as 10000 0.15, got "NaN 1"`,
		"0 0\n0 1\n":         "f:2: expected a mean from 1 B to 1 PB",
		"1e300 0.1\n1e301 1": "f:2: expected a mean from 1 B to 1 PB",
	} {
		_, err := ReadFlowSizes("f", strings.NewReader(text))
		assert.EqualError(t, err, want, "%q", text)
	}
}

func FuzzReadFlowSizes(f *testing.F) {
	f.Add("0 0\n100 0.5\n300 1\n")
	f.Add("5\n10 100\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ReadFlowSizes("f", strings.NewReader(text))
		if err != nil {
			return
		}
		last := 0.0
		for u := 0.0; u < 1; u += 0.05 {
			q := s.quantile(u)
			require.GreaterOrEqual(t, q, last)
			last = q
		}
	})
}

// observed is what a source did in a time.
type observed struct {
	wireBits   float64
	concurrent float64 // flows between their first and last packet, in the mean
	flows      int
}

func observe(s *Synthetic, from, to units.Duration) observed {
	type life struct{ first, last units.Duration }
	seen := map[uint32]*life{}
	var o observed
	for {
		p, _ := s.Next()
		at := p.At.Sub(units.Time{})
		if at >= to {
			break
		}
		if at < from {
			continue
		}
		o.wireBits += 8 * float64(p.Frame+Overhead)
		if seen[p.Flow] == nil {
			seen[p.Flow] = &life{first: at}
		}
		seen[p.Flow].last = at
	}
	for _, l := range seen {
		o.concurrent += float64(l.last-l.first) / float64(to-from)
	}
	o.flows = len(seen)
	return o
}

// The load is what is asked for, from the first microsecond on: flows are under way when a run begins. By Little's law as many
// are open as each one's rate allows.
func TestFlowsAreStationaryFromTheStart(t *testing.T) {
	for _, sizes := range []*FlowSizes{Exponential(125_000), mustFlowSizes(t, "hadoop").Scaled(125_000)} {
		early, late, open := 0.0, 0.0, 0.0
		const runs = 12
		for i := range runs {
			name := string(rune('a' + i))
			early += observe(byFlows(t, name, 100, FlowLevel{Sizes: sizes}), 0, 2*units.Millisecond).wireBits / 2e-3 / runs
			o := observe(byFlows(t, name+"x", 100, FlowLevel{Sizes: sizes}), 10*units.Millisecond, 30*units.Millisecond)
			late += o.wireBits / 20e-3 / runs
			open += o.concurrent / runs
		}
		assert.InEpsilon(t, 10e9, early, 0.12)
		assert.InEpsilon(t, 10e9, late, 0.08)
		assert.InEpsilon(t, 100, open, 0.12)
	}
}

func mustFlowSizes(t testing.TB, name string) *FlowSizes {
	s, ok := FlowSizesOf(name)
	require.True(t, ok)
	return s
}

// With a rate of its own a flow sends at it, and half the rate doubles how many are open.
func TestFlowsSendAtTheirRate(t *testing.T) {
	fast := observe(byFlows(t, "a", 1, FlowLevel{Sizes: Exponential(125_000), Rate: 200 * units.Mbps}), 0, 40*units.Millisecond)
	slow := observe(byFlows(t, "a", 1, FlowLevel{Sizes: Exponential(125_000), Rate: 100 * units.Mbps}), 0, 40*units.Millisecond)
	assert.InEpsilon(t, 50, fast.concurrent, 0.2)
	assert.InEpsilon(t, 2, slow.concurrent/fast.concurrent, 0.2)
	s := byFlows(t, "b", 1, FlowLevel{Sizes: Exponential(1e9), Rate: 100 * units.Mbps})
	last := map[uint32]units.Time{}
	for range 5000 {
		p, _ := s.Next()
		if at, ok := last[p.Flow]; ok {
			require.InDelta(t, 1538*8/100e6*1e12, float64(p.At.Sub(at)), 1e6, "a frame's time at 100 Mbps, but for what waits for the wire")
		}
		last[p.Flow] = p.At
	}
}

// A flow's packets are full but for its last, and carry its bytes.
func TestFlowsCarryTheirBytes(t *testing.T) {
	s := byFlows(t, "a", 10, FlowLevel{Sizes: newFlowSizes([]sizePoint{{4000, 0}, {4000, 1}}), Constant: true})
	begun := uint32(s.Flows())
	carried := map[uint32][]uint32{}
	for range 4000 {
		p, _ := s.Next()
		carried[p.Flow] = append(carried[p.Flow], p.Frame)
	}
	whole := 0
	for flow, frames := range carried {
		if flow >= begun && len(frames) == 3 {
			require.Equal(t, []uint32{1518, 1518, 964}, frames)
			whole++
		}
	}
	assert.Greater(t, whole, 1000)
}

func BenchmarkFlowLevel(b *testing.B) {
	s := byFlows(b, "a", 1000, FlowLevel{Sizes: Exponential(125_000)})
	b.ReportAllocs()
	for range b.N {
		s.Next()
	}
}

func opened(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// Flows at a rate that keeps more of them open than a server has are refused by their number, not made until memory ends.
func TestTooManyOpenFlowsAreRefused(t *testing.T) {
	sizes, _ := FlowSizesOf("websearch")
	_, err := NewSynthetic(SyntheticConfig{Config: Config{Name: "many", LineRate: 100 * units.Gbps, Load: WireLoad(10 * units.Gbps), Pacing: Poisson},
		Sizes: []WeightedSize{{1518, 1}}, Level: &FlowLevel{Sizes: sizes, Rate: 1}})
	require.ErrorContains(t, err, "1e+10 at a time under this load, at most 4000000")
}
