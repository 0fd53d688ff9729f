package asic

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/alloc"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/internal/named"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// A key of 256 bits is 14 rounds instead of 10, which take their cycles of latency and hold no core.
func TestLongKeysTakeMoreRounds(t *testing.T) {
	p := reference(t)
	p.DSN.Crypto.RoundCycles.Value = 2
	arrival := func(keyBits, packets int) units.Time {
		sizes := service.DefaultSizes(1, 8)
		sizes.KeyBits = keyBits
		chain, err := Compile(named.Chain("ipsec"), p, sizes)
		require.NoError(t, err)
		rec := &last{}
		e := sim.NewEngine(rec)
		e.AddPath(sim.Path{Hops: New(e, p, chain, "chip", 1).Outbound()})
		source := make(list, packets)
		for i := range source {
			source[i] = *sealed(1500, 1)
		}
		e.AddSource(&source)
		e.Prepare([][]int{{0}}, station.Window{To: units.Forever})
		require.NoError(t, e.Run(context.Background()))
		require.Equal(t, packets, rec.n)
		return rec.at
	}
	for _, packets := range []int{1, 50} {
		assert.Equal(t, p.DSN.Crypto.Clock.Value.Span(4*2), arrival(256, packets).Sub(arrival(128, packets)), "%d packets", packets)
		assert.Equal(t, arrival(128, packets), arrival(0, packets))
	}
}

// An anti-replay window longer than the context has room for makes the context longer to fetch, and nothing else.
func TestLongWindowsTakeLongerToFetch(t *testing.T) {
	d := reference(t).DSN
	for window, more := range map[int]units.Bytes{0: 0, tunnel.NoWindow: 0, 64: 0, 128: 0, 129: 1, 136: 1, 4096: 496} {
		s := service.Sizes{Window: window}
		got := ciphers(&s, d)
		assert.Equal(t, d.Crypto.SAFetch.Value+more, got.Crypto.SAFetch.Value, "window %d", window)
		got.Crypto.SAFetch = d.Crypto.SAFetch
		assert.Equal(t, d, got)
	}
}

// Telemetry knows whom it watches once the tenant is known, and then looks its instructions up.
func TestTelemetryLooksUpTwice(t *testing.T) {
	list := service.Declare(named.Chain("geneve", "telemetry"), &service.Sizes{Tenants: 8})
	require.Equal(t, []string{"vni", "watchlist", "instructions", "deliver"},
		[]string{list[0].Name, list[1].Name, list[2].Name, list[3].Name})
	assert.Equal(t, []alloc.Dependency{{On: 0, Kind: alloc.OnMatch}}, list[1].Needs)
	assert.Equal(t, []alloc.Dependency{{On: 1, Kind: alloc.OnMatch}}, list[2].Needs)
	p := reference(t)
	with, err := newChain(p, "geneve", "telemetry")
	require.NoError(t, err)
	without, err := newChain(p, "geneve")
	require.NoError(t, err)
	assert.Equal(t, p.DSN.MatchCycles.Value-p.DSN.IndependentCycles.Value, with.Latency-without.Latency,
		"deliver is level with the watchlist; the instructions come a look-up later")
	assert.Greater(t, with.Energy(), without.Energy())
}

// What the parser reads inbound is each tunnel's header, the telemetry option among them, before the tenant's.
func TestParserReadsTheTunnelHeaders(t *testing.T) {
	for _, c := range []struct {
		chain []string
		want  []uint32 // bytes in front of the tenant's headers, in each pass
	}{
		{[]string{"vxlan"}, []uint32{14 + 20 + 8 + 8}},
		{[]string{"geneve"}, []uint32{14 + 20 + 8 + 8}},
		{[]string{"gre"}, []uint32{14 + 20 + 8}},
		{[]string{"geneve", "telemetry"}, []uint32{14 + 20 + 8 + 8 + 40}},
		{[]string{"ipsec", "geneve", "telemetry"}, []uint32{14 + 20 + 16, 14 + 20 + 8 + 8 + 40}},
	} {
		p := reference(t)
		chain, err := newChain(p, c.chain...)
		require.NoError(t, err)
		var got []uint32
		for _, h := range New(sim.NewEngine(nil), p, chain, "chip", 1).Inbound() {
			if (h.Op == sim.OpQueue || h.Op == sim.OpVisit && len(c.want) == 1) && h.Node == 0 { // the parser
				got = append(got, h.Bytes)
			}
		}
		assert.Equal(t, c.want, got, c.chain)
	}
}
