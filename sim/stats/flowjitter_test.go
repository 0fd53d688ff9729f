package stats

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/units"
)

// arrival is one received packet.
type arrival struct {
	flow    uint32
	seq     uint64
	sent    int64
	latency int64
}

func (a arrival) recordIn(f *FlowJitter) {
	sent := units.At(units.Duration(a.sent))
	f.Record(a.flow, a.seq, sent, sent.Add(units.Duration(a.latency)))
}

// arrivals draws packets of a few flows that are lost, late and out of order.
func arrivals() *rapid.Generator[[]arrival] {
	one := rapid.Custom(func(t *rapid.T) arrival {
		return arrival{
			flow:    rapid.Uint32Range(0, 4).Draw(t, "flow"),
			seq:     rapid.Uint64Range(0, 60).Draw(t, "seq"),
			sent:    rapid.Int64Range(0, 1_000_000_000).Draw(t, "sent"),
			latency: rapid.Int64Range(0, 10_000_000).Draw(t, "latency"),
		}
	})
	return rapid.SliceOfN(one, 0, 80)
}

// reference computes the figures of one flow from the whole list of its packets, in floats and without any
// state carried along, straight from the definitions.
type reference struct {
	packets, pairs, reordered int
	variation                 int64
	smooth                    float64
}

func measure(all []arrival, flow uint32) reference {
	var own []arrival
	for _, a := range all {
		if a.flow == flow {
			own = append(own, a)
		}
	}
	r := reference{packets: len(own)}
	for i, a := range own {
		for _, earlier := range own[:i] {
			if earlier.seq >= a.seq { // RFC 4737: below the highest so far plus one
				r.reordered++
				break
			}
		}
		if i == 0 {
			continue
		}
		// RFC 3550 6.4.1: D = (R(j) - R(i)) - (S(j) - S(i)).
		before := own[i-1]
		d := (a.sent + a.latency) - (before.sent + before.latency) - (a.sent - before.sent)
		d = max(d, -d)
		r.pairs++
		r.variation += d
		r.smooth += (float64(d) - r.smooth) / 16
	}
	return r
}

func TestFlowJitterAgainstTheDefinitions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := arrivals().Draw(t, "arrivals")
		f := NewFlowJitter(DefaultFlows)
		for _, a := range all {
			a.recordIn(f)
		}
		var packets, pairs, reordered int
		var variation int64
		var smooth float64
		for flow := range uint32(5) {
			r := measure(all, flow)
			packets, pairs, reordered, variation = packets+r.packets, pairs+r.pairs, reordered+r.reordered, variation+r.variation
			smooth += r.smooth * float64(r.pairs)
		}
		got := f.Result()
		require.EqualValues(t, packets, got.Tracked)
		require.EqualValues(t, pairs, got.Pairs)
		require.EqualValues(t, reordered, got.Reordered)
		require.Zero(t, got.Untracked)
		if pairs == 0 {
			require.Zero(t, got.IPDV())
			require.Zero(t, got.RFC3550())
			return
		}
		n := int64(pairs)
		require.EqualValues(t, (2*variation+n)/(2*n), got.IPDV())
		// An integer update errs by up to half a sixteenth of a picosecond, and 16 of them add up before they fade: half a
		// picosecond, and as much again for the rounding of the mean.
		require.InDelta(t, smooth/float64(pairs), float64(got.RFC3550()), 1.001)
	})
}

func TestFlowJitterIgnoresInterleaving(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := arrivals().Draw(t, "arrivals")
		mixed, apart := NewFlowJitter(5), NewFlowJitter(5)
		for _, a := range all {
			a.recordIn(mixed)
		}
		for flow := uint32(5); flow > 0; flow-- {
			for _, a := range all {
				if a.flow == flow-1 {
					a.recordIn(apart)
				}
			}
		}
		require.Equal(t, apart.Result(), mixed.Result())
	})
}

func TestJitterMergeIsExactInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := arrivals().Draw(t, "arrivals")
		whole := NewFlowJitter(5)
		var part [5]*FlowJitter
		for i := range part {
			part[i] = NewFlowJitter(5)
		}
		for _, a := range all {
			a.recordIn(whole)
			a.recordIn(part[a.flow])
		}
		var up, down Jitter
		for i := range part {
			up.Merge(part[i].Result())
			down.Merge(part[len(part)-1-i].Result())
		}
		require.Equal(t, up, down)
		require.Equal(t, whole.Result(), up)
	})
}

func TestJitterByHand(t *testing.T) {
	f := NewFlowJitter(DefaultFlows)
	// Latencies 100, 116, 100 ns: differences of 16 ns, so J = 1 ns, then 1 + 15/16 ns.
	for i, latency := range []int64{100_000, 116_000, 100_000} {
		arrival{7, uint64(10 * i), int64(i) * 1_000_000, latency}.recordIn(f)
	}
	r := f.Result()
	assert.Equal(t, 16*units.Nanosecond, r.IPDV())
	assert.EqualValues(t, 1938, r.RFC3550(), "1937.5 ps")
	assert.Zero(t, r.ReorderRatio(), "a gap is not a reordering")
	// A flow of one packet adds no jitter and does not dilute it.
	arrival{3, 1, 0, 5}.recordIn(f)
	r = f.Result()
	assert.EqualValues(t, 1938, r.RFC3550())
	// Another flow with one difference of 32 ns, J = 2 ns: (2 * 1937.5 + 2000) / 3.
	arrival{0, 5, 0, 0}.recordIn(f)
	arrival{0, 4, 0, 32_000}.recordIn(f)
	r = f.Result()
	assert.EqualValues(t, 1958, r.RFC3550())
	assert.EqualValues(t, (16_000+16_000+32_000)/3, r.IPDV())
	assert.InDelta(t, 1.0/6, r.ReorderRatio(), 1e-15)
}

// A series of arrivals with the verdicts worked out by hand: 2 and 3 come after 4, and 5 twice counts as the rule says.
func TestReorderingByHand(t *testing.T) {
	f := NewFlowJitter(1)
	for _, seq := range []uint64{1, 4, 2, 3, 5, 5, 9, 8} {
		arrival{seq: seq}.recordIn(f)
	}
	r := f.Result()
	assert.EqualValues(t, 4, r.Reordered)
	assert.InDelta(t, 0.5, r.ReorderRatio(), 0)
	assert.Zero(t, (&Jitter{}).ReorderRatio())
}

func TestSmoothedJitterReachesItsLevel(t *testing.T) {
	f := NewFlowJitter(1)
	level := func(packets int) float64 {
		f = NewFlowJitter(1)
		for i := range packets {
			arrival{seq: uint64(i), latency: int64(i%2) * 1_000_000}.recordIn(f)
		}
		r := f.Result()
		return float64(r.RFC3550()) / 1e6
	}
	assert.InDelta(t, 1-math.Pow(15.0/16, 36), level(37), 1e-5)
	assert.Greater(t, level(37), 0.9, "the figure in the comment of RFC3550")
	assert.Less(t, level(36), 0.9)
	assert.InDelta(t, 1, level(1000), 1e-5)
}

// With a difference of 3 ps the form of A.8 rises to J' = 16 J = 40 and stays, since (40+8)>>4 is 3; without the
// rounding term it would end at 48.
func TestSmoothedJitterKeepsFourFractionalBits(t *testing.T) {
	f := NewFlowJitter(1)
	for i := range 100 {
		arrival{seq: uint64(i), latency: int64(i%2) * 3}.recordIn(f)
	}
	assert.EqualValues(t, 40, f.flows[0].smooth)
}

func TestFlowsBeyondTheLimit(t *testing.T) {
	f := NewFlowJitter(100)
	for _, flow := range []uint32{0, 99, 100, math.MaxUint32, 50} {
		arrival{flow: flow}.recordIn(f)
	}
	r := f.Result()
	assert.EqualValues(t, 3, r.Tracked)
	assert.EqualValues(t, 2, r.Untracked)
	assert.Len(t, f.flows, 100, "the limit bounds the memory")
	small := NewFlowJitter(DefaultFlows)
	arrival{flow: 3}.recordIn(small)
	assert.Len(t, small.flows, 64, "and few flows take little")
	arrival{flow: 64}.recordIn(small)
	assert.Len(t, small.flows, 128)
	arrival{flow: 3, latency: 16}.recordIn(small)
	r = small.Result()
	assert.EqualValues(t, 1, r.Pairs, "growing keeps the state")
}

func TestFlowJitterDoesNotAllocate(t *testing.T) {
	f := NewFlowJitter(DefaultFlows)
	arrival{flow: 10}.recordIn(f)
	assert.Zero(t, testing.AllocsPerRun(100, func() { arrival{flow: 10, seq: 1}.recordIn(f) }))
}

func benchmarkFlowJitter(b *testing.B, flows uint64) {
	latencies, f := randomLatencies(), NewFlowJitter(DefaultFlows)
	f.Record(uint32(flows-1), 0, units.Time{}, units.Time{}) // the growth is not what is measured
	b.ReportAllocs()
	seq := uint64(0)
	for b.Loop() {
		// The golden ratio scatters consecutive packets over the flows.
		flow := uint32(seq * 0x9E3779B1 & math.MaxUint32 * flows >> 32)
		sent := units.At(units.Duration(seq * 100_000))
		f.Record(flow, seq, sent, sent.Add(latencies[seq&(1<<16-1)]))
		seq++
	}
}

func BenchmarkFlowJitterRecord1k(b *testing.B) { benchmarkFlowJitter(b, 1000) }
func BenchmarkFlowJitterRecord1M(b *testing.B) { benchmarkFlowJitter(b, 1_000_000) }
