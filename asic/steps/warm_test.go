package steps

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// tracking makes a Program with a firewall that tracks so many flows.
func tracking(t *testing.T, flows int) *Program {
	g, err := New(&Spec{Services: []*Kind{&Firewall}, Sources: twoWays(), Policy: &policy.Policy{}, To: units.At(units.Second),
		Tracking: &policy.Spec{Flows: flows, Timeouts: policy.DefaultTimeouts()}}, Member{Of: 1})
	require.NoError(t, err)
	return g
}

// A flow that was open before the run is known in both directions, and was not counted; one that rules deny is as it was.
func TestWarmFlowsAreKnown(t *testing.T) {
	g := tracking(t, 100)
	found := g.Warmed(of1(1, 7, 0))
	assert.False(t, found.New)
	assert.True(t, found.Keyed)
	assert.True(t, g.Warmed(of1(1, 8, policy.Denied)).New)
	assert.True(t, g.Warmed(of1(1, 0, 0)).Skip, "not IP")
	g.Begin()
	p := of1(0, 7, policy.Denied)
	assert.Equal(t, found.Key, g.Look(units.At(0), p).Key, "it is the same entry")
	assert.Zero(t, p.Refused, "an answer")
	for _, source := range []int{0, 1} {
		p = of1(source, 8, policy.Denied)
		g.Look(units.At(0), p)
		assert.Equal(t, policy.Denied, p.Refused)
	}
	counts, _ := g.Tracked()
	assert.Equal(t, policy.Counts{Active: 1}, counts)
}

// What finds no room before the run is refused in the run, when it asks again.
func TestWarmFlowsFillTheTable(t *testing.T) {
	g := tracking(t, 8)
	for flow := range uint32(100) {
		g.Warm(of1(1, flow+1, 0))
	}
	g.Begin()
	for flow := range uint32(100) {
		g.Judge(units.At(0), of1(1, flow+1, 0))
	}
	counts, _ := g.Tracked()
	assert.Equal(t, int64(100), counts.Active+counts.Rejected)
	assert.Zero(t, counts.New)
	assert.GreaterOrEqual(t, counts.Active, int64(8))
}

// Bindings and backends are there too; what nobody inside has asked for is refused as ever. Rates and samples are not touched.
func TestWarmTranslations(t *testing.T) {
	b := newBench(t, rules{}, "nat", "lb")
	out, in := flow("10.0.0.1", 5000, "192.0.2.1", 80), flow("192.0.2.7", 5000, "203.0.113.10", 80)
	b.flows = append(b.flows, out, in, flow("192.0.2.9", 1, "10.0.0.9", 2))
	b.Warm(of1(1, 0, 0))
	b.Warm(of1(0, 1, 0))
	b.Warm(of1(0, 2, 0))
	b.Begin()
	n, l := b.Translated()
	assert.EqualValues(t, 1, n.Active)
	assert.Zero(t, n.New)
	assert.EqualValues(t, 1, l.Active)
	assert.Zero(t, l.New)
	p := of1(0, 2, 0)
	b.Look(units.At(0), p)
	assert.Equal(t, uint32(1)<<stats.DropNATNoBinding, p.Refused)
	b.Room(func(units.Time) bool { t.Error("nothing is left to enter"); return true })
	for source, flow := range map[int]uint32{1: 0, 0: 1} {
		p := of1(source, flow, 0)
		assert.False(t, b.Look(units.At(0), p).New)
		assert.Zero(t, p.Refused)
	}
}

func TestWarmTakesNoTokens(t *testing.T) {
	g := programOf(t, Clear, Mirror{OneIn: 2}, "mirror", "policer")
	for range 5 {
		g.Warm(frameOf(0, 0))
	}
	g.Begin()
	refused, copies := see(g, 0, 0)
	assert.Zero(t, refused)
	assert.EqualValues(t, 1<<1, copies&(1<<1), "the first of two")
}
