package traffic

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/sim/units"
)

func TestSyntheticGolden(t *testing.T) {
	// The first draws of a source are part of every recorded result: whoever changes them changes all results.
	var got []string
	for _, p := range take(mustSynthetic(t, imix(WireLoad(40*units.Gbps), Poisson)), 10) {
		got = append(got, fmt.Sprintf("%dps %dB flow %d %08x", p.At.Ps(), p.Frame, p.Flow, p.Hash))
	}
	assert.Equal(t, []string{
		"10558ps 594B flow 783 d97b7140",
		"113817ps 1518B flow 305 82cb2945",
		"236857ps 594B flow 630 4cda6a0a",
		"435404ps 64B flow 665 0519c8dc",
		"527122ps 594B flow 666 3efa7bd1",
		"671604ps 594B flow 328 51e66755",
		"721367ps 1518B flow 357 45a456ef",
		"844407ps 64B flow 802 1fb6fa74",
		"872624ps 594B flow 732 6761c422",
		"1025590ps 64B flow 152 e3b0c603",
	}, got)
}

func TestSyntheticIsDeterministic(t *testing.T) {
	config := imix(WireLoad(40*units.Gbps), Poisson)
	config.FlowSize = 20 * units.Kbit
	same := take(mustSynthetic(t, config), 5000)
	assert.Equal(t, same, take(mustSynthetic(t, config), 5000))
	for name, edit := range map[string]func(*SyntheticConfig){
		"seed":        func(c *SyntheticConfig) { c.Seed++ },
		"replication": func(c *SyntheticConfig) { c.Replication++ },
		"name":        func(c *SyntheticConfig) { c.Name += "x" },
	} {
		other := config
		edit(&other)
		packets := take(mustSynthetic(t, other), 5000)
		assert.NotEqual(t, starts(same), starts(packets), name)
		assert.NotEqual(t, same[0].Hash, packets[0].Hash, name)
	}
}

// Common random numbers: what is not changed draws the same.
func TestStreamsAreSeparate(t *testing.T) {
	config := imix(PacketLoad(1_000_000), Poisson)
	a := take(mustSynthetic(t, config), 1000)
	config.Sizes = FixedSize(64)
	b := take(mustSynthetic(t, config), 1000)
	config.Pacing = Constant
	c := take(mustSynthetic(t, config), 1000)
	for i := range a {
		require.Equal(t, a[i].FlowID, b[i].FlowID)
		require.Equal(t, a[i].FlowID, c[i].FlowID)
		require.InDelta(t, a[i].At.Ps(), b[i].At.Ps(), 2_000_000, "but for the spacing of a few")
	}
}

func TestSizesHaveTheirShares(t *testing.T) {
	const n = 120_000
	for name, mix := range map[string][]WeightedSize{
		"imix":          IMIX(),
		"fixed":         FixedSize(9218),
		"list":          {{Frame: 64, Weight: 1000}, {Frame: 65, Weight: 9000}, {Frame: 1518, Weight: 90_000}},
		"large weights": {{Frame: 64, Weight: 1 << 30}, {Frame: 65, Weight: 1 << 29}},
		"two of the same": {
			{Frame: 64, Weight: 1}, {Frame: 64, Weight: 1}, {Frame: 128, Weight: 1},
		},
	} {
		config := imix(WireLoad(units.Gbps), Constant)
		config.Sizes = mix
		seen, share, total := map[uint32]float64{}, map[uint32]float64{}, 0.0
		for _, p := range take(mustSynthetic(t, config), n) {
			seen[p.Frame]++
		}
		for _, s := range mix {
			share[uint32(s.Frame)] += float64(s.Weight)
			total += float64(s.Weight)
		}
		require.Len(t, seen, len(share), name)
		for frame, weight := range share {
			p := weight / total
			assert.InDelta(t, p*n, seen[frame], 4*math.Sqrt(n*p*(1-p)), "%s: %d", name, frame)
		}
	}
}

func TestFlowsAreTakenEvenly(t *testing.T) {
	const n, flows = 200_000, 50
	config := imix(WireLoad(units.Gbps), Constant)
	config.Flows = flows
	s := mustSynthetic(t, config)
	seen, hash := map[uint32]float64{}, map[uint32]uint32{}
	for _, p := range take(s, n) {
		seen[p.Flow]++
		if h, known := hash[p.Flow]; known {
			require.Equal(t, h, p.Hash, "a flow keeps its hash")
		}
		hash[p.Flow] = p.Hash
	}
	require.Len(t, seen, flows)
	chi := 0.0
	for id, count := range seen {
		assert.Less(t, id, uint32(flows))
		chi += (count - n/flows) * (count - n/flows) / (n / flows)
	}
	assert.Less(t, chi, 94.6, "chi-squared of 49 degrees, 99.99%")
	assert.Equal(t, int64(flows), s.Flows())
}

func TestDefaultFlows(t *testing.T) {
	assert.Equal(t, int64(DefaultFlows), mustSynthetic(t, imix(WireLoad(units.Gbps), Constant)).Flows())
}

// RSS must spread made-up flows evenly: their hashes select each of 128 queues about equally often.
func TestFlowHashesSpread(t *testing.T) {
	const flows, queues = 128_000, 128
	config := imix(WireLoad(units.Gbps), Constant)
	config.Flows = flows
	var count [queues]float64
	distinct := map[uint32]bool{}
	for _, f := range mustSynthetic(t, config).flows.open {
		count[f.Hash%queues]++
		distinct[f.Hash] = true
	}
	chi := 0.0
	for _, c := range count {
		chi += (c - flows/queues) * (c - flows/queues) / (flows / queues)
	}
	assert.Less(t, chi, 195.0, "chi-squared of 127 degrees, 99.99%")
	// 128,000 values of 2^32 collide about 1.9 times.
	assert.Greater(t, len(distinct), flows-15)
}

// A flow ends with the packet that reaches its size, a new number takes its place, and the flows open are as many.
func TestFlowsEnd(t *testing.T) {
	const flows, size = 20, 20_000 * units.Bit
	config := imix(WireLoad(units.Gbps), Constant)
	config.Flows, config.FlowSize = flows, size
	s := mustSynthetic(t, config)
	bits, last, next := map[uint32]int64{}, map[uint32]int64{}, uint32(flows)
	total := int64(0)
	for _, p := range take(s, 100_000) {
		require.Less(t, p.Flow, uint32(s.Flows()))
		bits[p.Flow] += int64(p.Frame) * 8
		last[p.Flow] = int64(p.Frame) * 8
		total += int64(p.Frame) * 8
		next = max(next, p.Flow+1)
	}
	open := map[uint32]bool{}
	for _, f := range s.flows.open {
		open[f.Flow] = true
	}
	require.Len(t, open, flows)
	for id := range next {
		if id < flows || open[id] {
			assert.Less(t, bits[id]-last[id], int64(size), "flow %d: begun before the run, or not ended", id)
			continue
		}
		assert.GreaterOrEqual(t, bits[id], int64(size), "flow %d has ended", id)
		assert.Less(t, bits[id]-last[id], int64(size), "flow %d ended with the packet that reached its size", id)
	}
	// Each takes its size and on average part of a packet more: the number of flows follows from the bits.
	assert.InEpsilon(t, float64(total)/float64(size), float64(s.Flows()), 0.25)
}

// 20 packets of 1000 bits are exactly 20 kbit: the 20th is the last of its flow, and no 21st follows.
func TestFlowEndsExactlyAtItsSize(t *testing.T) {
	config := imix(WireLoad(units.Gbps), Constant)
	config.Sizes, config.Flows, config.FlowSize = FixedSize(125), 1, 20*units.Kbit
	count := map[uint32]int{}
	for _, p := range take(mustSynthetic(t, config), 1000) {
		count[p.Flow]++
	}
	for id := uint32(1); id < 40; id++ {
		assert.Equal(t, 20, count[id])
	}
}

// Flows of one size must not all end together: the first ends of 1000 flows spread over the whole first generation.
func TestFlowsDoNotEndTogether(t *testing.T) {
	config := imix(WireLoad(units.Gbps), Constant)
	config.FlowSize = units.Mbit
	s := mustSynthetic(t, config)
	// A generation is 1000 Mbit; after a tenth of it about a tenth of the flows have ended.
	for sent := int64(0); sent < 100_000_000; {
		p, _ := s.Next()
		sent += int64(p.Frame) * 8
	}
	assert.InDelta(t, 100, float64(s.Flows()-1000), 40)
}

func TestStart(t *testing.T) {
	config := imix(WireLoad(units.Gbps), Constant)
	config.Start = units.At(5 * units.Microsecond)
	assert.Equal(t, config.Start, take(mustSynthetic(t, config), 1)[0].At)
	config.Pacing = Poisson
	assert.True(t, take(mustSynthetic(t, config), 1)[0].At.After(config.Start))
}

func TestSyntheticRefuses(t *testing.T) {
	for _, c := range []struct {
		edit func(*SyntheticConfig)
		says string
	}{
		{func(c *SyntheticConfig) { c.LineRate = 0 }, "line rate is 0bps"},
		{func(c *SyntheticConfig) { c.LineRate = -1 }, "line rate is -1bps"},
		{func(c *SyntheticConfig) { c.LineRate = math.MaxInt64 }, "up to 12.8Tbps"},
		{func(c *SyntheticConfig) { c.Load = Load{} }, "load is as recorded"},
		{func(c *SyntheticConfig) { c.Load = WireLoad(0) }, "load is 0bps of the wire, want more than 0"},
		{func(c *SyntheticConfig) { c.Load = PacketLoad(-1) }, "want more than 0"},
		{func(c *SyntheticConfig) { c.Load = WireLoad(101 * units.Gbps) }, "cannot carry: at most 100Gbps of the wire"},
		{func(c *SyntheticConfig) { c.Load = FrameLoad(100 * units.Gbps) }, "cannot carry: at most 94762112614bps of frames"},
		{func(c *SyntheticConfig) { c.Load = PacketLoad(math.MaxInt64) }, "cannot carry: at most 32736796pps"},
		{func(c *SyntheticConfig) { c.Pacing = Recorded }, "pacing is recorded, want constant or poisson"},
		{func(c *SyntheticConfig) { c.Sizes = nil }, "0 packet sizes"},
		{func(c *SyntheticConfig) { c.Sizes = FixedSize(63) }, "packet size 1 is 63B"},
		{func(c *SyntheticConfig) { c.Sizes = FixedSize(9219) }, "want 64B to 9218B"},
		{func(c *SyntheticConfig) { c.Sizes[1].Weight = 0 }, "the weight of packet size 2 is 0"},
		{func(c *SyntheticConfig) { c.Sizes[1].Weight = 1 << 30 }, "add up to more than 1048576"},
		{func(c *SyntheticConfig) { c.Flows = -1 }, "-1 flows"},
		{func(c *SyntheticConfig) { c.Flows = maxFlows + 1 }, "want 1 to 100000000"},
		{func(c *SyntheticConfig) { c.FlowSize = -1 }, "size of a flow is -1bit"},
	} {
		config := imix(WireLoad(units.Gbps), Constant)
		c.edit(&config)
		_, err := NewSynthetic(config)
		require.ErrorContains(t, err, c.says)
		assert.ErrorContains(t, err, "traffic test: ")
	}
}

func TestNextDoesNotAllocate(t *testing.T) {
	config := imix(WireLoad(40*units.Gbps), Poisson)
	config.FlowSize = 10 * units.Kbit
	s := mustSynthetic(t, config)
	assert.Zero(t, testing.AllocsPerRun(10_000, func() { s.Next() }))
	r := mustReplay(t, ReplayConfig{Config: base(WireLoad(40*units.Gbps), Recorded), Loop: true}, mixedTrace(t))
	assert.Zero(t, testing.AllocsPerRun(10_000, func() { r.Next() }))
}
