package asic

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/asic/alloc"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/internal/analytic"
	"github.com/dsnsim/dsnsim/internal/named"
	"github.com/dsnsim/dsnsim/sim/units"
)

// The dependency rule by hand, with a corner turn of 4 cycles, 20 for a look-up that waits for the one before, 2 more
// with a TCAM, 4 more with state, and 1 for each stage of the 12 that waits for nothing. asic/alloc proves the rule for
// any tables; here are those of the services.
func TestChainLatencyByTheDependencyRule(t *testing.T) {
	p := reference(t)
	d := &p.DSN
	d.Stages.Value, d.CornerTurn.Value, d.MatchCycles.Value = 12, 4, 20
	d.TCAMCycles.Value, d.StatefulCycles.Value, d.IndependentCycles.Value = 2, 4, 1
	for _, c := range []struct {
		chain []string
		want  units.Cycles
	}{
		{nil, 4 + 20 + 11},                              // deliver
		{[]string{"vxlan"}, 4 + 20 + 20 + 10},           // the VNI, then deliver
		{[]string{"ipsec"}, 4 + 24 + 20 + 10},           // the SA with its sequence number, then deliver
		{[]string{"ipsec", "vxlan"}, 4 + 24 + 20*2 + 9}, // the VNI is inside the tunnel
		{[]string{"firewall"}, 4 + 26 + 11},             // state and ACL; deliver looks at the same packet without waiting
		{[]string{"route"}, 4 + 22 + 20 + 20 + 9},       // LPM in two look-ups, of which one is in TCAM, then deliver
	} {
		chain, err := newChain(p, c.chain...)
		require.NoError(t, err, "%v", c.chain)
		assert.Equal(t, c.want, chain.Latency, "%v", c.chain)
	}
	// Each of SA, VNI, LPM roots, LPM buckets and deliver waits for the one before.
	chain, err := newChain(p, "ipsec", "vxlan", "firewall", "route")
	require.NoError(t, err)
	assert.GreaterOrEqual(t, chain.Latency, units.Cycles(4+24+20+22+20+20+7))
	assert.LessOrEqual(t, chain.Latency, units.Cycles(4+24+20+26*3+7), "and none waits that need not")
}

// Each constant of the rule shows in the latency of the full chain as often as there are stages of that kind.
func TestEachPipelineConstantCounts(t *testing.T) {
	full := []string{"ipsec", "vxlan", "firewall", "route"}
	base, err := newChain(reference(t), full...)
	require.NoError(t, err)
	var kinds [3]units.Cycles
	for _, s := range base.Map.Stages {
		kinds[s.Kind]++
	}
	require.EqualValues(t, 12, kinds[alloc.Successor]+kinds[alloc.Action]+kinds[alloc.OnMatch])
	require.GreaterOrEqual(t, kinds[alloc.OnMatch], units.Cycles(5))
	more := func(constant func(d *profile.DSN) *units.Cycles) units.Cycles {
		p := reference(t)
		*constant(&p.DSN) += 100
		got, err := newChain(p, full...)
		require.NoError(t, err)
		return (got.Latency - base.Latency) / 100
	}
	assert.EqualValues(t, 1, more(func(d *profile.DSN) *units.Cycles { return &d.CornerTurn.Value }))
	assert.Equal(t, kinds[alloc.OnMatch], more(func(d *profile.DSN) *units.Cycles { return &d.MatchCycles.Value }))
	assert.Equal(t, kinds[alloc.Successor], more(func(d *profile.DSN) *units.Cycles { return &d.IndependentCycles.Value }))
	assert.Equal(t, kinds[alloc.Action], more(func(d *profile.DSN) *units.Cycles { return &d.Stage.ActionCycles.Value }))
	for name, constant := range map[string]func(d *profile.DSN) *units.Cycles{
		"tcam":     func(d *profile.DSN) *units.Cycles { return &d.TCAMCycles.Value },
		"stateful": func(d *profile.DSN) *units.Cycles { return &d.StatefulCycles.Value },
	} {
		n := more(constant)
		assert.GreaterOrEqual(t, n, units.Cycles(2), "%s: SA and flow have state, ACL and LPM a TCAM", name)
		assert.Less(t, n, kinds[alloc.OnMatch], "%s: not every look-up", name)
	}
}

// A longer chain takes longer: one that has all the services of another and more. Telemetry, policers and mirrors look up beside
// the others where there is room, and so do some tables of nat and lb (TestTranslatorsTakeTime).
func TestLongerChainsTakeLonger(t *testing.T) {
	p := reference(t)
	rapid.Check(t, func(t *rapid.T) {
		var long, short []string
		for _, s := range named.Chain(named.All...) {
			if s.Name == "telemetry" || s.Name == "nat" || s.Name == "lb" || s.Numbered != nil {
				continue
			}
			switch rapid.IntRange(0, 2).Draw(t, s.Name) {
			case 1:
				long = append(long, s.Name)
			case 2:
				long, short = append(long, s.Name), append(short, s.Name)
			}
		}
		a, err := newChain(p, short...)
		require.NoError(t, err)
		b, err := newChain(p, long...)
		require.NoError(t, err)
		if len(long) > len(short) {
			require.Greater(t, b.Latency, a.Latency, "%v and %v", long, short)
		} else {
			require.Equal(t, a.Latency, b.Latency)
		}
	})
}

// The rules and routes behind nat and lb wait for the headers that these write, and a flow to a VIP without an entry for
// the VIP, its place in the table and the backend, one after the other.
func TestTranslatorsTakeTime(t *testing.T) {
	p := reference(t)
	last := units.Cycles(0)
	sizes := service.DefaultSizes(1, 8)
	sizes.Sessions, sizes.Balanced, sizes.VIPs, sizes.Backends, sizes.Places = 1000, 1000, 1, 4, 65537
	for _, chain := range [][]string{{"vxlan", "firewall", "route"}, {"vxlan", "nat", "firewall", "route"}, {"vxlan", "nat", "lb", "firewall", "route"}} {
		c, err := Compile(named.Chain(chain...), p, sizes)
		require.NoError(t, err)
		assert.Greater(t, c.Latency, last, "%v", chain)
		last = c.Latency
		assert.True(t, c.Filters())
	}
	at := map[string]int{}
	c, err := Compile(named.Chain("vxlan", "nat", "lb", "firewall", "route"), p, sizes)
	require.NoError(t, err)
	for i, s := range c.Map.Stages {
		for _, part := range s.Parts {
			at[part.Table] = i
		}
	}
	order := []string{"vni", "nat", "vip", "maglev", "backend", "lpm", "deliver"}
	for i := range order[1:] {
		assert.Less(t, at[order[i]], at[order[i+1]], "%s before %s", order[i], order[i+1])
	}
	sizes.Sessions = 100_000_000
	c, err = Compile(named.Chain("vxlan", "nat"), p, sizes)
	require.NoError(t, err)
	assert.True(t, c.FlowTable, "a table that is too large for the chip is in memory")
}

func TestChainsThatAProfileCannotRun(t *testing.T) {
	full := []string{"ipsec", "vxlan", "firewall", "route"}
	p := reference(t)
	p.DSN.Stages.Value = 4 // five look-ups wait for each other
	_, err := newChain(p, full...)
	require.ErrorContains(t, err, "stage")
	p.DSN.Stages.Value = 12
	_, err = newChain(p, full...)
	require.NoError(t, err)

	p = reference(t)
	p.DSN.Crypto.Cores.Value = 0
	_, err = newChain(p, full...)
	require.ErrorContains(t, err, "the chain needs a crypto core, profile reference-100g has none")
	_, err = newChain(p, "vxlan", "firewall", "route")
	require.NoError(t, err, "no cipher, no core")
}

// The sizes under tunnels are those of the closed forms, which share no code with the model.
func TestTunnelledSizes(t *testing.T) {
	for frame := uint32(64); frame <= 9018; frame++ {
		n := units.Bytes(frame)
		vxlan := analytic.VXLANFrame(n, analytic.OverIPv4)
		require.EqualValues(t, vxlan, named.Tunnelled([]string{"vxlan"}, frame))
		require.EqualValues(t, analytic.ESPTunnelFrame(n, analytic.OverIPv4), named.Tunnelled([]string{"ipsec"}, frame))
		require.EqualValues(t, analytic.ESPTunnelFrame(vxlan, analytic.OverIPv4),
			named.Tunnelled([]string{"ipsec", "vxlan", "firewall", "route"}, frame), "ESP around VXLAN")
		require.Equal(t, frame, named.Tunnelled([]string{"firewall", "route"}, frame))
		geneve, option := analytic.GeneveFrame(n, 0, analytic.OverIPv4), analytic.GeneveFrame(n, 40, analytic.OverIPv4)
		require.EqualValues(t, geneve, named.Tunnelled([]string{"geneve"}, frame))
		require.EqualValues(t, option, named.Tunnelled([]string{"geneve", "telemetry"}, frame))
		require.EqualValues(t, analytic.ESPTunnelFrame(option, analytic.OverIPv4), named.Tunnelled([]string{"ipsec", "geneve", "telemetry"}, frame))
		gre := analytic.GREFrame(n, analytic.OverIPv4)
		require.EqualValues(t, gre, named.Tunnelled([]string{"gre"}, frame))
		require.EqualValues(t, analytic.ESPTunnelFrame(gre, analytic.OverIPv4), named.Tunnelled([]string{"ipsec", "gre"}, frame))
	}
	assert.EqualValues(t, 506, named.Tunnelled([]string{"ipsec", "vxlan"}, 400), "14+20+16 around 436 B, ICV and FCS")
}

// The headers that a service's tunnel adds are what its frames grow by, less what ESP takes away and adds behind.
func TestTunnelHeadersAgreeWithTheSizes(t *testing.T) {
	for _, s := range named.Chain(named.All...) {
		grown := named.Tunnelled([]string{s.Name}, 400) - 400
		switch s.Name {
		case "ipsec": // the inner Ethernet header is not carried; trailer of 2 B and ICV of 16 B come behind
			assert.EqualValues(t, s.Headers()-14+2+16, grown)
		case "psp": // the same, without a trailer
			assert.EqualValues(t, s.Headers()-14+16, grown)
		case "telemetry":
			assert.EqualValues(t, s.Headers(), named.Tunnelled([]string{"geneve", s.Name}, 400)-named.Tunnelled([]string{"geneve"}, 400))
		default:
			assert.EqualValues(t, s.Headers(), grown, s.Name)
		}
	}
}
