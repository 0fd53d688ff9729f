package scenarios_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/sim/units"
)

// What an attack leaves out: it begins when measuring does, at a million accesses a second, after everything it knows.
func TestAttackDefaults(t *testing.T) {
	s := loaded(t, minimal+"run: {duration: 5ms, warmup: 2ms}\nattacks: [{kind: rogue_vf, vf: 1}, {kind: compromised_host, targets: [keys]}, {kind: dma_flood, rate: 20k/s}]\n")
	require.Len(t, s.Attacks, 3)
	assert.Equal(t, scenarios.Attack{Kind: scenarios.RogueVF, VF: 1, At: 2 * units.Millisecond, Rate: 1_000_000, Targets: []string{"bar", "queue", "iova"},
		Size: 512, Rewrite: "permit", Position: strict.Position{Line: 4, Col: 11}}, s.Attacks[0])
	assert.Equal(t, []string{"keys"}, s.Attacks[1].Targets)
	assert.False(t, s.Attacks[1].Flood())
	assert.Equal(t, scenarios.PerSecond(20_000), s.Attacks[2].Rate)
	assert.Equal(t, "20k/s", s.Attacks[2].Rate.String())
	assert.Empty(t, s.Attacks[2].Targets)
	assert.True(t, s.Attacks[2].Flood())
	for _, kind := range scenarios.Kinds() {
		a := scenarios.Attack{Kind: kind}
		assert.Equal(t, kind == scenarios.RogueVF || kind == scenarios.CompromisedHost, len(scenarios.TargetsOf(kind)) > 0, kind)
		assert.Equal(t, kind == scenarios.DoorbellFlood || kind == scenarios.DMAFlood, a.Flood(), kind)
		assert.Equal(t, kind != scenarios.CompromisedHost && kind != scenarios.SYNFlood, a.FromVM(), kind)
	}
}

// A SYN flood is the class of traffic that syn_flood in traffic is.
func TestAttackAsTraffic(t *testing.T) {
	s := loaded(t, "version: 1\ntraffic: [{name: x, syn_flood: 20kpps}]\nattacks: [{kind: syn_flood, rate: 20k/s}]\n")
	got := s.Attacks[0].Class("x")
	got.Position, got.Loop = s.Traffic[0].Position, s.Traffic[0].Loop
	assert.Equal(t, s.Traffic[0], *got)
}

// Overrides reach attacks as they do everything else.
func TestAttackOverrides(t *testing.T) {
	text := minimal + "attacks: [{kind: rogue_vf}]\n"
	s := loaded(t, text, "attacks.0.rate=5k/s", "attacks.0.at=3ms")
	assert.Equal(t, scenarios.PerSecond(5000), s.Attacks[0].Rate)
	assert.Equal(t, 3*units.Millisecond, s.Attacks[0].At)
	_, err := load.Bytes("x.yaml", []byte(text), []string{"attacks.0.vf=8"})
	assert.ErrorContains(t, err, "from 0 to 7")
}
