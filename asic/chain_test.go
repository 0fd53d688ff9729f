package asic

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/analytic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// The dependency rule by hand, with a corner turn of 4 cycles, 20 for a look-up that waits for the one before, 2 more
// with a TCAM, 4 more with state, and 1 for each stage of the 12 that is left over.
func TestChainLatencyByTheDependencyRule(t *testing.T) {
	p := reference(t)
	d := &p.DSN
	d.Stages.Value, d.CornerTurn.Value, d.MatchCycles.Value = 12, 4, 20
	d.TCAMCycles.Value, d.StatefulCycles.Value, d.IndependentCycles.Value = 2, 4, 1
	for _, c := range []struct {
		chain  []string
		stages int
		want   units.Cycles
	}{
		{nil, 1, 4 + 20 + 11},
		{[]string{"route"}, 2, 4 + 22 + 20 + 10},
		{[]string{"firewall"}, 2, 4 + 26 + 20 + 10}, // state and TCAM side by side in one stage
		{[]string{"vxlan"}, 2, 4 + 20 + 20 + 10},
		{[]string{"ipsec"}, 2, 4 + 24 + 20 + 10},
		{[]string{"firewall", "route"}, 3, 4 + 26 + 22 + 20 + 9},
		{[]string{"vxlan", "firewall", "route"}, 4, 4 + 20 + 26 + 22 + 20 + 8},
		{[]string{"ipsec", "vxlan", "firewall", "route"}, 5, 4 + 24 + 20 + 26 + 22 + 20 + 7},
	} {
		chain, err := NewChain(c.chain, p)
		require.NoError(t, err, "%v", c.chain)
		assert.Equal(t, c.want, chain.Latency, "%v", c.chain)
		assert.Len(t, chain.Stages, c.stages, "%v", c.chain)
	}
}

// Each constant of the rule shows in the latency of the full chain as often as the rule says.
func TestEachPipelineConstantCounts(t *testing.T) {
	full := []string{"ipsec", "vxlan", "firewall", "route"}
	base, err := NewChain(full, reference(t))
	require.NoError(t, err)
	for _, c := range []struct {
		name   string
		change func(p *units.Cycles)
		times  units.Cycles
	}{
		{"corner_turn", nil, 1}, {"match_cycles", nil, 5}, {"tcam_cycles", nil, 2}, {"stateful_cycles", nil, 2},
		{"independent_cycles", nil, 7},
	} {
		p := reference(t)
		constant := map[string]*units.Cycles{
			"corner_turn": &p.DSN.CornerTurn.Value, "match_cycles": &p.DSN.MatchCycles.Value,
			"tcam_cycles": &p.DSN.TCAMCycles.Value, "stateful_cycles": &p.DSN.StatefulCycles.Value,
			"independent_cycles": &p.DSN.IndependentCycles.Value,
		}[c.name]
		*constant += 100
		got, err := NewChain(full, p)
		require.NoError(t, err)
		assert.Equal(t, 100*c.times, got.Latency-base.Latency, c.name)
	}
}

// A longer chain takes longer: one that has all the services of another and more.
func TestLongerChainsTakeLonger(t *testing.T) {
	p := reference(t)
	rapid.Check(t, func(t *rapid.T) {
		var long, short []string
		for _, s := range services {
			switch rapid.IntRange(0, 2).Draw(t, s.Name) {
			case 1:
				long = append(long, s.Name)
			case 2:
				long, short = append(long, s.Name), append(short, s.Name)
			}
		}
		a, err := NewChain(short, p)
		require.NoError(t, err)
		b, err := NewChain(long, p)
		require.NoError(t, err)
		if len(long) > len(short) {
			require.Greater(t, b.Latency, a.Latency, "%v and %v", long, short)
		} else {
			require.Equal(t, a.Latency, b.Latency)
		}
	})
}

func TestChainsThatAProfileCannotRun(t *testing.T) {
	full := []string{"ipsec", "vxlan", "firewall", "route"}
	p := reference(t)
	p.DSN.Stages.Value = 5
	_, err := NewChain(full, p)
	require.NoError(t, err, "five stages are just enough")
	p.DSN.Stages.Value = 4
	_, err = NewChain(full, p)
	require.ErrorContains(t, err, "the chain needs 5 match-action stages, profile reference-100g has 4")

	p = reference(t)
	p.DSN.Crypto.Cores.Value = 0
	_, err = NewChain(full, p)
	require.ErrorContains(t, err, "the chain needs a crypto core, profile reference-100g has none")
	_, err = NewChain([]string{"vxlan", "firewall", "route"}, p)
	require.NoError(t, err, "no cipher, no core")

	_, err = NewChain([]string{"nat"}, p)
	require.ErrorContains(t, err, `service "nat" is not known`)
}

// The sizes under tunnels are those of the closed forms, which share no code with the model.
func TestTunnelledSizes(t *testing.T) {
	for frame := uint32(64); frame <= 9018; frame++ {
		n := units.Bytes(frame)
		vxlan := analytic.VXLANFrame(n, analytic.OverIPv4)
		require.EqualValues(t, vxlan, Tunnelled([]string{"vxlan"}, frame))
		require.EqualValues(t, analytic.ESPTunnelFrame(n, analytic.OverIPv4), Tunnelled([]string{"ipsec"}, frame))
		require.EqualValues(t, analytic.ESPTunnelFrame(vxlan, analytic.OverIPv4),
			Tunnelled([]string{"ipsec", "vxlan", "firewall", "route"}, frame), "ESP around VXLAN")
		require.Equal(t, frame, Tunnelled([]string{"firewall", "route"}, frame))
	}
	assert.EqualValues(t, 506, Tunnelled([]string{"ipsec", "vxlan"}, 400), "14+20+16 around 436 B, ICV and FCS")
}

// The headers that a service's tunnel adds are what its frames grow by, less what ESP takes away and adds behind.
func TestTunnelHeadersAgreeWithTheSizes(t *testing.T) {
	for _, s := range services {
		grown := Tunnelled([]string{s.Name}, 400) - 400
		switch s.Name {
		case "ipsec": // the inner Ethernet header is not carried; trailer of 2 B and ICV of 16 B come behind
			assert.EqualValues(t, s.TunnelHeader-14+2+16, grown)
		default:
			assert.EqualValues(t, s.TunnelHeader, grown, s.Name)
		}
	}
}
